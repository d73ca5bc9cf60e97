// The feed of events as they happen: filters, a pause, and no more than 500 lines.

import { openDetails } from "./details.js";
import { find, make, setAttribute, setText, show } from "./dom.js";
import { count, fields, many, plain, second } from "./words.js";

const MOST = 500;
/// Between two looks at what has come, in milliseconds: nobody reads faster.
const PACE = 200;
const LEVELS = { DEBUG: 0, INFO: 1, WARNING: 2, WARN: 2, ERROR: 3, CRITICAL: 3 };

/// Newest first, each with its element once it has been shown.
let facts = [];
let waiting = [];
let held = 0;
let missed = 0;
let isPaused = false;
let isAsked = false;

export function startFeed() {
  for (const id of ["filter-event", "filter-provider", "filter-level"]) find(id).addEventListener("change", refresh);
  find("filter-text").addEventListener("input", refresh);
  find("feed-filters").addEventListener("submit", (event) => event.preventDefault());
  find("feed-pause").addEventListener("click", () => {
    isPaused = !isPaused;
    setAttribute(find("feed-pause"), "aria-pressed", isPaused);
    setText(find("feed-pause"), isPaused ? "Go on" : "Pause");
    later();
  });
  find("feed").addEventListener("click", (event) => {
    const id = event.target.closest("button")?.dataset.request;
    if (id) openDetails(id);
  });
  tell();
}

/// Takes a fact; lines are made a few times a second, all that came till then at once.
export function addFact(fact) {
  waiting.push(fact);
  if (waiting.length > MOST) waiting.splice(0, waiting.length - MOST);
  held += 1;
  later();
}

export function addMissed(number) {
  missed += number;
  later();
}

export function clearFeed() {
  facts = [];
  waiting = [];
  held = missed = 0;
  find("feed").replaceChildren();
  tell();
}

function later() {
  if (isAsked) return;
  isAsked = true;
  setTimeout(() => {
    isAsked = false;
    if (!isPaused) flush();
    tell();
  }, PACE);
}

function flush() {
  if (!waiting.length) return;
  const filter = chosen();
  const fresh = waiting.reverse().map((fact) => ({ fact, words: search(fact), node: null }));
  waiting = [];
  held = 0;
  fresh.forEach(({ fact }) => offer(fact));
  const lines = make("ol");
  lines.append(...fresh.filter(filter).map(line));
  const feed = find("feed");
  feed.insertBefore(fragment(lines), feed.firstChild);
  facts = [...fresh, ...facts];
  for (const old of facts.splice(MOST)) old.node?.remove();
}

function fragment(list) {
  const made = document.createDocumentFragment();
  made.append(...list.childNodes);
  return made;
}

function refresh() {
  find("feed").replaceChildren(...facts.filter(chosen()).map(line));
  tell();
}

function chosen() {
  const [event, provider, level] = ["filter-event", "filter-provider", "filter-level"].map((id) => find(id).value);
  const words = find("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  return ({ fact, words: text }) =>
    (!event || fact.msg === event) && (!provider || fact.provider === provider)
    && (LEVELS[fact.level] ?? 1) >= Number(level) && words.every((word) => text.includes(word));
}

const search = (fact) => Object.values(fact).map((value) => plain(value)).join(" ").toLowerCase();

function line(entry) {
  entry.node ??= makeLine(entry.fact);
  return entry.node;
}

function makeLine(fact) {
  const id = fact.request_id;
  const open = id && make("button", "request", id);
  if (open) {
    open.type = "button";
    open.dataset.request = id;
    open.title = `Details of request ${id}`;
  }
  const level = (LEVELS[fact.level] ?? 1) >= 2 ? make("span", "level", fact.level.toLowerCase()) : null;
  return make("li", `level-${String(fact.level).toLowerCase()}`,
    make("time", "number muted", second(fact.ts)),
    make("span", "what", level, level && " ", make("span", "name", fact.msg)),
    make("span", "more", fact.provider ? make("strong", "", fact.provider) : null, " ", make("span", "muted", fields(fact)), " ", open || null));
}

/// Adds what a fact is about to the filters.
function offer({ msg, provider }) {
  for (const [id, value] of [["filter-event", msg], ["filter-provider", provider]]) {
    const select = find(id);
    const known = (select.known ??= new Set());
    if (typeof value !== "string" || known.has(value) || known.size >= MOST) continue;
    known.add(value);
    const option = make("option", "", value);
    option.value = value;
    const next = [...select.options].slice(1).find((one) => one.value > value);
    select.insertBefore(option, next ?? null);
  }
}

function tell() {
  const shown = find("feed").childElementCount;
  const all = shown === facts.length ? "" : `${count(shown)} of `;
  const wait = isPaused ? `paused, ${count(held)} new` : "";
  setText(find("feed-count"), [`${all}${many(facts.length, "event")}`, wait].filter(Boolean).join(", "));
  setText(find("feed-missed"), missed ? `${count(missed)} missed` : "");
  show(find("feed-none"), shown === 0);
}
