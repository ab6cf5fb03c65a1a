// The page of one file: builds its parts and connects them.
import { Actions } from "./actions.js";
import { Api } from "./api.js";
import { Dialogs } from "./dialogs.js";
import { $, notice, say } from "./dom.js";
import { Editor } from "./editing.js";
import { reasonsOf } from "./findings.js";
import { changeLanguage, t, translate } from "./i18n.js";
import { Inspector } from "./inspector.js";
import { listen } from "./keys.js";
import { changeLight } from "./light.js";
import { List } from "./list.js";
import { Live } from "./live.js";
import { Model } from "./model.js";
import { Player } from "./player.js";
import { told } from "./told.js";
import { Overview, Waveform } from "./waveform.js";

const FIRST_ROWS = 200;
const MORE_ROWS = 2000;

window.captionerStarted = true;
translate();
const api = new Api($("page").dataset.id);
const model = new Model();
const dialogs = new Dialogs(model, api);
const actions = new Actions(api, model, dialogs);
dialogs.actions = actions;
const player = new Player(model, api);
const list = new List(model, (ms) => player.seek(ms));
const wave = new Waveform(model, api, player, actions);
const overview = new Overview(model, player);
new Inspector(model, actions, dialogs);

// Loading

async function load() {
  const summary = await api.get("");
  const wanted = /[#&]c=(\d+)/.exec(location.hash);
  const at = wanted ? Number(wanted[1]) - 1 : model.current;
  const offset = Math.max(0, Math.min(at, summary.captions - 1) - FIRST_ROWS / 2);
  take(summary);
  const first = await api.get(`/captions?offset=${offset}&limit=${FIRST_ROWS}`);
  model.rows = new Array(first.total);
  model.revision = first.revision;
  model.fill(offset, first.captions, first.total);
  list.heights.clear();
  list.sums = null;
  model.select(at, "load");
  if (wanted && model.selected) player.seek(model.selected.start_ms);
  document.documentElement.dataset.ready = "first";
  if (first.captions.length < first.total) await rest(offset, first.captions.length, first.total);
  document.documentElement.dataset.ready = "all";
  openDraft();
  await loadFindings();
  document.documentElement.dataset.ready = "checked";
}

function take(summary) {
  model.speakers = summary.speakers;
  model.durationMs = summary.duration_ms;
  model.language = summary.language;
  model.isRtl = summary.direction === "rtl";
  model.style = summary.style;
  player.overlay.dress(summary.look);
  model.drafts = new Map(Object.entries(summary.drafts).map(([id, lines]) => [Number(id), lines]));
  model.setMarks(summary.marks);
  wave.frameMs = 1000 / (summary.frame_rate || 25);
  buttons(summary);
  for (const note of summary.notes) notice("note", told(note), [[t("close"), () => {}]]);
  if (summary.edited_files.length) {
    const adopt = summary.edited_files.map((file) => [t("edited.adopt", { file }), () => actions.adopt(file)]);
    notice("edited", t("edited", { files: summary.edited_files.join(", ") }), [...adopt, [t("close"), () => {}]]);
  }
}

async function rest(offset, count, total) {
  const parts = [];
  for (let at = 0; at < total; at += MORE_ROWS) if (at < offset || at + MORE_ROWS > offset + count) parts.push(at);
  for (const at of parts) {
    const part = await api.get(`/captions?offset=${at}&limit=${MORE_ROWS}`);
    if (part.revision !== model.revision) return load();
    model.fill(at, part.captions, part.total);
  }
  return undefined;
}

async function loadFindings() {
  const found = await api.get("/findings");
  model.doubts = found.doubtful;
  model.findings.clear();
  for (const [id, own] of Object.entries(found.findings)) model.setFindings(Number(id), own);
  model.setMarks(found.marks);
  model.tell("findings");
}

function openDraft() {
  const [id] = model.drafts.keys();
  if (id !== undefined && model.row(id) && !actions.readOnly) edit(id);
}

async function loadMedia() {
  let state;
  try {
    state = await api.get("/media/state");
  } catch {
    setTimeout(loadMedia, 3000);
    return;
  }
  player.load(state);
  wave.shots = state.shots;
  wave.done = state.peaks_done;
  if (state.peaks_done) wave.forget();
  if (!state.peaks_done || !state.shots_done || !state.playable) if (state.media && !state.trouble) setTimeout(loadMedia, 1000);
}

model.addEventListener("reload", () => { actions.loaded = load().catch((error) => notice("trouble", error.message)); });

// Showing

function buttons(answer) {
  if ("can_undo" in answer) $("undo").disabled = !answer.can_undo;
  if ("can_redo" in answer) $("redo").disabled = !answer.can_redo;
}

/** Counted once for all that changed in a turn: ten thousand captions have as many findings. */
function counts() {
  if (counts.asked) return;
  counts.asked = true;
  queueMicrotask(() => { counts.asked = false; count(); });
}

function count() {
  let open = 0;
  for (const id of model.findings.keys()) if (id && model.place(id) >= 0) open += model.open(id).length;
  $("findings-left").textContent = open;
  $("findings-word").textContent = t(open === 1 ? "findings.left.one" : "findings.left");
  $("doubts-left").textContent = model.doubtful.length;
  $("proofed").setAttribute("aria-pressed", String(Boolean(model.proofed)));
  $("proofed").title = model.proofed || "";
}

function saved() {
  $("saved").textContent = t(actions.pending ? "saving" : "saved");
}

for (const name of ["findings", "marks", "rows"]) model.addEventListener(name, counts);
model.addEventListener("saving", saved);
document.addEventListener("language", () => { saved(); counts(); });
model.take = new Proxy(model.take, { apply: (call, self, [answer]) => { call.call(model, answer); buttons(answer); } });
model.addEventListener("select", (event) => {
  const { why } = event.detail;
  if (why !== "load" && why !== "change") history.replaceState(null, "", `#c=${model.current + 1}`);
  if (why === "move" && !player.playing && model.selected) player.seek(model.selected.start_ms);
});
player.addEventListener("time", (event) => {
  const { ms, index } = event.detail;
  if (player.playing && index >= 0 && index !== model.current && !list.editing && player.until === null) model.select(index, "play");
  list.light(ms);
});
addEventListener("hashchange", () => {
  const wanted = /[#&]c=(\d+)/.exec(location.hash);
  if (wanted) model.select(Number(wanted[1]) - 1, "move");
});
addEventListener("beforeunload", (event) => {
  list.editing?.close();
  if (actions.pending) event.preventDefault();
});

// Doing

function edit(id) {
  if (actions.readOnly || list.editing?.id === id || !model.row(id)) return;
  list.editing?.close();
  model.select(model.place(id), "edit");
  list.show(model.current);
  new Editor(list, model, actions, api, id);
}

const now = (act) => () => { if (model.selected && !actions.readOnly) act(model.selected); };
const go = (step) => () => model.select(model.current + step, "move");

function goFinding(step) {
  const total = model.rows.length;
  for (let count = 1; count <= total; count += 1) {
    const index = (model.current + step * count + total * 2) % total;
    if (model.rows[index] && model.open(model.rows[index].id).length) return model.select(index, "move");
  }
  return say(t("findings.none"));
}

function goDoubt() {
  const queue = model.doubtful;
  if (!queue.length) return say(t("doubts.none"));
  const here = queue.findIndex((each) => each.caption === model.selected?.id);
  const next = queue[(here + 1) % queue.length];
  model.select(model.place(next.caption), "move");
  player.playCaption(model.selected);
  return say(reasonsOf(next));
}

function nudge(side, frames) {
  return now((row) => {
    const times = { start_ms: row.start_ms, end_ms: row.end_ms };
    times[side] = Math.max(0, Math.round((Math.round(times[side] / wave.frameMs) + frames) * wave.frameMs));
    if (times.start_ms < times.end_ms) actions.retime(row, times);
  });
}

function split(row) {
  const editor = list.editing;
  if (editor) return editor.split();
  return actions.change([{ op: "split", caption: row.id, at_ms: player.ms }]);
}

function accept(row) {
  const finding = model.open(row.id)[0];
  if (model.isDoubtful(row.id)) return heard();
  return finding ? dialogs.accept(row.id, finding) : say(t("findings.none.here"));
}

async function heard() {
  await actions.accept(model.selected.id, "doubt");
  goDoubt();
}

function shift(severity) {
  if (!model.severities.delete(severity)) model.severities.add(severity);
  model.tell("findings");
  say(t(`${severity}.${model.severities.has(severity) ? "shown" : "hidden"}`));
}

async function goTo() {
  const given = await dialogs.ask(t("goto"), t("goto.number"));
  if (given && /^\d+$/.test(given)) model.select(Number(given) - 1, "move");
}

async function add() {
  const row = model.selected;
  const start_ms = player.ms;
  const next = model.rows[model.at(start_ms) + 1];
  const end_ms = Math.min(start_ms + 2000, next ? next.start_ms - (model.style.min_gap_ms || 0) : Infinity);
  if (row && (start_ms < (model.rows[model.at(start_ms)]?.end_ms ?? 0) || end_ms - start_ms < 200)) return say(t("add.full"));
  const text = await dialogs.ask(t("add"), t("add.text"));
  if (text) await actions.change([{ op: "add", start_ms, end_ms, lines: [text] }]);
  return undefined;
}

function give(number, onwards) {
  const speaker = model.speakers[number - 1];
  if (speaker && model.selected && !actions.readOnly) actions.change([{ op: "speaker", caption: model.selected.id, speaker: speaker.id, onwards }]);
}

const operation = (op, more = {}) => now((row) => actions.change([{ op, caption: row.id, ...more }]));
const acts = {
  j: go(1), k: go(-1), ArrowDown: go(1), ArrowUp: go(-1),
  Home: () => model.select(0), End: () => model.select(model.rows.length - 1),
  PageDown: go(10), PageUp: go(-10),
  d: goDoubt, f: () => goFinding(1), F: () => goFinding(-1), g: goTo,
  " ": () => player.toggle(), p: now((row) => player.playCaption(row)), P: now((row) => player.playEnd(row)),
  o: () => { const row = model.selected; const before = model.rows[model.current - 1] ?? row; if (row) player.play(before.start_ms, row.end_ms); },
  "<": () => player.speed(-1), ">": () => player.speed(1),
  ArrowLeft: () => player.seek(Math.max(0, player.ms - 1000)), ArrowRight: () => player.seek(player.ms + 1000),
  ",": () => player.step(-wave.frameMs), ".": () => player.step(wave.frameMs),
  Enter: now((row) => edit(row.id)), e: now((row) => edit(row.id)),
  "/": () => dialogs.find(), find: () => dialogs.find(), undo: () => actions.undo(), redo: () => actions.redo(), u: () => actions.undo(),
  s: now(split), m: operation("merge"),
  "Alt+ArrowRight": operation("move", { to: "next" }), "Alt+ArrowLeft": operation("move", { to: "previous" }),
  "Alt+ArrowDown": operation("move", { to: "line_down" }), "Alt+ArrowUp": operation("move", { to: "line_up" }),
  "[": nudge("start_ms", -1), "]": nudge("start_ms", 1), "{": nudge("end_ms", -1), "}": nudge("end_ms", 1),
  L: operation("relayout"), Delete: operation("remove"), i: () => { if (!actions.readOnly) add(); }, v: operation("split_voices"),
  r: () => dialogs.speakers(), give,
  a: now(accept), x: operation("fix"), w: () => shift("warning"), n: () => shift("note"),
  write: () => { list.editing?.close(); actions.write(); }, h: () => dialogs.history(), t: changeLight, "?": () => dialogs.keys(),
};
listen(acts, () => dialogs.isOpen);
model.addEventListener("edit", (event) => edit(event.detail.id));
model.addEventListener("goto", (event) => model.select(model.place(event.detail.id), "move"));
model.addEventListener("hear", () => player.playCaption(model.selected));
model.addEventListener("heard", heard);

const clicks = {
  play: acts[" "], "play-caption": acts.p, "play-end": acts.P, "play-before": acts.o, undo: acts.undo, redo: acts.redo,
  find: acts.find, speakers: acts.r, history: acts.h, write: acts.write, help: acts["?"], theme: changeLight,
  language: changeLanguage, doubts: goDoubt, "findings-next": acts.f, split: acts.s, merge: acts.m,
  "start-earlier": acts["["], "start-later": acts["]"], "end-earlier": acts["{"], "end-later": acts["}"], "frame-back": acts[","], "frame-on": acts["."],
  edit: acts.e, add: acts.i, remove: acts.Delete, "word-next": acts["Alt+ArrowRight"], "word-previous": acts["Alt+ArrowLeft"], relayout: acts.L,
  proofed: now(() => actions.change([{ op: "proofed", proofed: !model.proofed }])),
};
for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
// A click on Split must not close the text that is being edited before its cursor is read.
$("split").addEventListener("mousedown", (event) => event.preventDefault());

saved();
actions.loaded = load().catch((error) => notice("trouble", error.message));
actions.loaded.then(() => new Live(model, api, actions));
loadMedia();
