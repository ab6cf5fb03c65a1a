// The captions of the open file as the page knows them. Views listen to its events and never change it.

export class Model extends EventTarget {
  constructor() {
    super();
    this.rows = [];
    this.total = 0;
    this.revision = "";
    this.findings = new Map();
    this.typed = new Map(); // findings of a text that is being typed
    this.doubts = [];
    this.accepted = new Map();
    this.speakers = [];
    this.current = 0;
    this.severities = new Set(["error", "warning"]);
    this.drafts = new Map();
    this.times = new Map(); // times that were given here and are not answered yet
    this.places = null;
    this.queue = null; // doubtful captions that are left, until something changes
  }

  tell(name, detail = {}) {
    if (name === "rows" || name === "findings" || name === "marks") this.queue = null;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  place(id) {
    if (!this.places) {
      this.places = new Map();
      this.rows.forEach((row, index) => { if (row) this.places.set(row.id, index); }); // rows that are not read yet are holes
    }
    return this.places.get(id) ?? -1;
  }

  row(id) { return this.rows[this.place(id)]; }
  get selected() { return this.rows[this.current]; }

  fill(offset, rows, total) {
    this.total = total;
    this.rows.length = total;
    rows.forEach((row, index) => { this.rows[offset + index] = row; });
    this.places = null;
    this.tell("rows");
  }

  select(index, why = "move") {
    const at = Math.max(0, Math.min(this.rows.length - 1, index));
    this.current = at;
    this.tell("select", { why });
  }

  /** Take in what a change answered: splices of the list, findings, marks, speakers. */
  take(answer) {
    const selected = this.selected?.id;
    for (const splice of answer.splices ?? []) {
      for (const row of splice.captions) Object.assign(row, this.times.get(row.id));
      const gone = this.rows.splice(splice.at, splice.remove.length, ...splice.captions);
      const kept = new Set(splice.captions.map((row) => row.id));
      for (const row of gone) if (row && !kept.has(row.id)) this.findings.delete(row.id);
      this.places = null;
    }
    this.total = this.rows.length;
    if (answer.revision) this.revision = answer.revision;
    for (const [id, own] of Object.entries(answer.findings ?? {})) this.setFindings(Number(id), own);
    if (answer.speakers) this.speakers = answer.speakers;
    if (answer.marks) this.setMarks(answer.marks);
    const place = this.place(selected);
    const first = answer.splices?.[0];
    if (place < 0 && first) this.current = Math.min(first.at, Math.max(0, this.rows.length - 1));
    else if (place >= 0) this.current = place;
    this.tell("rows", { splices: answer.splices });
    this.tell("findings");
    if (answer.speakers) this.tell("speakers");
    this.tell("select", { why: "change" });
  }

  setFindings(id, own) {
    if (own.length) this.findings.set(id, own);
    else this.findings.delete(id);
  }

  setMarks(marks) {
    this.accepted = new Map(marks.accepted.map((mark) => [`${mark.rule}:${mark.caption}`, mark.reason]));
    this.proofed = marks.proofed;
    this.tell("marks");
  }

  /** Findings of a caption that are shown, not accepted, worst first. */
  open(id) {
    const own = this.typed.get(id) ?? this.findings.get(id) ?? [];
    return own.filter((each) => this.severities.has(each.severity) && !this.accepted.has(`${each.rule}:${id}`));
  }

  /** Ids of doubtful captions that nobody heard or changed yet, in order of the queue. */
  get doubtful() {
    this.queue ??= this.doubts.filter((doubt) => {
      const row = this.row(doubt.caption);
      return row && !row.pinned && !this.accepted.has(`doubt:${doubt.caption}`);
    });
    return this.queue;
  }

  isDoubtful(id) {
    if (this.asked !== this.doubtful) {
      this.asked = this.doubtful;
      this.doubtfulIds = new Set(this.asked.map((each) => each.caption));
    }
    return this.doubtfulIds.has(id);
  }

  /** How heavy the worst open finding of a caption is: "error", "warning", "note" or "". */
  worst(id) {
    let worst = "";
    for (const each of this.typed.get(id) ?? this.findings.get(id) ?? []) {
      if (!this.severities.has(each.severity) || this.accepted.has(`${each.rule}:${id}`)) continue;
      if (each.severity === "error") return "error";
      if (worst !== "warning") worst = each.severity;
    }
    return worst;
  }

  /** Direction of a line, as the files have it: in Arabic or Hebrew captions one with such letters runs from right to left. */
  direction(text) {
    return this.language && this.isRtl && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u.test(text) ? "rtl" : "auto";
  }

  speaker(id) { return this.speakers.find((each) => each.id === id); }

  /** Index of the caption that is shown at a time, or of the last one before it; -1 before the first. */
  at(ms) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.rows[middle]?.start_ms ?? Infinity) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
