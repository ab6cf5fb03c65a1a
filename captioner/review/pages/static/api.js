// Requests to the interface. Every answer is JSON; what went wrong is thrown as a Refusal.

import { told } from "./told.js";

export const client = crypto.randomUUID();

const READS = 5;
const AGAIN_MS = 400;

export class Refusal extends Error {
  constructor(status, body) {
    super(body.error ? told(body.error) : `${status}`);
    this.status = status;
    this.body = body;
  }
}

export class Api {
  constructor(id) {
    this.base = `/api/v1/files/${encodeURIComponent(id)}`;
  }

  async call(method, path, { body, headers } = {}) {
    const answer = await this.fetched(method, this.base + path, {
      method,
      headers: {
        "X-Client": client,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      keepalive: method === "PUT",
    });
    const found = await answer.json().catch(() => null);
    if (!answer.ok) throw new Refusal(answer.status, found ?? {});
    if (found === null) throw new Error(`${path}: the answer broke off`);
    return found;
  }

  /** What is only read is asked for again: a network that changes lets requests fail that did nothing wrong. */
  async fetched(method, address, options) {
    for (let left = method === "GET" ? READS : 0; ; left -= 1) {
      try {
        return await fetch(address, options);
      } catch (error) {
        if (left <= 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  get(path) { return this.call("GET", path); }

  patch(operations, revision) {
    return this.call("PATCH", "/captions", { body: { operations }, headers: { "If-Match": `"${revision}"` } });
  }

  post(path, body = {}) { return this.call("POST", path, { body }); }

  draft(id, lines) {
    return lines ? this.call("PUT", `/drafts/${id}`, { body: { lines } }) : this.call("DELETE", `/drafts/${id}`);
  }

  async peaks(from, to, points) {
    const answer = await fetch(`${this.base}/media/peaks?from_ms=${from}&to_ms=${to}&points=${points}`);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : new Uint8Array();
  }

  get mediaAddress() { return `${this.base}/media`; }
  get eventsAddress() { return `${this.base}/events?client=${client}`; }
}
