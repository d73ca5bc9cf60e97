// The panels that say how things are: status and figures, chains, requests in flight, guards, models, money.

import { announce, find, keep, keepTerms, make, setAttribute, setText, show } from "./dom.js";
import { STATUS, count, dollars, inWords, many, moment, percent, reason, share, span, tokens } from "./words.js";

const SHAPES = {
  idle: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11",
  ok: "M2.5 8.5l4 4l7-9",
  degraded: "M8 2L15 14H1ZM8 6.5v3.5M8 12v.3",
  failing: "M3 3l10 10M13 3L3 13",
};
let statusBefore = null;

export function showStatus(overview) {
  const { status, requests } = overview;
  const [word, text] = STATUS[status] ?? [status, ""];
  setText(find("status-word"), word);
  setText(find("status-text"), text);
  setAttribute(find("status-shape").firstElementChild, "d", SHAPES[status] ?? SHAPES.idle);
  setAttribute(document.body, "data-status", status);
  if (document.title !== `${word} · CodeRouter`) document.title = `${word} · CodeRouter`;
  if (statusBefore !== null && statusBefore !== status) announce(`${word}. ${text}`);
  statusBefore = status;
  const ended = requests.answered + requests.failed + requests.broken;
  keepTerms(find("figures"), [
    ["Requests", count(requests.total), `${count(requests.last_minute)} in the last minute`],
    ["Answered", percent(share(requests.answered, ended)), `${count(requests.answered)} of ${count(ended)}`],
    ["Fell back", count(requests.fell_back), percentOf(requests.fell_back, requests.total)],
    ["Failed", count(requests.failed + requests.broken), failures(requests), requests.failed + requests.broken ? "bad" : null],
    ["In flight", count(requests.in_flight), ""],
    ["Up for", span(overview.uptime_s), ""],
  ]);
  keep(find("warnings"), warnings(overview), (text) => text, () => make("li"), setText);
}

const percentOf = (part, all) => (part ? percent(share(part, all)) : "");

function failures({ failed, broken, left }) {
  const words = [];
  if (broken) words.push(`${count(broken)} broke off`);
  if (failed && broken) words.unshift(`${count(failed)} unanswered`);
  if (left) words.push(`${many(left, "client")} left`);
  return words.join(", ");
}

function warnings({ telemetry, chains }) {
  const found = [];
  for (const chain of chains) {
    if (!chain.providers.some((one) => one.turn !== null)) found.push(`Nobody of profile ${chain.profile} can be asked now.`);
    else if (chain.last_resort) found.push(`All of profile ${chain.profile} are doubtful; they are tried as a last resort.`);
  }
  if (telemetry.store === "failing") found.push("Records can't be written: the disk of the state folder fails.");
  if (telemetry.dropped) found.push(`${many(telemetry.dropped, "fact")} dropped: the log could not keep up.`);
  return found;
}

export function showChains({ chains, providers }) {
  const classes = new Map(providers.map((one) => [one.name, one.class]));
  const order = [...chains].sort((a, b) => b.is_default - a.is_default);
  const create = () => {
    const [title, note, list] = [make("h3", "name"), make("p", "muted"), make("ol", "chain")];
    return Object.assign(make("article", "card", make("div", "who-head", title, make("span", "tag")), note, list), { heading: title, note, list });
  };
  keep(find("chains"), order, (chain) => chain.profile, create, (node, chain) => {
    const tag = node.heading.nextSibling;
    setText(node.heading, chain.profile);
    setText(tag, chain.is_default ? "default" : "");
    show(tag, chain.is_default);
    const places = [...chain.providers].sort((a, b) => (a.turn ?? Infinity) - (b.turn ?? Infinity));
    setText(node.note, sentence(places, chain));
    keep(node.list, places, (one) => one.provider, createPlace, (item, place) => updatePlace(item, place, chain.providers, classes));
  });
}

function sentence(places, chain) {
  const [first, second] = places.filter((one) => one.turn !== null);
  if (!first) return "Nobody can be asked.";
  const next = second ? `, then ${second.provider}` : ", and nobody after it";
  return `${first.provider} answers${next}${chain.last_resort ? ", as a last resort" : ""}.`;
}

function createPlace() {
  return make("li", "place", make("span", "turn"), make("span", "name"), make("span", "tag"), make("span", "why muted"));
}

function updatePlace(item, place, places, classes) {
  const [turn, name, tag, why] = item.children;
  const isOut = place.turn === null;
  setText(turn, isOut ? "–" : place.turn);
  setAttribute(turn, "title", isOut ? "not asked" : `asked as number ${place.turn}`);
  setText(name, place.provider);
  setText(tag, classes.get(place.provider) ?? "");
  show(tag, classes.has(place.provider));
  const words = { skip: "left out: ", later: "moved back: ", first: "moved forward: " }[place.verdict] ?? "";
  setText(why, words + (reason(place) || leads(place, places)));
  setAttribute(item, "data-verdict", place.turn === 1 ? "now" : place.verdict);
}

/// Why the one who is asked first is it; the others only follow.
function leads(place, places) {
  if (place.turn !== 1) return "";
  return places[0] === place ? "first of the profile" : "those before it are left out or moved back";
}

