// The line to the router: a stream of events read by fetch, so that the token travels in a header and never in an
// address. It comes back by itself, waits longer each time, and goes on behind the last event it has seen.

import { shelf } from "./dom.js";

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;
/// The router says something every 15 s; who is silent for longer is gone.
const PATIENCE = 40_000;
/// The most that one event may be, in characters; an overview of many providers has some hundred thousand.
const LONGEST_EVENT = 8_000_000;

/// The client token, for this tab and as long as it is open.
export const token = shelf(() => sessionStorage, "coderouter-token");

/// The router wants a token, or another one.
export class Unauthorized extends Error {}

/// Asks the router, with the token where there is one.
export async function ask(path, { headers = {}, signal, secret = token.read() } = {}) {
  const all = { ...headers, ...(secret ? { "x-coderouter-token": secret } : {}) };
  const answer = await fetch(path, { headers: all, signal, cache: "no-store", credentials: "omit" });
  if (answer.status === 401) throw new Unauthorized("the router refuses this token");
  return answer;
}

/// One line that is kept up until it is closed. `on` hears `event(name, data)`, `live()`, `lost(why, wait)`,
/// `unauthorized()`.
export class Live {
  constructor(on) {
    this.on = on;
    this.last = null;
    this.failures = 0;
    this.turn = 0;
    addEventListener("online", () => this.retryNow());
  }

  open() {
    this.close();
    this.failures = 0;
    this.connect(this.turn);
  }

  close() {
    this.isResting = false;
    this.turn += 1;
    clearTimeout(this.timer);
    clearTimeout(this.watch);
    this.waiting = false;
    this.abort?.abort();
  }

  /// Begins anew, as behind a restart of the router, whose events are counted from the start again.
  forget() {
    this.last = null;
    this.open();
  }

  /// Lets go while nobody looks: browsers have few connections to one server, and the router has better to do.
  rest() {
    this.close();
    this.isResting = true;
  }

  wake() {
    if (this.isResting) this.open();
  }

  retryNow() {
    if (!this.waiting) return;
    this.close();
    this.connect(this.turn);
  }

  async connect(turn) {
    this.waiting = false;
    this.abort = new AbortController();
    let why = "the router closed the connection";
    try {
      await this.read(turn, this.abort.signal);
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Unauthorized) {
        this.close();
        this.on.unauthorized();
        return;
      }
      why = error.name === "Answer" ? error.message : "the router does not answer";
    }
    if (turn === this.turn) this.wait(turn, why);
  }

  wait(turn, why) {
    clearTimeout(this.watch);
    this.abort.abort();
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures);
    // Many pages must not come back in one moment.
    const wait = longest * (0.75 + Math.random() / 4);
    this.failures += 1;
    this.waiting = true;
    this.on.lost(why, wait);
    this.timer = setTimeout(() => this.connect(turn), wait);
  }

  async read(turn, signal) {
    this.isAlive();
    const resumed = this.last === null ? {} : { "last-event-id": this.last };
    const path = this.last === null ? "/v1/events?overview&last=200" : "/v1/events?overview";
    const answer = await ask(path, { headers: { accept: "text/event-stream", ...resumed }, signal });
    if (!answer.ok) throw refusal(answer.status);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const frames = new Frames();
    // It lives with its first event: what only accepts connections is no router.
    let isTold = false;
    for (;;) {
      const { value, done } = await reader.read();
      if (done || turn !== this.turn) return;
      this.isAlive();
      for (const { id, name, data } of frames.push(value)) {
        if (id) this.last = id;
        if (!isTold) this.on.live();
        isTold = true;
        this.failures = 0;
        this.on.event(name, data);
        if (turn !== this.turn) return;
      }
    }
  }

  isAlive() {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => this.abort.abort(), PATIENCE);
  }
}

function refusal(status) {
  const error = new Error(`the router answers ${status}`);
  error.name = "Answer";
  return error;
}

/// Cuts text into server-sent events, however it comes.
export class Frames {
  constructor() {
    this.rest = "";
  }

  push(text) {
    this.rest += text;
    const parts = this.rest.split(/\r?\n\r?\n/);
    this.rest = parts.pop();
    if (this.rest.length > LONGEST_EVENT) throw refusal("with an event without end");
    return parts.map(frame).filter((one) => one.data !== null);
  }
}

function frame(text) {
  const found = { id: null, name: "message", data: null };
  const data = [];
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(":");
    if (at === 0) continue;
    const field = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (field === "event") found.name = value;
    else if (field === "id") found.id = value;
    else if (field === "data") data.push(value);
  }
  if (data.length) found.data = data.join("\n");
  return found;
}
