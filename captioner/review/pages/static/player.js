// Picture and sound, with the captions over them as the style shows them.
import { $ } from "./dom.js";
import { clock } from "./clock.js";
import { t } from "./i18n.js";
import { Overlay } from "./overlay.js";
import { told } from "./told.js";

export class Player extends EventTarget {
  constructor(model, api) {
    super();
    this.model = model;
    this.api = api;
    this.video = $("video");
    this.overlay = new Overlay(model, this.video);
    this.until = null;
    this.shown = null;
    this.video.addEventListener("play", () => { this.label(); this.tick(); });
    this.video.addEventListener("pause", () => this.label());
    this.video.addEventListener("seeked", () => this.update());
    this.video.addEventListener("timeupdate", () => this.update());
    this.video.addEventListener("loadedmetadata", () => { $("screen").classList.toggle("sound", !this.video.videoWidth); });
    this.video.addEventListener("error", () => { if (this.loaded) $("media-note").textContent = t("media.failed"); });
    $("speed").addEventListener("change", () => { this.video.playbackRate = Number($("speed").value); });
    model.addEventListener("typing", (event) => this.showTyped(event.detail));
    model.addEventListener("rows", () => { this.shown = null; this.update(); });
    document.addEventListener("language", () => this.label());
  }

  get ms() { return this.wanted ?? Math.round(this.video.currentTime * 1000); }
  get playing() { return !this.video.paused; }

  load(state) {
    $("media-note").textContent = "";
    if (!state.media) $("media-note").textContent = t("media.none");
    else if (state.playable && !this.loaded) {
      this.loaded = true;
      this.video.src = this.api.mediaAddress;
      if (this.wanted !== undefined) this.seek(this.wanted);
    } else if (!state.playable) {
      $("media-note").textContent = (state.trouble && told(state.trouble)) || t("media.proxy", { percent: Math.round(state.progress * 100) });
    }
  }

  seek(ms) {
    this.until = null;
    const go = () => { this.video.currentTime = ms / 1000; this.wanted = undefined; };
    if (this.video.readyState > 0) go();
    else {
      this.wanted = ms;
      this.video.addEventListener("loadedmetadata", () => { if (this.wanted !== undefined) go(); }, { once: true });
    }
    this.update(ms);
  }

  toggle() {
    this.until = null;
    if (this.playing) this.video.pause();
    else this.video.play().catch(() => {});
  }

  /** Show the picture of a frame beside this one. */
  step(ms) {
    this.video.pause();
    this.seek(Math.max(0, this.ms + ms));
  }

  /** Play a stretch and stop at its end. */
  play(from, to) {
    this.seek(Math.max(0, from));
    this.until = to;
    this.video.play().catch(() => {});
  }

  playCaption(row) { this.play(row.start_ms, row.end_ms); }
  playEnd(row) { this.play(Math.max(row.start_ms, row.end_ms - 1000), row.end_ms); }

  speed(step) {
    const select = $("speed");
    select.selectedIndex = Math.max(0, Math.min(select.length - 1, select.selectedIndex + step));
    select.dispatchEvent(new Event("change"));
  }

  label() { $("play").textContent = t(this.playing ? "pause" : "play"); }

  tick() {
    if (!this.playing) return;
    if (this.until !== null && this.ms >= this.until) {
      this.video.pause();
      this.until = null;
    }
    this.update();
    requestAnimationFrame(() => this.tick());
  }

  update(ms = this.ms) {
    $("clock").textContent = clock(ms);
    const index = this.model.at(ms);
    const row = this.model.rows[index];
    const visible = row && ms < row.end_ms ? row : null;
    if (visible !== this.shown) {
      this.shown = visible;
      this.overlay.draw(visible, this.playing);
    }
    this.overlay.light(ms);
    this.dispatchEvent(new CustomEvent("time", { detail: { ms, index, visible } }));
  }

  /** What is being typed, over the picture at once; its words have no times yet. */
  showTyped({ id, lines }) {
    if (!lines) {
      this.shown = null;
      this.update();
    } else if (this.shown?.id === id) {
      const own = this.shown.lines;
      const shown = lines.map((text, index) => ({ ...(own[index] ?? { speaker: own[0]?.speaker }), text, words: [], spans: undefined }));
      this.overlay.draw({ ...this.shown, lines: shown }, false);
    }
  }
}
