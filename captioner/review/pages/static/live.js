// What other windows, programs and the server itself tell about the open file.
import { client } from "./api.js";
import { notice, unnotice } from "./dom.js";
import { t } from "./i18n.js";
import { told } from "./told.js";

const AGAIN_MS = 2000;

/** Hear what the server tells; again after it was away, also where it has another token by then. */
export function follow(address, heard, lost = () => {}) {
  const source = new EventSource(address);
  source.addEventListener("message", (event) => heard(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(address, heard, lost), AGAIN_MS);
  });
}

export class Live {
  constructor(model, api, actions) {
    Object.assign(this, { model, api, actions });
    follow(api.eventsAddress, (event) => this.heard(event), () => { this.lost = true; });
  }

  heard(event) {
    const act = {
      hello: () => this.hello(event.revision),
      changed: () => this.changed(event),
      findings: () => this.findings(event),
      holder: () => this.holder(event),
      disk: () => this.disk(event.changed_on_disk, event.is_gone),
      reload: () => { unnotice("disk"); this.actions.reload(); },
      written: () => this.model.tell("written"),
      trouble: () => notice("trouble", told(event.message), [[t("close"), () => unnotice("trouble")]]),
    }[event.type];
    act?.();
  }

  hello(revision) {
    if (this.lost && revision !== this.model.revision) this.actions.reload();
    this.lost = false;
    unnotice("away");
  }

  changed(event) {
    if (event.client === client || event.revision === this.model.revision) return;
    this.model.take(event);
  }

  findings(event) {
    if (event.all) this.model.findings.clear();
    for (const [id, own] of Object.entries(event.findings)) this.model.setFindings(Number(id), own);
    this.model.tell("findings");
  }

  holder(event) {
    const mine = event.holder === client;
    const was = this.actions.readOnly;
    this.actions.readOnly = !mine;
    document.body.classList.toggle("looking", !mine);
    if (mine) {
      unnotice("held");
      if (was) this.actions.reload();
    } else {
      notice("held", t("held"), [[t("held.take"), () => this.api.post("/take-over").catch(() => {})]]);
    }
  }

  disk(name, isGone = false) {
    if (!name) return;
    const settle = (keep) => this.api.post("/conflict", { keep }).then(
      ({ kept }) => kept && notice("kept", t("disk.kept", { file: kept }), [[t("close"), () => {}]]),
      (error) => notice("trouble", error.message),
    );
    const mine = [t("disk.mine"), () => settle("mine")];
    if (isGone) notice("disk", t("disk.gone", { file: name }), [mine]);
    else notice("disk", t("disk", { file: name }), [mine, [t("disk.theirs"), () => settle("theirs")]]);
  }
}