export function showInFlight({ in_flight: list, requests, now }) {
  const skew = Date.parse(now) - Date.now();
  setText(find("in-flight-count"), requests.in_flight || "");
  show(find("in-flight-none"), list.length === 0);
  const create = () => make("li", "", make("span", "name"), make("span", "muted"), make("span", "age number"));
  keep(find("in-flight"), list, (one) => one.id, create, (item, one) => {
    const [provider, attempt, age] = item.children;
    setText(provider, one.provider ?? "not yet with anybody");
    setText(attempt, one.attempt > 1 ? `attempt ${one.attempt}` : "");
    setAttribute(item, "title", one.id);
    item.since = Date.parse(one.since) - skew;
    setText(age, elapsed(item.since));
  });
}

const elapsed = (since) => span(Math.max(0, Math.floor((Date.now() - since) / 1000)));

/// Lets the ages of requests in flight grow between overviews.
export function tick() {
  for (const item of find("in-flight").children) setText(item.lastChild, elapsed(item.since));
}

export function showGuards({ guards, models }) {
  show(find("guards-none"), guards.length === 0);
  const create = () => make("li", "fact", make("span", "name"), make("span", "number"), make("span", "muted"), make("span", "muted number"));
  keep(find("guards"), guards, (one) => one.event, create, (item, one) => {
    const [name, times, words, last] = item.children;
    setText(name, one.event);
    setText(times, `${count(one.count)}×`);
    setText(words, [inWords(one.event), one.provider, one.profile && `profile ${one.profile}`].filter(Boolean).join(", "));
    setText(last, moment(one.last));
  });
  const writers = models.filter((one) => one.calls_repaired + one.calls_left > 0);
  show(find("models-none"), writers.length === 0);
  keep(find("models"), writers, (one) => `${one.provider} ${one.model}`, create, (item, one) => {
    const [name, times, words, left] = item.children;
    setText(name, one.model);
    setText(times, `${count(one.calls_repaired)} repaired`);
    setText(words, `${one.provider}, ${many(one.answers, "answer")}`);
    setText(left, one.calls_left ? `${count(one.calls_left)} left as text` : "");
  });
}

export function showMoney({ money, providers }) {
  setText(find("paid"), money.allow_paid ? "Paid providers are allowed." : "Paid providers are not asked: allow_paid is off.");
  setText(find("month"), `Spent in ${money.month}`);
  keepTerms(find("sums"), [
    ["Spent", dollars(money.spent_usd), ""],
    ["Saved by caches", dollars(money.cache_savings_usd), ""],
    ["Language tax", dollars(money.language_tax_usd), "tokens that other scripts than Latin cost more"],
  ]);
  showCaps(money.caps);
  showMix(providers);
  showLedger(providers);
}

function showCaps(caps) {
  show(find("caps-none"), caps.length === 0);
  const create = () => make("li", "", make("span"), make("span", "number"), bar(), make("span", "muted"));
  keep(find("caps"), caps, (cap) => `${cap.scope} ${cap.name}`, create, (item, cap) => {
    const [name, left, meter, spent] = item.children;
    const part = cap.cap_usd > 0 ? Math.min(cap.spent_usd / cap.cap_usd, 1) : 1;
    const title = cap.scope === "all" ? "All providers" : `${cap.scope === "profile" ? "Profile" : "Provider"} ${cap.name}`;
    setText(name, title);
    setText(left, cap.left_usd > 0 ? `${dollars(cap.left_usd)} left` : "nothing left");
    setText(spent, `${dollars(cap.spent_usd)} of ${dollars(cap.cap_usd)} spent, ${percent(part)}`);
    meter.firstChild.style.width = `${part * 100}%`;
    setAttribute(item, "data-mood", part >= 1 ? "bad" : part >= 0.8 ? "warn" : null);
    for (const [key, value] of [["aria-label", `Budget of ${title}`], ["aria-valuenow", Math.round(part * 100)], ["aria-valuetext", spent.textContent]]) {
      setAttribute(meter, key, value);
    }
  });
}

function bar() {
  const node = make("div", "bar", make("div"));
  for (const [key, value] of [["role", "meter"], ["aria-valuemin", 0], ["aria-valuemax", 100]]) node.setAttribute(key, value);
  return node;
}

function showMix(providers) {
  const answers = (name) => providers.filter((one) => one.class === name).reduce((all, one) => all + one.ok, 0);
  const parts = ["local", "free", "paid"].map((name) => [name, answers(name)]);
  const all = parts.reduce((sum, [, value]) => sum + value, 0);
  show(find("mix-none"), all === 0);
  show(find("mix"), all > 0);
  const create = ([name]) => make("div", `part ${name}`, make("div", "fill"), make("span"), make("span", "number"), make("span", "number muted"));
  keep(find("mix"), parts, ([name]) => name, create, (node, [name, value]) => {
    const [fill, title, number, portion] = node.children;
    fill.style.width = `${(share(value, all) ?? 0) * 100}%`;
    setText(title, name);
    setText(number, percent(share(value, all)));
    setText(portion, many(value, "answer"));
  });
}

function showLedger(providers) {
  const create = () => {
    const row = make("tr", "", make("th"), ...Array.from({ length: 9 }, () => make("td", "number")));
    row.firstChild.scope = "row";
    return row;
  };
  keep(find("ledger"), providers, (one) => one.name, create, (row, one) => {
    const values = [
      one.name, count(one.ok), tokens(one.tokens.input), tokens(one.tokens.cache_read), tokens(one.tokens.cache_write), tokens(one.tokens.output),
      percent(one.cache.hit_rate), dollars(one.cost_usd), dollars(one.cache_savings_usd), dollars(one.language_tax_usd),
    ];
    values.forEach((value, index) => setText(row.children[index], value));
  });
}
