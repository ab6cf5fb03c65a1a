// The words of the interface, in English and Chinese.
import { en, zh } from "./strings.js";

const TABLES = { en, zh };
export const language = () => document.documentElement.lang;

/** A text by its key, with `{name}` replaced. */
export function t(key, values = {}) {
  const text = TABLES[language()][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Title of a rule of the check, in the language of the interface where it has one. */
export function ruleTitle(finding) {
  return language() === "zh" ? zh[`rule.${finding.rule}`] ?? finding.title : finding.title;
}

/** Put the words into every element that names its key. */
export function translate(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-tl]")) element.setAttribute("aria-label", t(element.dataset.tl));
  const other = document.getElementById("language");
  if (other) {
    other.textContent = language() === "zh" ? "English" : "中文";
    other.lang = language() === "zh" ? "en" : "zh";
  }
}

export function changeLanguage() {
  document.documentElement.lang = language() === "zh" ? "en" : "zh";
  localStorage.setItem("captioner.language", language());
  translate();
  document.dispatchEvent(new CustomEvent("language"));
}

const patterns = new Map();

function pattern(text) {
  if (!patterns.has(text)) {
    const parts = text.split("{}").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    patterns.set(text, new RegExp(`^${parts.join("(.+?)")}$`, "su"));
  }
  return patterns.get(text);
}

/** The Chinese of a message by a table of both languages, with a hole `{}` for each value; undefined where none of its rows is this message. */
export function chinese(text, table) {
  for (const [one, other] of table) {
    const found = pattern(one).exec(text);
    let next = 1;
    if (found) return other.replace(/\{(\d?)\}/g, (_, place) => found[place === "" ? next++ : Number(place) + 1]);
  }
  return undefined;
}
