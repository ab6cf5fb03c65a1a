// Everything that changes the file, for buttons and keys alike: sent one after the other, told, and taken in.
import { Refusal } from "./api.js";
import { make, notice, say, unnotice } from "./dom.js";
import { t } from "./i18n.js";
import { told } from "./told.js";

const RETRY_MS = 1000;

export class Actions {
  constructor(api, model, dialogs) {
    this.api = api;
    this.model = model;
    this.dialogs = dialogs;
    this.waiting = Promise.resolve();
    this.pending = 0;
    this.readOnly = false;
    this.retimed = new Set(); // captions with times that wait to be sent
  }

  /** Send operations as one step; they wait for those before them. Answers whether they were made. */
  change(operations, revision) {
    return this.queue(() => this.sendChange(operations, revision));
  }

  queue(task) {
    this.pending += 1;
    this.model.tell("saving");
    const done = this.waiting.then(task).finally(() => {
      this.pending -= 1;
      this.model.tell("saving");
    });
    this.waiting = done.catch(() => {});
    return done;
  }

  async sendChange(operations, revision) {
    try {
      const answer = await this.persistently(() => this.api.patch(operations, revision ?? this.model.revision));
      this.model.take(answer);
      if (answer.notes?.length) say(answer.notes.map(told).join(" "));
      return true;
    } catch (error) {
      return this.refused(error, operations);
    }
  }

  /** Try until the server answers; a server that is started again knows everything it confirmed. */
  async persistently(send) {
    for (;;) {
      try {
        const answer = await send();
        unnotice("away");
        return answer;
      } catch (error) {
        if (error instanceof Refusal && error.status !== 401) throw error;
        notice("away", t(error instanceof Refusal ? "away.again" : "away"));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async refused(error, operations) {
    if (!(error instanceof Refusal)) throw error;
    if (error.status === 412) return this.conflict(error.body, operations);
    if (error.status === 423) this.model.tell("held");
    say(error.message);
    notice("refused", error.message, [[t("close"), () => {}]]);
    return false;
  }

  /** Two texts of one caption: both are shown, and one is chosen. */
  async conflict(body, operations) {
    const mine = operations.find((each) => each.op === "text");
    const theirs = body.captions[0];
    await this.reload();
    if (!theirs || !mine) {
      notice("refused", t("conflict.gone"), [[t("close"), () => {}]]);
      return false;
    }
    const text = theirs.lines.map((line) => line.text).join("\n");
    const choice = await this.dialogs.choose(t("conflict.title"), [
      make("p", {}, t("conflict.text")),
      make("h3", {}, t("conflict.theirs")),
      make("pre", { dir: "auto" }, text),
      make("h3", {}, t("conflict.mine")),
      make("pre", { dir: "auto" }, mine.lines.join("\n")),
    ], [["mine", t("conflict.keep")], ["theirs", t("conflict.take")]]);
    return choice === "mine" ? this.sendChange(operations) : false;
  }

  async reload() {
    this.model.tell("reload");
    await this.loaded;
  }

  step(path) {
    return this.queue(async () => {
      try {
        this.model.take(await this.persistently(() => this.api.post(path)));
        say(t(path.slice(1)));
      } catch (error) {
        await this.refused(error, []);
      }
    });
  }

  undo() { return this.step("/undo"); }
  redo() { return this.step("/redo"); }

  /** Give a caption other times. They count at once here: a key that is held goes on from where it is, as one change. */
  async retime({ id }, { start_ms, end_ms }) {
    const { times } = this.model;
    times.set(id, { start_ms, end_ms });
    Object.assign(this.model.row(id), times.get(id));
    this.model.tell("times");
    if (this.retimed.has(id)) return;
    this.retimed.add(id);
    let sent;
    const made = await this.queue(() => {
      this.retimed.delete(id);
      sent = times.get(id);
      return this.sendChange([{ op: "times", caption: id, ...sent }]);
    });
    if (times.get(id) === sent) times.delete(id);
    if (!made) await this.reload();
  }

  setText(id, lines, was, revision) { return this.change([{ op: "text", caption: id, lines, was }], revision); }
  accept(id, rule, reason = "") { return this.change([{ op: "accept", caption: id, rule, reason }]); }
  reopen(id, rule) { return this.change([{ op: "reopen", caption: id, rule }]); }

  /** Take over what another program changed in a caption file. */
  adopt(file) {
    return this.queue(async () => {
      try {
        const answer = await this.persistently(() => this.api.post("/adopt", { file }));
        this.model.take(answer);
        notice("adopted", answer.notes.map(told).join("; "), [[t("close"), () => {}]]);
      } catch (error) {
        await this.refused(error, []);
      }
    });
  }

  async write(overwrite = false) {
    await this.waiting;
    try {
      const answer = await this.persistently(() => this.api.post("/write", { overwrite }));
      unnotice("edited");
      const kept = answer.kept.length ? ` ${t("write.kept", { files: answer.kept.join(", ") })}` : "";
      notice("written", t("write.done", { files: answer.files.join(", ") }) + kept, [[t("close"), () => {}]]);
      say(t("write.done", { files: answer.files.join(", ") }));
      this.model.tell("written");
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) {
        notice("edited", t("write.edited", { files: error.body.files.join(", ") }), [[t("write.anyway"), () => this.write(true)]]);
      } else {
        await this.refused(error, []);
      }
    }
  }
}
