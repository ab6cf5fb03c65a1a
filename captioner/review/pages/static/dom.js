// Elements made without markup: a text is always a text.

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; a child that is no element becomes text. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function say(text) {
  $("status").textContent = "";
  requestAnimationFrame(() => { $("status").textContent = text; });
}

const open = new Map();

/** A notice at the top, one for each kind; actions are [label, function]. */
export function notice(kind, text, actions = []) {
  unnotice(kind);
  const buttons = actions.map(([label, act]) => make("button", { onclick: () => { unnotice(kind); act(); } }, label));
  const element = make("p", { class: `notice ${kind}`, dir: "auto" }, make("span", {}, text), ...buttons);
  open.set(kind, element);
  $("notices").append(element);
}

export function unnotice(kind) {
  open.get(kind)?.remove();
  open.delete(kind);
}
