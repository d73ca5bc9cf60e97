// What each provider did over the last hour: how it is, its figures and its charts. And the chart of all requests.

import { Chart, METRICS, Row, top, useTimes } from "./charts.js";
import { find, keep, make, setAttribute, setText, show } from "./dom.js";
import { count, dollars, duration, moment, percent, rate, share, span } from "./words.js";

const nobody = { latency_ms: [], first_token_ms: [], tokens_per_s: [], failures: [], attempts: [], cost_usd: [], cache_hit_rate: [] };
const sum = (values) => values.reduce((all, value) => all + (value ?? 0), 0);

const TRAFFIC = {
  label: "Requests", kind: "bars", least: 4, tick: (value) => `${count(value)} /min`, isTraffic: true,
  tell: (failed, requests, fellBack) => `${count(requests)}, ${count(fellBack)} fell back, ${count(failed)} failed`,
};
let traffic = null;
let latest = null;

export function startProviders() {
  const chart = new Chart({ ...TRAFFIC, isBad: true });
  traffic = new Row("one", "Requests of the last hour, by minute; arrow keys choose the minute", [chart]);
  find("traffic").append(traffic.node, make("p", "legend muted",
    make("span", "key all", "answered"), make("span", "key second", "fell back"), make("span", "key bad", "failed"),
    make("span", "cursor-time")));
  find("same-scale").addEventListener("change", () => latest && showProviders(latest));
}

export function showProviders(overview) {
  latest = overview;
  const { history, providers } = overview;
  useTimes(history, history.requests.length);
  showTraffic(history);
  const highs = find("same-scale").checked ? sharedHighs(history) : null;
  keep(find("provider-rows"), providers, (one) => one.name, create, (node, provider) => {
    update(node, provider, history.providers[provider.name] ?? nobody, highs);
  });
}

function showTraffic({ requests, failed, fell_back: fellBack }) {
  traffic.charts[0].draw({
    values: failed, behind: requests, second: fellBack.map((value, index) => Math.min(value + failed[index], requests[index])),
    high: top(TRAFFIC, requests), summary: `${count(sum(requests))} in the last hour`,
    note: `${count(sum(fellBack))} fell back, ${count(sum(failed))} failed`,
  });
  // The readout counts those that fell back by themselves.
  traffic.charts[0].series.second = fellBack;
  traffic.describe();
}

function sharedHighs(history) {
  const all = Object.values(history.providers);
  return METRICS.map((metric) => top(metric, ...all.map((one) => one[metric.behind ?? metric.key])));
}

function create(provider) {
  const node = make("article", "card provider");
  const part = (name) => (node[name] = make("p", name));
  node.heading = make("h3", "name");
  node.nothing = make("p", "nothing muted", "Nobody asked it in the last hour.");
  const charts = METRICS.map((metric) => new Chart(metric));
  node.row = new Row("six", `${provider.name}, the last hour by minute; arrow keys choose the minute`, charts);
  node.append(
    make("div", "who", make("div", "who-head", node.heading, (node.kind = make("span", "tag"))),
      part("model"), part("health"), part("tally"), part("fault")),
    node.row.node, node.nothing,
  );
  return node;
}

function update(node, provider, history, highs) {
  setText(node.heading, provider.name);
  setText(node.kind, provider.class);
  setText(node.model, provider.model ?? "any model");
  const [mood, words] = health(provider);
  setText(node.health, words);
  setAttribute(node.health, "data-mood", mood);
  setText(node.tally, tally(provider));
  const fault = provider.last_error;
  setText(node.fault, fault ? `Last error ${moment(fault.at)}: ${fault.status ? `${fault.status}, ` : ""}${fault.error}` : "");
  setAttribute(node.fault, "title", fault?.error);
  const isQuiet = sum(history.attempts) === 0;
  show(node.row.node, !isQuiet);
  show(node.nothing, isQuiet);
  if (!isQuiet) draw(node.row, provider, history, highs);
}

function draw(row, provider, history, highs) {
  row.charts.forEach((chart, index) => {
    const { metric } = chart;
    const values = history[metric.key];
    const behind = metric.behind && history[metric.behind];
    const [summary, note] = summaries[metric.key](provider, history);
    chart.draw({ values, behind, high: highs?.[index] ?? top(metric, behind ?? values), summary, note });
  });
  row.describe();
}

const quantiles = (found) => [duration(found?.p50), found ? `p95 ${duration(found.p95)}` : ""];
const summaries = {
  latency_ms: (provider) => quantiles(provider.latency_ms),
  first_token_ms: (provider) => quantiles(provider.first_token_ms),
  tokens_per_s: (provider) => [rate(provider.tokens_per_s), ""],
  failures: (_, history) => [`${count(sum(history.failures))} of ${count(sum(history.attempts))}`, ""],
  cost_usd: (_, history) => [dollars(sum(history.cost_usd)), ""],
  cache_hit_rate: (_, history) => {
    const lately = history.cache_hit_rate.findLast((value) => value !== null);
    return [percent(lately), lately === undefined ? "" : "lately"];
  },
};

/// How a provider is: a mood for its colour, and the words.
function health(provider) {
  const words = [{ HEALTHY: "Healthy", DEGRADED: "Degraded", UNHEALTHY: "Unhealthy" }[provider.health] ?? provider.health];
  if (!provider.healthy && provider.health === "HEALTHY") words[0] = "Flagged unwell";
  if (provider.excluded_s !== null) words.push(`out for ${span(provider.excluded_s)}`);
  if (provider.resting_s !== null) words.push(`resting for ${span(provider.resting_s)}`);
  if (provider.drift) words.push(`${provider.drift} drift`);
  const isBad = provider.health === "UNHEALTHY" || provider.excluded_s !== null;
  const isGood = words.length === 1 && words[0] === "Healthy";
  return [isBad ? "bad" : isGood ? "good" : "warn", words.join(", ")];
}

function tally({ attempts, ok, failed, failed_midstream: broken, in_flight: now, repairs }) {
  const words = [`asked ${count(attempts)}`];
  if (attempts) words.push(`${percent(share(ok, ok + failed + broken))} well`);
  if (failed) words.push(`${count(failed)} failed`);
  if (broken) words.push(`${count(broken)} broke off`);
  if (repairs.repaired) words.push(`${count(repairs.repaired)} repaired`);
  if (now) words.push(`${count(now)} in flight`);
  return words.join(", ");
}
