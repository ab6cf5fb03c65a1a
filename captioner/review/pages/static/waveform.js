// The waveform around the playing place, with captions whose borders can be dragged, and the programme as a whole.
import { $ } from "./dom.js";

const BLOCK_MS = 60000;
const PER_MS = 0.1; // peaks a millisecond, as the server has them
const GRIP_PX = 6;
const SNAP_PX = 7;

let ink = null;
document.addEventListener("light", () => { ink = null; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { ink = null; document.dispatchEvent(new CustomEvent("light")); });

/** Colours of the page, looked up again when its light changes. */
const colours = () => {
  if (ink) return ink;
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  ink = Object.fromEntries(["ink", "soft", "line", "card", "wave", "cue", "cue-now", "focus", "error", "warning", "doubt", "play", "shot"].map((name) => [name, get(name)]));
  return ink;
};

function fitted(canvas) {
  const ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

export class Waveform {
  constructor(model, api, player, actions) {
    Object.assign(this, { model, api, player, actions });
    this.canvas = $("wave");
    this.windowMs = 10000;
    this.startMs = 0;
    this.blocks = new Map();
    this.shots = [];
    this.frameMs = 40;
    this.drag = null;
    this.done = false;
    for (const name of ["rows", "select", "findings", "times"]) model.addEventListener(name, () => this.later());
    player.addEventListener("time", (event) => this.follow(event.detail.ms));
    document.addEventListener("light", () => this.later());
    new ResizeObserver(() => this.later()).observe(this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", (event) => this.up(event));
    this.canvas.addEventListener("pointercancel", () => { this.drag = null; this.later(); });
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  later() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  x(ms) { return ((ms - this.startMs) / this.windowMs) * this.canvas.clientWidth; }
  ms(x) { return this.startMs + (x / this.canvas.clientWidth) * this.windowMs; }

  follow(ms) {
    this.now = ms;
    if (!this.drag && (ms < this.startMs + this.windowMs * 0.05 || ms > this.startMs + this.windowMs * 0.9)) {
      this.startMs = Math.max(0, ms - this.windowMs * 0.25);
    }
    this.later();
  }

  forget() { this.blocks.clear(); this.later(); }

  peaks(block) {
    if (!this.blocks.has(block)) {
      this.blocks.set(block, new Uint8Array());
      this.api.peaks(block * BLOCK_MS, (block + 1) * BLOCK_MS, BLOCK_MS * PER_MS).then((data) => {
        if (data.length) this.blocks.set(block, data);
        else if (!this.done) setTimeout(() => { this.blocks.delete(block); this.later(); }, 1500);
        this.later();
      }, () => this.blocks.delete(block));
    }
    return this.blocks.get(block);
  }

  peak(from, to) {
    let largest = 0;
    for (let at = Math.floor(from * PER_MS); at <= to * PER_MS; at += 1) {
      const own = this.peaks(Math.floor(at / (BLOCK_MS * PER_MS)))[at % (BLOCK_MS * PER_MS)] ?? 0;
      if (own > largest) largest = own;
    }
    return largest;
  }

  /** Captions in the window, by index. */
  *inSight() {
    for (let index = Math.max(0, this.model.at(this.startMs)); index < this.model.rows.length; index += 1) {
      const row = this.model.rows[index];
      if (!row || row.start_ms > this.startMs + this.windowMs) return;
      yield [index, row];
    }
  }

  draw() {
    const { pen, width, height } = fitted(this.canvas);
    const ink = colours();
    const top = 20;
    this.canvas.dataset.start = Math.round(this.startMs);
    const middle = top + (height - top) / 2;
    for (const [index, row] of this.inSight()) this.drawCue(pen, ink, index, row, height, top);
    pen.fillStyle = ink.wave;
    for (let x = 0; x < width; x += 2) {
      const size = (this.peak(this.ms(x), this.ms(x + 2)) / 255) ** 0.6 * ((height - top) / 2 - 3);
      pen.fillRect(x, middle - size, 1.4, Math.max(1, size * 2));
    }
    pen.fillStyle = ink.shot;
    for (const ms of this.shots) if (ms >= this.startMs && ms <= this.startMs + this.windowMs) pen.fillRect(this.x(ms), top, 1, height - top);
    pen.fillStyle = ink.play;
    pen.fillRect(this.x(this.now ?? 0) - 0.75, 0, 1.5, height);
  }

  drawCue(pen, ink, index, row, height, top) {
    const times = this.drag?.id === row.id ? this.drag : row;
    const from = this.x(times.start_ms);
    const to = this.x(times.end_ms);
    const current = index === this.model.current;
    pen.fillStyle = current ? ink["cue-now"] : ink.cue;
    pen.fillRect(from, top, Math.max(1, to - from), height - top);
    const worst = this.model.worst(row.id);
    pen.fillStyle = worst === "error" ? ink.error : worst ? ink.warning : current ? ink.focus : ink.soft;
    pen.fillRect(from, top, 1.5, height - top);
    pen.fillRect(to - 1.5, top, 1.5, height - top);
    if (worst) pen.fillRect(from, height - 3, Math.max(1, to - from), 3);
    pen.save();
    pen.beginPath();
    pen.rect(Math.max(0, from), 0, Math.max(0, to - Math.max(0, from) - 4), top);
    pen.clip();
    pen.fillStyle = current ? ink.ink : ink.soft;
    pen.font = "12px system-ui, sans-serif";
    pen.fillText(`${index + 1} \u2068${row.lines.map((line) => line.text).join(" ")}\u2069`, Math.max(2, from + 2), 14);
    pen.restore();
  }

  /** The border under the pointer: caption and side. */
  grip(x) {
    let best = null;
    for (const [, row] of this.inSight()) {
      for (const side of ["start_ms", "end_ms"]) {
        const apart = Math.abs(this.x(row[side]) - x);
        const bonus = row.id === this.model.selected?.id ? 0.5 : 0;
        if (apart <= GRIP_PX && (!best || apart - bonus < best.apart)) best = { row, side, apart: apart - bonus };
      }
    }
    return best;
  }

  down(event) {
    const found = this.actions.readOnly ? null : this.grip(event.offsetX);
    this.canvas.setPointerCapture(event.pointerId);
    if (found) {
      this.drag = { id: found.row.id, side: found.side, start_ms: found.row.start_ms, end_ms: found.row.end_ms };
      this.model.select(this.model.place(found.row.id), "wave");
    } else {
      this.player.seek(Math.max(0, this.ms(event.offsetX)));
      this.model.select(this.model.at(this.ms(event.offsetX)), "wave");
    }
  }

  move(event) {
    if (!this.drag) {
      this.canvas.style.cursor = this.grip(event.offsetX) ? "ew-resize" : "default";
      return;
    }
    const ms = this.snapped(this.ms(event.offsetX), event.altKey);
    const place = this.model.place(this.drag.id);
    const row = this.model.rows[place];
    if (this.drag.side === "start_ms") {
      const least = this.model.rows[place - 1]?.end_ms ?? 0;
      this.drag.start_ms = Math.max(Math.min(ms, row.end_ms - 100), Math.min(least, row.start_ms), 0);
    } else {
      const most = this.model.rows[place + 1]?.start_ms ?? Infinity;
      this.drag.end_ms = Math.min(Math.max(ms, row.start_ms + 100), Math.max(most, row.end_ms));
    }
    this.later();
  }

  up() {
    if (!this.drag) return;
    const { id, start_ms, end_ms } = this.drag;
    const row = this.model.row(id);
    this.drag = null;
    if (row && (row.start_ms !== start_ms || row.end_ms !== end_ms)) this.actions.retime(row, { start_ms, end_ms });
    this.later();
  }

  /** The nearest word border or shot change within a few pixels, else the nearest frame; Alt moves freely. */
  snapped(ms, free) {
    if (free) return Math.round(ms);
    const reach = (SNAP_PX / this.canvas.clientWidth) * this.windowMs;
    const marks = [...this.shots];
    for (const [, row] of this.inSight()) for (const line of row.lines) for (const [, , from, to] of line.words) marks.push(from, to);
    const near = marks.reduce((best, mark) => (Math.abs(mark - ms) < Math.abs(best - ms) ? mark : best), Infinity);
    if (Math.abs(near - ms) <= reach) return near;
    return Math.round(Math.round(ms / this.frameMs) * this.frameMs);
  }

  wheel(event) {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const at = this.ms(event.offsetX);
      const next = Math.min(60000, Math.max(2000, this.windowMs * (event.deltaY > 0 ? 1.2 : 1 / 1.2)));
      this.startMs = Math.max(0, at - (at - this.startMs) * (next / this.windowMs));
      this.windowMs = next;
    } else {
      this.startMs = Math.max(0, this.startMs + ((event.deltaX || event.deltaY) / this.canvas.clientWidth) * this.windowMs);
    }
    this.later();
  }
}

export class Overview {
  constructor(model, player) {
    this.model = model;
    this.canvas = $("overview");
    this.ground = document.createElement("canvas"); // everything but the playing place, which moves all the time
    this.durationMs = 1;
    for (const name of ["rows", "findings", "marks", "times"]) model.addEventListener(name, () => this.changed());
    model.addEventListener("typed", () => { if (this.shown !== this.model.worst(this.model.selected?.id)) this.changed(); });
    player.addEventListener("time", (event) => { this.now = event.detail.ms; this.later(); });
    document.addEventListener("light", () => this.changed());
    new ResizeObserver(() => this.changed()).observe(this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => {
      const ms = (event.offsetX / this.canvas.clientWidth) * this.durationMs;
      player.seek(ms);
      model.select(model.at(ms), "wave");
    });
  }

  changed() {
    this.stale = true;
    this.later();
  }

  later() {
    if (this.asked) return;
    this.asked = setTimeout(() => { this.asked = 0; this.draw(); }, 60);
  }

  draw() {
    const { pen, width, height } = fitted(this.canvas);
    if (this.stale) this.drawGround(width, height);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.ground, 0, 0);
    pen.setTransform(this.canvas.width / width, 0, 0, this.canvas.height / height, 0, 0);
    pen.fillStyle = this.ink.play;
    pen.fillRect(((this.now ?? 0) / this.durationMs) * width - 0.75, 0, 1.5, height);
  }

  drawGround(width, height) {
    this.stale = false;
    this.shown = this.model.worst(this.model.selected?.id);
    this.ink = colours();
    Object.assign(this.ground, { width: this.canvas.width, height: this.canvas.height });
    const pen = this.ground.getContext("2d");
    pen.setTransform(this.canvas.width / width, 0, 0, this.canvas.height / height, 0, 0);
    const last = this.model.rows.at(-1);
    this.durationMs = Math.max(this.model.durationMs || 0, last?.end_ms ?? 1);
    const x = (ms) => (ms / this.durationMs) * width;
    const bar = (from, wide) => pen.fillRect(from, height * 0.35, wide, height * 0.65);
    pen.fillStyle = this.ink.cue;
    for (const row of this.model.rows) if (row) bar(x(row.start_ms), Math.max(0.6, x(row.end_ms) - x(row.start_ms) - 0.4));
    for (const heavy of ["warning", "error"]) {
      pen.fillStyle = this.ink[heavy];
      for (const id of new Set([...this.model.findings.keys(), ...this.model.typed.keys()])) {
        const row = this.model.row(id);
        const worst = row ? this.model.worst(id) : "";
        if (worst && (worst === "error") === (heavy === "error")) bar(x(row.start_ms) - 1, 2.5);
      }
    }
    pen.fillStyle = this.ink.doubt;
    for (const doubt of this.model.doubtful) {
      pen.beginPath();
      pen.arc(x(this.model.row(doubt.caption).start_ms), height * 0.17, 3.5, 0, 7);
      pen.fill();
    }
  }
}
