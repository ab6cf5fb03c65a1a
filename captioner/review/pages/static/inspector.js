// The selected caption: its times, speaker and findings, with what can be done about them.
import { $, make } from "./dom.js";
import { clock, parseClock } from "./clock.js";
import { adviceOf, messageOf, reasonsOf } from "./findings.js";
import { ruleTitle, t } from "./i18n.js";

export class Inspector {
  constructor(model, actions, dialogs) {
    Object.assign(this, { model, actions, dialogs });
    for (const name of ["select", "rows", "findings", "marks", "typed", "speakers", "times"]) model.addEventListener(name, () => this.later());
    document.addEventListener("language", () => this.later());
    for (const side of ["start", "end"]) {
      $(side).addEventListener("change", () => this.typedTime());
      $(side).addEventListener("keydown", (event) => { if (event.key === "Enter") event.target.blur(); });
    }
    $("voice").addEventListener("change", (event) => this.gave(event.target.value));
  }

  later() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.draw(); });
  }

  draw() {
    const row = this.model.selected;
    if (!row) return;
    $("which").textContent = t("which", { number: this.model.current + 1, total: this.model.total });
    if (document.activeElement !== $("start")) $("start").value = clock(row.start_ms);
    if (document.activeElement !== $("end")) $("end").value = clock(row.end_ms);
    $("measure").textContent = this.measure(row);
    this.drawVoices(row);
    const doubt = this.model.doubtful.find((each) => each.caption === row.id);
    const items = this.model.open(row.id).map((finding) => this.finding(row, finding));
    if (doubt) items.unshift(this.doubt(doubt));
    const accepted = [...this.model.accepted].filter(([key]) => key.endsWith(`:${row.id}`) && !key.startsWith("doubt:"));
    items.push(...accepted.map(([key, reason]) => this.accepted(row, key.slice(0, key.lastIndexOf(":")), reason)));
    $("found").replaceChildren(...items);
  }

  measure(row) {
    const seconds = (row.end_ms - row.start_ms) / 1000;
    const characters = row.lines.reduce((sum, line) => sum + [...line.text].length, 0);
    return t("measure", { seconds: seconds.toFixed(2), speed: (characters / Math.max(0.001, seconds)).toFixed(1) });
  }

  drawVoices(row) {
    const select = $("voice");
    const own = row.lines[0]?.speaker ?? "";
    const options = this.model.speakers.map((each) => make("option", { value: each.id, selected: each.id === own }, each.name));
    if (!own) options.unshift(make("option", { value: "", selected: true }, "–"));
    options.push(make("option", { value: "+" }, t("speaker.new")));
    select.replaceChildren(...options);
  }

  doubt(doubt) {
    return make("li", { class: "doubt" },
      make("p", {}, make("b", {}, t("doubt")), " ", reasonsOf(doubt)),
      make("div", { class: "buttons" },
        make("button", { onclick: () => this.model.tell("hear") }, t("doubt.hear")),
        make("button", { onclick: () => this.model.tell("heard"), "aria-keyshortcuts": "a" }, t("doubt.right"))));
  }

  finding(row, finding) {
    const fix = make("button", { onclick: () => this.actions.change([{ op: "fix", caption: row.id }]), "aria-keyshortcuts": "x" }, t("fix"));
    return make("li", { class: finding.severity },
      make("p", {}, make("b", {}, ruleTitle(finding)), " ", messageOf(finding), make("span", { class: "soft" }, ` ${adviceOf(finding)}`)),
      make("div", { class: "buttons" }, finding.fixable ? fix : null,
        make("button", { onclick: () => this.dialogs.accept(row.id, finding) }, t("accept"))));
  }

  accepted(row, rule, reason) {
    return make("li", { class: "accepted" },
      make("p", { class: "soft" }, t("accepted", { rule: ruleTitle({ rule, title: rule.replaceAll("_", " ") }), reason: reason || "–" })),
      make("div", { class: "buttons" }, make("button", { onclick: () => this.actions.reopen(row.id, rule) }, t("reopen"))));
  }

  typedTime() {
    const row = this.model.selected;
    const start_ms = parseClock($("start").value);
    const end_ms = parseClock($("end").value);
    if (start_ms === null || end_ms === null) this.later();
    else if (start_ms !== row.start_ms || end_ms !== row.end_ms) this.actions.retime(row, { start_ms, end_ms });
  }

  async gave(speaker) {
    const row = this.model.selected;
    const name = speaker === "+" ? await this.dialogs.ask(t("speaker.new"), t("speaker.name")) : "";
    if (speaker === "+" && !name) this.later();
    else this.actions.change([{ op: "speaker", caption: row.id, speaker: speaker === "+" ? "" : speaker, name: name ?? "" }]);
  }
}
