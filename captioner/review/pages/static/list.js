// The list of captions: only those in sight are in the page, so that ten thousand scroll like ten.
import { $, make } from "./dom.js";
import { clock } from "./clock.js";
import { ruleTitle, t } from "./i18n.js";
import { put } from "./words.js";

const GUESS_PX = 74; // height of a caption with two lines, until it was measured
const BESIDE = 6; // captions above and below the window that are drawn too

export class List {
  constructor(model, onWord) {
    this.model = model;
    this.onWord = onWord;
    this.box = $("captions");
    this.list = $("list");
    this.heights = new Map();
    this.usual = new Map(); // height of captions by their number of lines, as one was measured
    this.drawn = new Map();
    this.editing = null; // the Editor of the caption that is being edited
    this.lit = null;
    this.box.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => { this.heights.clear(); this.usual.clear(); this.sums = null; this.later(); }).observe(this.box);
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("dblclick", (event) => this.opened(event));
    for (const name of ["rows", "findings", "speakers", "marks"]) model.addEventListener(name, () => this.redraw());
    model.addEventListener("select", (event) => this.selected(event.detail.why));
    document.addEventListener("language", () => this.redraw());
  }

  height(index) {
    const row = this.model.rows[index];
    return (row && (this.heights.get(row.id) ?? this.usual.get(row.lines.length))) || GUESS_PX;
  }

  /** Top of every caption; sums are cheap, and made again when a height changed. */
  tops() {
    if (!this.sums) {
      this.sums = new Float64Array(this.model.rows.length + 1);
      for (let index = 0; index < this.model.rows.length; index += 1) this.sums[index + 1] = this.sums[index] + this.height(index);
    }
    return this.sums;
  }

  later() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  redraw() {
    this.sums = null;
    for (const element of this.drawn.values()) element.stale = true;
    this.later();
  }

  first(top) {
    const tops = this.tops();
    let low = 0;
    let high = this.model.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tops[middle + 1] <= top) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  draw() {
    const tops = this.tops();
    const total = this.model.rows.length;
    const view = this.box.clientHeight;
    const start = Math.max(0, this.first(this.box.scrollTop) - BESIDE);
    const end = Math.min(total, this.first(this.box.scrollTop + view) + 1 + BESIDE);
    const wanted = new Set();
    for (let index = start; index < end; index += 1) if (this.model.rows[index]) wanted.add(this.model.rows[index].id);
    wanted.add(this.model.selected?.id);
    for (const [id, element] of this.drawn) {
      if (!wanted.has(id) || this.model.place(id) < 0) {
        if (this.editing?.id === id && this.model.place(id) >= 0) continue;
        element.remove();
        this.drawn.delete(id);
      }
    }
    let before = null;
    const ids = [...wanted].filter((id) => id !== undefined).sort((one, other) => this.model.place(one) - this.model.place(other));
    for (const id of ids) {
      const element = this.element(id);
      const next = before ? before.nextSibling : this.list.firstChild;
      if (element !== next) this.list.insertBefore(element, next);
      element.style.transform = `translateY(${tops[this.model.place(id)]}px)`;
      before = element;
    }
    this.list.style.height = `${tops[total]}px`;
    this.measure(ids);
  }

  /** Take the real heights; where one is not as guessed, everything is placed again. */
  measure(ids) {
    const tops = this.tops();
    let above = 0;
    let moved = false;
    for (const id of ids) {
      const height = this.drawn.get(id)?.offsetHeight ?? 0;
      if (!height || Math.abs((this.heights.get(id) ?? 0) - height) <= 0.5) continue;
      const place = this.model.place(id);
      const lines = this.model.rows[place].lines.length;
      const guessed = this.height(place);
      if (tops[place] + 1 < this.box.scrollTop) above += height - guessed;
      this.heights.set(id, height);
      if (!this.usual.has(lines)) this.usual.set(lines, height);
      else if (Math.abs(guessed - height) <= 0.5) continue;
      moved = true;
    }
    if (!moved) return;
    this.sums = null;
    if (above) this.box.scrollTop += above;
    this.later();
  }

  element(id) {
    const row = this.model.row(id);
    let element = this.drawn.get(id);
    if (element && (!element.stale || this.editing?.id === id)) {
      this.mark(element, row);
      return element;
    }
    const fresh = this.render(row);
    if (element) {
      const focused = element.contains(document.activeElement);
      element.replaceWith(fresh);
      if (focused) fresh.focus({ preventScroll: true });
    }
    this.drawn.set(id, fresh);
    return fresh;
  }

  render(row) {
    const place = this.model.place(row.id);
    const element = make("li", { class: "row", "data-id": row.id });
    const voice = this.model.speaker(row.lines[0]?.speaker);
    const voices = new Set(row.lines.map((line) => line.speaker));
    const name = make("span", { class: "voice", dir: "auto" }, [...voices].map((each) => this.model.speaker(each)?.name).filter(Boolean).join(", "));
    const meta = make("div", { class: "meta" },
      make("span", { class: "number" }, place + 1), make("span", { class: "at" }, clock(row.start_ms)),
      voice && this.dot(voice.id), name, ...this.badges(row));
    const text = make("div", { class: "text", dir: this.model.direction(row.lines.map((line) => line.text).join(" ")) }, ...row.lines.map((line) => this.line(line, voices.size > 1)));
    element.append(meta, text);
    this.mark(element, row);
    return element;
  }

  /** One line; where two voices share a caption, each has its colour. */
  line(line, isShared) {
    const element = make("div", { class: "line", dir: this.model.direction(line.text) });
    if (isShared) element.append(this.dot(line.speaker));
    if (line.dash) element.append(line.dash);
    put(element, line);
    return element;
  }

  dot(speaker) {
    const voice = this.model.speaker(speaker);
    const dot = make("i", { class: "dot", title: voice?.name });
    dot.style.backgroundColor = voice?.colour ?? "transparent";
    return dot;
  }

  badges(row) {
    const open = this.model.open(row.id);
    const worst = open.find((each) => each.severity === "error") ?? open[0];
    const doubtful = this.model.isDoubtful(row.id);
    const found = [];
    if (doubtful) found.push(make("span", { class: "badge doubt" }, t("badge.doubt")));
    if (worst) {
      const more = open.length > 1 ? ` +${open.length - 1}` : "";
      found.push(make("span", { class: `badge ${worst.severity}` }, ruleTitle(worst) + more));
    }
    return found;
  }

  mark(element, row) {
    const place = this.model.place(row.id);
    const current = place === this.model.current;
    element.classList.toggle("current", current);
    element.setAttribute("aria-posinset", place + 1);
    element.setAttribute("aria-setsize", this.model.total);
    element.tabIndex = current ? 0 : -1;
    if (current) element.setAttribute("aria-current", "true");
    else element.removeAttribute("aria-current");
    const number = element.querySelector(".number");
    if (number && number.textContent !== String(place + 1)) number.textContent = place + 1;
  }

  selected(why) {
    for (const [id, element] of this.drawn) if (this.model.row(id)) this.mark(element, this.model.row(id));
    this.show(this.model.current, why === "play");
    if (why === "move") this.focus();
  }

  /** Scroll a caption into sight; while it plays, to the middle. */
  show(index, smooth = false) {
    const tops = this.tops();
    const top = tops[index] ?? 0;
    const bottom = tops[index + 1] ?? top;
    const view = this.box.clientHeight;
    if (top < this.box.scrollTop || bottom > this.box.scrollTop + view) {
      this.box.scrollTo({ top: Math.max(0, (top + bottom - view) / 2), behavior: smooth && view > 300 ? "smooth" : "instant" });
    }
    this.draw();
  }

  focus() {
    const element = this.drawn.get(this.model.selected?.id);
    if (element && !this.editing) element.focus({ preventScroll: true });
  }

  clicked(event) {
    const element = event.target.closest(".row");
    if (!element || event.target.closest("textarea")) return;
    const place = this.model.place(Number(element.dataset.id));
    const word = event.target.closest(".w");
    if (place !== this.model.current) this.model.select(place, "click");
    this.onWord(word ? word.from : this.model.rows[place].start_ms);
    element.focus({ preventScroll: true });
  }

  opened(event) {
    const element = event.target.closest(".row");
    if (element && !event.target.closest("textarea")) this.model.tell("edit", { id: Number(element.dataset.id) });
  }

  /** Light the word that is spoken now. */
  light(ms) {
    const row = this.model.rows[this.model.at(ms)];
    const element = row && this.drawn.get(row.id);
    const word = element && [...element.querySelectorAll(".w")].find((each) => each.from <= ms && ms < each.to);
    if (word === this.lit) return;
    this.lit?.classList.remove("lit");
    word?.classList.add("lit");
    this.lit = word ?? null;
  }
}
