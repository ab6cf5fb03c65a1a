// The captions over the picture, as the look of the style has them, as far as a browser can draw it.
import { $, make } from "./dom.js";
import { put } from "./words.js";

const MOST_STILL_MS = 2000;

export class Overlay {
  constructor(model, video) {
    Object.assign(this, { model, video });
    this.frame = $("frame");
    this.element = $("overlay");
    this.words = [];
    this.row = null;
    new ResizeObserver(() => this.fit()).observe($("screen"));
    video.addEventListener("loadedmetadata", () => this.fit());
    video.addEventListener("resize", () => this.fit());
  }

  /** Lay the frame over the picture, which leaves bars at two sides where the window has another shape. */
  fit() {
    const { clientWidth, clientHeight } = $("screen");
    const { videoWidth, videoHeight } = this.video;
    const scale = videoWidth ? Math.min(clientWidth / videoWidth, clientHeight / videoHeight) : 0;
    const [width, height] = scale ? [videoWidth * scale, videoHeight * scale] : [clientWidth, clientHeight];
    Object.assign(this.frame.style, {
      width: `${width}px`, height: `${height}px`, left: `${(clientWidth - width) / 2}px`, top: `${(clientHeight - height) / 2}px`,
    });
  }

  /** Take in the look of the style; null where the captions have none. */
  dress(look) {
    this.look = look;
    const { element } = this;
    element.classList.toggle("dressed", Boolean(look));
    element.lang = this.model.language ?? "";
    if (!look) return;
    const values = {
      "--size": `${look.size}cqh`, "--margin": `${look.margin}%`, "--side": `${look.side_margin}%`,
      "--outline": `${look.outline / 50}em`, "--outline-colour": look.outline_colour, "--shadow": look.shadow || "none",
      "--box": look.box === "none" ? "transparent" : look.box_colour, "--padding": `${look.box_padding / 100}em`, "--radius": `${look.box_radius / 100}em`,
      "--active": look.active_colour || "inherit", "--past": look.past_colour || "inherit", "--future": look.future_colour || "inherit",
      "--active-box": look.active_box_colour || "transparent", "--active-size": `${look.active_size}%`,
    };
    for (const [name, value] of Object.entries(values)) element.style.setProperty(name, value);
    Object.assign(element.style, {
      fontFamily: look.fonts, fontWeight: look.weight, fontStyle: look.italic ? "italic" : "normal",
      textTransform: { upper: "uppercase", lower: "lowercase" }[look.case] ?? "none",
      letterSpacing: `${look.letter_spacing / 100}em`, color: look.colour, writingMode: look.vertical ? "vertical-rl" : "",
    });
    element.dataset.box = look.box;
    element.classList.toggle("words", Boolean(look.active_colour || look.active_box_colour || look.past_colour || look.future_colour || look.active_size !== 100));
  }

  draw(row, playing) {
    this.row = row;
    this.words = [];
    this.element.replaceChildren();
    if (!row) return;
    this.element.dataset.place = row.place ?? this.look?.place ?? 2;
    const block = make("div", { class: "block" }, ...row.lines.map((line) => this.line(line)));
    this.element.append(block);
    if (playing) this.appear(block);
  }

  line(line) {
    const inner = make("span", {});
    const colour = this.colour(line.speaker);
    if (colour) inner.style.color = colour;
    // A label is isolated: a name in another script does not turn the line around.
    inner.append(line.dash ?? "", ...(line.label ? [make("bdi", {}, line.label), " "] : []));
    this.words.push(...put(inner, line));
    return make("div", { class: "shown", dir: this.model.direction(line.text) }, inner);
  }

  colour(speaker) {
    if (this.look ? !this.look.has_speaker_colours : this.model.speakers.length < 2) return "";
    return this.model.speaker(speaker)?.colour ?? "";
  }

  /** Fade or pop, as the look has it; not where the system asks for less motion. */
  appear(block) {
    const kind = this.look?.animation ?? "none";
    if (kind === "none" || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const from = kind === "pop" ? { transform: "scale(.8)", opacity: 0 } : { opacity: 0 };
    block.animate([from, { transform: "none", opacity: 1 }], { duration: Math.min(this.look.animation_ms, MOST_STILL_MS), easing: "ease-out" });
  }

  /** Light the word that is spoken. */
  light(ms) {
    for (const word of this.words) {
      word.classList.toggle("lit", word.from <= ms && ms < word.to);
      word.classList.toggle("past", word.to <= ms);
      word.classList.toggle("future", ms < word.from);
    }
  }
}
