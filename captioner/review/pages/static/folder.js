// The page of a folder: its files, live while a batch runs.
import { $, make } from "./dom.js";
import { clock } from "./clock.js";
import { changeLanguage, t, translate } from "./i18n.js";
import { changeLight } from "./light.js";
import { follow } from "./live.js";

const WORK = new Set(["found", "stored", "submitting", "submitted", "recognised", "fetched", "written"]);
const files = new Map();
const key = (row) => row.id || row.key;

const tests = {
  all: () => true,
  open: (row) => row.id && !["proofed", "broken"].includes(row.state),
  findings: (row) => row.errors || row.warnings || row.doubtful,
  proofed: (row) => row.state === "proofed",
  work: (row) => WORK.has(row.state),
  failed: (row) => row.state === "rejected" || row.state === "broken" || row.trouble,
};

function shown() {
  const name = $("name").value.trim().toLowerCase();
  const rows = [...files.values()].filter((row) => row.title.toLowerCase().includes(name) && tests[$("show").value](row));
  return rows.sort((one, other) => one.title.localeCompare(other.title));
}

const number = (value) => make("td", { class: "number" }, value ?? "");

function line(row) {
  const name = row.id ? make("a", { href: `/files/${row.id}`, dir: "auto" }, row.title) : make("span", { dir: "auto" }, row.title);
  const state = make("td", {}, make("span", { class: `state ${row.state}` }, t(`state.${row.state}`)),
    row.proofed ? make("span", { class: "soft" }, ` ${row.proofed}`) : null, row.trouble ? make("span", { class: "error" }, ` ${row.trouble}`) : null);
  return make("tr", {}, make("th", { scope: "row" }, name), state,
    number(row.duration_ms ? clock(row.duration_ms, false) : ""), number(row.captions), number(row.doubtful),
    number(row.errors), number(row.warnings), number(row.usd === null || row.usd === undefined ? "" : `$${row.usd.toFixed(3)}`));
}

function draw() {
  const rows = shown();
  $("files").replaceChildren(...rows.slice(0, 2000).map(line));
  $("none").hidden = rows.length > 0;
  $("none").textContent = t(files.size ? "folder.none" : "folder.empty");
  const proofed = [...files.values()].filter((row) => row.state === "proofed").length;
  $("counted").textContent = t("folder.counted", { shown: rows.length, all: files.size, proofed });
}

function next() {
  const open = shown().filter(tests.open);
  const worst = open.sort((one, other) => (other.doubtful ?? 0) + (other.errors ?? 0) - (one.doubtful ?? 0) - (one.errors ?? 0))[0];
  if (worst) location.assign(`/files/${worst.id}`);
}

translate();
document.addEventListener("language", draw);
for (const id of ["name", "show"]) $(id).addEventListener("input", draw);
$("next").addEventListener("click", next);
$("theme").addEventListener("click", changeLight);
$("language").addEventListener("click", changeLanguage);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
  if (event.key === "t") changeLight();
  if (event.key === "n") next();
});
follow("/api/v1/events", (told) => {
  for (const row of told.changed) files.set(key(row), row);
  for (const id of told.gone) files.delete(id);
  draw();
});
