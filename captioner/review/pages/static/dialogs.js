// Everything that opens over the page: find and replace, speakers, history, the keys, and questions.
import { $, make, say } from "./dom.js";
import { clock } from "./clock.js";
import { ruleTitle, t } from "./i18n.js";
import { KEYS } from "./keys.js";

export class Dialogs {
  constructor(model, api) {
    this.model = model;
    this.api = api;
    this.dialog = $("dialog");
    $("dialog-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => { this.settle?.(null); this.settle = null; });
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
  }

  get isOpen() { return this.dialog.open; }

  show(title, ...content) {
    $("dialog-title").textContent = title;
    $("dialog-body").replaceChildren(...content);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Ask for one of some answers; null where the dialog is closed. */
  choose(title, content, answers) {
    const buttons = answers.map(([value, label], index) => make("button", {
      class: index ? null : "primary",
      onclick: () => { const settle = this.settle; this.settle = null; this.dialog.close(); settle?.(value); },
    }, label));
    this.show(title, ...content, make("div", { class: "buttons" }, ...buttons));
    return new Promise((resolve) => { this.settle = resolve; });
  }

  /** Ask for a text; null where the dialog is closed. */
  ask(title, label, value = "") {
    const input = make("input", { id: "asked", autocomplete: "off", value });
    const answer = this.choose(title, [make("label", {}, label, " ", input)], [["ok", t("ok")]]);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") $("dialog-body").querySelector(".primary").click(); });
    input.focus();
    return answer.then((given) => (given ? input.value.trim() : null));
  }

  async accept(id, finding) {
    const reason = await this.ask(t("accept.title", { rule: ruleTitle(finding) }), t("accept.reason"));
    if (reason !== null) this.actions.accept(id, finding.rule, reason);
  }

  // Find and replace

  find() {
    const find = make("input", { id: "find-text", enterkeyhint: "search", autocomplete: "off", value: this.last ?? "" });
    const by = make("input", { id: "find-by", autocomplete: "off" });
    const exact = make("input", { type: "checkbox" });
    const words = make("input", { type: "checkbox" });
    const found = make("p", { class: "soft", role: "status" });
    const list = make("ol", { class: "places" });
    const look = async () => {
      this.last = find.value;
      if (!find.value.trim()) return;
      const query = new URLSearchParams({ find: find.value, exact: exact.checked, words: words.checked });
      const { places } = await this.api.get(`/search?${query}`);
      found.textContent = t("find.found", { count: places.reduce((sum, place) => sum + place.count, 0), captions: places.length });
      list.replaceChildren(...places.slice(0, 200).map(({ caption }) => this.placeItem(caption)));
    };
    const replace = async (remember) => {
      if (!find.value.trim()) return;
      const operation = { op: "replace", find: find.value, by: by.value, exact: exact.checked, words: words.checked };
      const made = await this.actions.change([operation]);
      if (made && remember) {
        try {
          const { file } = await this.api.post("/remember", { heard: find.value, written: by.value });
          say(t("find.remembered", { file }));
          found.textContent = t("find.remembered", { file });
        } catch (error) {
          found.textContent = error.message;
          return;
        }
      }
      if (made && !remember) look();
    };
    for (const input of [find, exact, words]) input.addEventListener("input", look);
    this.show(t("find"),
      make("div", { class: "form" },
        make("label", {}, t("find.what"), " ", find), make("label", {}, t("find.by"), " ", by),
        make("label", { class: "check" }, exact, " ", t("find.exact")), make("label", { class: "check" }, words, " ", t("find.words"))),
      make("div", { class: "buttons" },
        make("button", { class: "primary", onclick: () => replace(false) }, t("find.all")),
        make("button", { onclick: () => replace(true) }, t("find.remember"))),
      found, list);
    find.focus();
    find.select();
    look();
  }

  placeItem(id) {
    const row = this.model.row(id);
    return make("li", {}, make("button", { class: "link", dir: "auto", onclick: () => {
      this.dialog.close();
      this.model.tell("goto", { id });
    } }, `${clock(row.start_ms, false)}  ${row.lines.map((line) => line.text).join(" ")}`));
  }

  // Speakers

  speakers() {
    const row = this.model.selected;
    const rows = this.model.speakers.map((each, index) => {
      const input = make("input", { value: each.name, "aria-label": t("speaker.name"), dir: "auto", autocomplete: "off" });
      input.addEventListener("change", () => this.actions.change([{ op: "rename", speaker: each.id, name: input.value }]));
      const dot = make("i", { class: "dot", "aria-hidden": "true" });
      dot.style.backgroundColor = each.colour;
      const give = (onwards) => { this.dialog.close(); this.actions.change([{ op: "speaker", caption: row.id, speaker: each.id, onwards }]); };
      return make("tr", {}, make("td", {}, make("kbd", {}, index + 1), " ", dot), make("td", {}, input),
        make("td", {}, make("button", { onclick: () => give(false) }, t("speaker.this")), " ",
          make("button", { onclick: () => give(true) }, t("speaker.onwards"))));
    });
    this.show(t("speakers"),
      make("table", { class: "speakers" }, make("tbody", {}, ...rows)),
      make("div", { class: "buttons" },
        make("button", { onclick: () => { this.dialog.close(); this.actions.change([{ op: "split_voices", caption: row.id }]); } }, t("speaker.split")),
        make("button", { onclick: async () => {
          const name = await this.ask(t("speaker.new"), t("speaker.name"));
          if (name) this.actions.change([{ op: "speaker", caption: row.id, speaker: "", name }]);
        } }, t("speaker.new"))));
  }

  // History

  async history() {
    const [{ revisions }, { captions }] = await Promise.all([this.api.get("/history"), this.api.get("/compare")]);
    const line = (each) => make("li", {}, make("b", {}, `${each.number}`), ` ${each.at.replace("T", " ").slice(0, 16)} UTC ${each.by} · ${each.from} · `,
      t("history.counts", { corrections: each.corrections, cuts: each.cuts, times: each.times }));
    const changed = captions.slice(0, 500).map((each) => {
      const row = this.model.row(each.caption);
      return make("tr", {},
        make("td", {}, make("button", { class: "link", onclick: () => { this.dialog.close(); this.model.tell("goto", { id: each.caption }); } }, clock(row?.start_ms ?? 0, false))),
        make("td", { dir: "auto" }, make("del", {}, each.heard)), make("td", { dir: "auto" }, make("ins", {}, each.shown.replaceAll("\n", " "))));
    });
    this.show(t("history"),
      make("ul", { class: "revisions" }, make("li", {}, make("b", {}, "0"), " ", t("history.heard")), ...revisions.map(line)),
      make("h3", {}, t("history.compare", { count: captions.length })),
      make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("history.compare", { count: captions.length }) },
        make("table", { class: "compare" },
          make("thead", {}, make("tr", {}, make("th", {}, t("begin")), make("th", {}, t("history.machine")), make("th", {}, t("history.shown")))),
          make("tbody", {}, ...changed))));
  }

  // Keys

  keys() {
    const single = make("input", { type: "checkbox" });
    single.checked = localStorage.getItem("captioner.keys") !== "off";
    single.addEventListener("change", () => localStorage.setItem("captioner.keys", single.checked ? "on" : "off"));
    const groups = KEYS.map(([group, keys]) => make("section", {},
      make("h3", {}, t(group)),
      make("dl", {}, ...keys.flatMap(([names, what]) => [
        make("dt", {}, ...names.flatMap((name, index) => [index ? " " : null, make("kbd", {}, name)])), make("dd", {}, t(what)),
      ]))));
    this.show(t("keys"), make("label", { class: "check" }, single, " ", t("keys.single")), make("div", { class: "keys" }, ...groups));
  }
}
