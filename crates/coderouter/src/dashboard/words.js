// What names, numbers and times read like: units, the display time zone, plain words for outcomes, reasons and events.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const NONE = "–";

export function count(value) {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/// A number of things, in the plural where they are several.
export function many(value, thing) {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}

export function tokens(value) {
  if (value === null || value === undefined) return NONE;
  return value < 10_000 ? whole.format(value) : compact.format(value);
}

export function percent(share) {
  if (share === null || share === undefined || Number.isNaN(share)) return NONE;
  const value = share * 100;
  const digits = value > 0 && value < 10 || value > 99 && value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} %`;
}

export function share(part, all) {
  return all > 0 ? part / all : null;
}

export function dollars(value) {
  if (value === null || value === undefined) return NONE;
  if (value === 0) return "$0";
  if (Math.abs(value) < 0.00005) return "<$0.0001";
  return Math.abs(value) < 0.1 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
}

export function rate(value) {
  return value === null || value === undefined ? NONE : `${value < 10 ? value.toFixed(1) : whole.format(value)} tok/s`;
}

export function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${whole.format(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return span(seconds);
}

/// A long time, in its two largest units.
export function span(seconds) {
  const all = Math.round(seconds);
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = Math.min(units.findIndex(([, size]) => all >= size) >>> 0, 3);
  const [name, size] = units[first];
  const [next, smaller] = units[first + 1] ?? [];
  const rest = smaller ? Math.floor((all % size) / smaller) : 0;
  return `${Math.floor(all / size)} ${name}${rest ? ` ${rest} ${next}` : ""}`;
}

let zone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
let clocks = clocksOf(zone);

function clocksOf(timeZone) {
  const time = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone };
  return {
    minute: new Intl.DateTimeFormat("en", time),
    second: new Intl.DateTimeFormat("en", { ...time, second: "2-digit" }),
    day: new Intl.DateTimeFormat("sv", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }),
  };
}

/// Uses the zone of the configuration, else the browser's; one that does not exist is UTC. Says which one it is.
export function useZone(wanted) {
  const browsers = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
  let text = wanted ?? browsers;
  try {
    clocks = clocksOf(text);
    zone = text;
  } catch {
    text = `UTC, as “${wanted}” is no time zone`;
    zone = "UTC";
    clocks = clocksOf(zone);
  }
  return `Times are in ${text}.`;
}

export const minute = (at) => told(clocks.minute, at);
export const second = (at) => told(clocks.second, at);
export const day = (at) => told(clocks.day, at);

/// The time, with its date where that is not today's.
export function moment(at) {
  const isToday = day(at) === day(Date.now());
  return isToday ? second(at) : `${day(at)} ${second(at)}`;
}

function told(clock, at) {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? NONE : clock.format(date);
}

export const STATUS = {
  idle: ["Idle", "No request has ended in the last five minutes."],
  ok: ["Working", "Requests are being answered."],
  degraded: ["Degraded", "In the last five minutes some requests went unanswered, or many had to fall back."],
  failing: ["Failing", "In the last five minutes a fifth of the requests or more went unanswered or broke off."],
};

export const OUTCOMES = {
  answered: "answered", broken: "broke off", surfaced: "cut short", unanswered: "unanswered",
  left: "client left", welcomed: "greeted by the router",
};

export const isBad = (outcome) => ["broken", "surfaced", "unanswered"].includes(outcome);

const REASONS = {
  "unknown-provider": "is not declared in the configuration",
  "paid-gate": "costs money, and paid providers are not allowed",
  "local-only": "the request may not leave this machine",
  "budget-exceeded": "its budget is spent",
  "no-tools": "can't call tools",
  "no-vision": "can't see pictures",
  "no-thinking": "does not think as asked",
  "rate-limited": "has reached its rate limit",
  "memory-pressure": "has just run out of memory",
  "context-too-small": "the prompt does not fit its window",
  "context-refused": "the prompt is too near to its window",
  "backend-unhealthy": "has failed too often in a row",
  "self-healing-excluded": "is out until a probe succeeds",
  "adaptive": "others are quicker or fail less",
  "drift": "its answers have got worse",
  "session-elsewhere": "the conversation's prompt is cached elsewhere",
  "just-failed": "has just failed this conversation",
};

/// Why somebody is left out or moved, in words, with the numbers that the plan gives.
export function reason({ verdict, reason: word, why }) {
  const numbers = /\(.*\)/.exec(why ?? "")?.[0] ?? "";
  if (REASONS[word]) return `${REASONS[word]} ${numbers}`.trim();
  if (word) return word;
  return verdict === "first" ? "its prompt is cached there" : "";
}

const EVENTS = {
  "tool-loop-detected": "an agent repeats the same call",
  "tool-count-exceeded": "many calls since a person last spoke",
  "tool-repair-applied": "a call in the text was made a real one",
  "tool-repair-declined": "what looked like a call was left as text",
  "tool-repair-reasked": "a model was asked again for a call",
  "tool-choice-emulated": "a forced tool was put into words",
  "context-budget-warning": "a prompt is near its window",
  "context-budget-trimmed": "a prompt was shortened to fit",
  "budget-output-lowered": "fewer output tokens, to stay in budget",
  "memory-pressure-detected": "a backend ran out of memory",
  "backend-health-changed": "a backend's health changed",
  "self-healing-exclude": "a provider was taken out",
  "self-healing-restore": "a provider is back",
  "self-healing-restart": "a backend was started again",
  "self-healing-recovery-probe": "a provider was probed",
  "drift-detected": "answers have got worse",
  "drift-recovered": "answers are good again",
  "drift-promoted": "others go first while answers are worse",
  "drift-reload-attempted": "a model was loaded anew",
  "empty-response-detected": "an empty answer was not passed on",
  "stream-truncation-detected": "a stream ended too early",
  "partial-stitch-resumed": "a broken answer went on elsewhere",
  "partial-stitch-surfaced": "a broken answer was told to the client",
  "malformed-stream-chunk": "a backend sent what can't be read",
  "output-filter-applied": "text was filtered out of an answer",
  "capability-degraded": "something a backend can't do was left out",
  "cache-control-stripped": "cache marks were taken out",
  "translation-lossy": "a field has no place in the other dialect",
  "prompt-prefix-broken": "a prompt stopped beginning like the one before",
  "chain-paid-gate-blocked": "only paid providers were left, and they are not allowed",
  "chain-budget-exceeded": "all of a chain were over budget",
  "chain-memory-pressure-blocked": "all of a chain had run out of memory",
  "chain-all-unhealthy-last-resort": "all were unwell, one was tried all the same",
  "chain-blocked": "nobody of a chain may be tried",
  "chain-uniform-auth-failure": "all refused their keys alike",
  "adaptive-routing-applied": "quicker providers were moved forward",
  "local-only-pinned": "a request was kept on this machine",
  "pattern-limit-exceeded": "a pattern took too long and was given up",
  "request-queued": "a request waited for a place",
  "hedge-started": "a second provider was asked beside a slow one",
  "hedge-decided": "the quicker of two was taken",
  "provider-flagged-unhealthy": "a provider counts as unwell",
  "provider-flagged-healthy": "a provider counts as well again",
};

export const inWords = (event) => EVENTS[event] ?? "";

/// What a request found in prompt caches.
export function cacheWord(outcome) {
  return { cache_hit: "hit", cache_creation: "written", no_cache: "none", unknown: "not told" }[outcome] ?? NONE;
}

/// Said elsewhere in a fact's line, or of no use in it.
const OWN = new Set(["ts", "level", "logger", "msg", "request_id", "provider"]);

/// The fields of a fact that are not told otherwise.
export function fields(fact) {
  return Object.entries(fact).filter(([key, value]) => !OWN.has(key) && value !== null && value !== "")
    .map(([key, value]) => `${key}=${plain(value)}`).join("  ");
}

/// A field's value as text.
export function plain(value) {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  return typeof value === "string" ? value : JSON.stringify(value);
}
