// Editing a caption in place. What is typed is kept by the server a moment later, and becomes a change when one rests.
import { make } from "./dom.js";
import { messageOf } from "./findings.js";
import { ruleTitle, t } from "./i18n.js";

const DRAFT_MS = 180; // after the last key: the draft is on disk and its findings are shown
const COMMIT_MS = 1200; // after the last key: the text becomes a change

export class Editor {
  constructor(list, model, actions, api, id) {
    Object.assign(this, { list, model, actions, api, id });
    const row = model.row(id);
    this.was = row.lines.map((line) => line.text);
    this.revision = model.revision; // that of the text which is edited; what others change meanwhile is no part of it
    this.draft = model.drafts.get(id);
    this.element = list.drawn.get(id);
    this.area = make("textarea", {
      class: "area", dir: model.direction(row.lines.map((line) => line.text).join(" ")), spellcheck: "true", lang: model.language || undefined,
      "aria-label": t("edit.label", { number: model.place(id) + 1 }),
    });
    this.area.value = (this.draft ?? this.was).join("\n");
    this.found = make("ul", { class: "typing", "aria-live": "polite", "aria-label": t("findings") });
    this.element.querySelector(".text").replaceWith(make("div", { class: "text" }, this.area, this.found));
    list.editing = this;
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("keydown", (event) => this.pressed(event));
    this.area.addEventListener("blur", () => this.close());
    this.grow();
    this.area.focus();
    if (this.draft) this.typed();
  }

  get lines() { return this.area.value.split("\n").map((line) => line.trim()).filter(Boolean); }

  /** Line and character of the cursor, as the server counts them. */
  get cursor() {
    const before = this.area.value.slice(0, this.area.selectionStart).split("\n");
    return { line: before.length - 1, character: before.at(-1).replace(/^\s+/, "").length };
  }

  grow() {
    this.area.rows = Math.max(1, this.area.value.split("\n").length);
    this.list.measure([this.id]);
  }

  typed() {
    this.grow();
    this.model.tell("typing", { id: this.id, lines: this.area.value.split("\n") });
    clearTimeout(this.draftTimer);
    clearTimeout(this.commitTimer);
    this.draftTimer = setTimeout(() => this.keep(), DRAFT_MS);
    this.commitTimer = setTimeout(() => this.commit(), COMMIT_MS);
  }

  async keep() {
    const lines = this.lines;
    if (!lines.length || this.closed) return;
    this.model.drafts.set(this.id, lines);
    try {
      const answer = await this.api.draft(this.id, lines);
      if (this.closed) return;
      this.model.typed.set(this.id, answer.findings);
      this.show(answer.findings);
      this.model.tell("typed");
    } catch {
      // The commit tries until the server answers, and tells.
    }
  }

  show(findings) {
    const shown = findings.filter((each) => this.model.severities.has(each.severity));
    this.found.replaceChildren(...shown.map((each) => make("li", { class: each.severity }, `${ruleTitle(each)}: ${messageOf(each)}`)));
    this.list.measure([this.id]);
  }

  /** Make what was typed a change; the caption stays open. */
  async commit() {
    clearTimeout(this.draftTimer);
    clearTimeout(this.commitTimer);
    const lines = this.lines;
    const same = lines.length === this.was.length && lines.every((line, index) => line === this.was[index]);
    if (same || (!lines.length && !this.closed)) return true;
    const was = this.was;
    this.was = lines;
    this.model.drafts.delete(this.id);
    const made = await this.actions.setText(this.id, lines, was, this.revision);
    this.revision = this.model.revision;
    if (made) this.model.typed.delete(this.id);
    else if (lines.length && this.model.row(this.id)) this.model.drafts.set(this.id, lines); // to be tried again
    return made;
  }

  pressed(event) {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.close();
      this.next(1);
    } else if (key === "Enter" && event.altKey) {
      event.preventDefault();
      this.split();
    } else if ((key === "ArrowDown" || key === "ArrowUp") && event.ctrlKey) {
      event.preventDefault();
      this.close();
      this.next(key === "ArrowDown" ? 1 : -1);
    }
  }

  next(step) {
    this.model.select(this.model.place(this.id) + step, "move");
    this.model.tell("edit", { id: this.model.selected.id });
  }

  async split() {
    const { cursor, id } = this;
    this.close();
    await this.actions.waiting;
    this.actions.change([{ op: "split", caption: id, ...cursor }]);
  }

  cancel() {
    this.area.value = this.was.join("\n");
    this.closed = true;
    if (this.model.drafts.delete(this.id)) this.api.draft(this.id, null).catch(() => {});
    this.leave();
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.commit();
    this.leave();
  }

  leave() {
    clearTimeout(this.draftTimer);
    clearTimeout(this.commitTimer);
    this.model.typed.delete(this.id);
    this.model.tell("typing", {});
    this.list.editing = null;
    this.list.redraw();
    this.list.draw();
    this.list.focus();
  }
}
