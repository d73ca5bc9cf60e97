// Charts of the last hour: lines and bars in SVG, one minute a step. All charts of the page share one cursor, the
// minute under the pointer or chosen with the arrow keys; a row of charts is one slider for those who hear the page.

import { make, makeSvg, setAttribute, setText } from "./dom.js";
import { count, dollars, duration, minute, percent, rate } from "./words.js";

const HEIGHT = 100;

/// What is drawn of each provider: where it is in the history, how it is drawn and how a value of it reads.
export const METRICS = [
  { key: "latency_ms", label: "Latency", kind: "line", tell: duration, tick: durationTick },
  { key: "first_token_ms", label: "First token", kind: "line", tell: duration, tick: durationTick },
  { key: "tokens_per_s", label: "Speed", kind: "line", tell: rate, tick: (value) => `${count(value)} tok/s`, least: 10 },
  { key: "failures", behind: "attempts", label: "Failures", kind: "bars", tell: ofAttempts, tick: (value) => `${count(value)} /min`, least: 2, isBad: true },
  { key: "cost_usd", label: "Cost", kind: "bars", tell: dollars, tick: dollarTick, least: 0.001 },
  { key: "cache_hit_rate", label: "Cache hits", kind: "line", tell: percent, tick: (value) => `${Math.round(value * 100)} %`, most: 1 },
];

function ofAttempts(failures, attempts) {
  return `${count(failures)} of ${count(attempts)}`;
}

function durationTick(value) {
  if (value < 1000) return `${value} ms`;
  return value < 120_000 ? `${value / 1000} s` : `${Math.round(value / 6000) / 10} min`;
}

function dollarTick(value) {
  return value < 0.1 || Number.isInteger(value) ? `$${Number(value.toPrecision(2))}` : `$${value.toFixed(2)}`;
}

/// The next round number: 1, 2 or 5 and noughts.
export function roundUp(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => one * size >= value * (1 - 1e-9));
  return Number((step * size).toPrecision(3));
}

/// The top of an axis over series: round, and never so low that noise fills the chart.
export function top(metric, ...series) {
  if (metric.most) return metric.most;
  const highest = Math.max(0, ...series.flat().filter((value) => value !== null));
  return roundUp(Math.max(highest, metric.least ?? 1));
}

/// One chart: a label, a value, the plot and its axes.
export class Chart {
  constructor(metric) {
    this.metric = metric;
    this.value = make("span", "chart-value");
    this.note = make("span", "chart-note muted");
    this.high = make("span", "axis y-high");
    this.low = make("span", "axis y-low", "0");
    this.svg = makeSvg("svg", { class: "plot", preserveAspectRatio: "none", "aria-hidden": "true" });
    this.paths = {};
    for (const name of ["grid", "behind", "second", "bars", "line", "dots", "cursor"]) {
      this.paths[name] = this.svg.appendChild(makeSvg("path", { class: name, "vector-effect": "non-scaling-stroke" }));
    }
    if (metric.isBad) this.svg.classList.add("bad");
    this.node = make("div", "chart",
      make("div", "chart-head", make("span", "chart-label", metric.label), this.value, this.note),
      this.svg, this.high, this.low, make("span", "axis x-from", "−60 min"), make("span", "axis x-to", "now"));
  }

  /// Draws series of equal length: the values, and where the metric wants them those behind and beside them.
  draw({ values, behind, second, high, summary, note }) {
    this.series = { values, behind, second };
    this.summary = [summary, note];
    setText(this.high, this.metric.tick(high));
    setAttribute(this.svg, "viewBox", `0 0 ${values.length} ${HEIGHT}`);
    this.path("grid", `M0 0H${values.length}M0 ${HEIGHT / 2}H${values.length}M0 ${HEIGHT}H${values.length}`);
    this.path("behind", behind ? bars(behind, high) : "");
    this.path("second", second ? bars(second, high) : "");
    this.path("bars", this.metric.kind === "bars" ? bars(values, high) : "");
    const [line, dots] = this.metric.kind === "line" ? lines(values, high) : ["", ""];
    this.path("line", line);
    this.path("dots", dots);
    this.point(cursor);
  }

  path(name, value) {
    setAttribute(this.paths[name], "d", value);
  }

  /// Shows the value of one step, or the summary where there is none.
  point(index) {
    this.path("cursor", index === null ? "" : `M${index + 0.5} 0V${HEIGHT}`);
    setText(this.value, index === null ? this.summary?.[0] : this.tell(index));
    setText(this.note, index === null ? this.summary?.[1] : "");
  }

  tell(index) {
    const { values, behind, second } = this.series;
    return this.metric.tell(values[index] ?? null, behind?.[index], second?.[index]);
  }
}

function bars(values, high) {
  return values.map((value, index) => {
    if (!value) return "";
    // What is there is seen, however small.
    const tall = Math.max(3, Math.min(value / high, 1) * HEIGHT);
    return `M${index + 0.12} ${HEIGHT}v${-tall.toFixed(1)}h0.76v${tall.toFixed(1)}z`;
  }).join("");
}

/// A line through neighbours, and dots for those that have none.
function lines(values, high) {
  let line = "", dots = "";
  const has = (index) => values[index] !== null && values[index] !== undefined;
  for (let index = 0; index < values.length; index += 1) {
    if (!has(index)) continue;
    const y = (HEIGHT - Math.min(values[index] / high, 1) * HEIGHT).toFixed(1);
    if (!has(index - 1) && !has(index + 1)) dots += `M${index + 0.5} ${y}h0.001`;
    else line += `${has(index - 1) ? "L" : "M"}${index + 0.5} ${y}`;
  }
  return [line, dots];
}

const rows = new Set();
let times = { start: 0, step: 60_000, count: 60 };
let cursor = null;
let isAsked = false;

/// Charts side by side that are one stop of the keyboard.
export class Row {
  constructor(className, label, charts) {
    this.charts = charts;
    this.node = make("div", `charts ${className}`, ...charts.map((chart) => chart.node));
    this.node.tabIndex = 0;
    for (const [name, value] of [["role", "slider"], ["aria-label", label], ["aria-valuemin", 0]]) {
      this.node.setAttribute(name, value);
    }
    this.node.addEventListener("pointermove", (event) => this.follow(event));
    this.node.addEventListener("pointerleave", () => pointAt(null));
    this.node.addEventListener("focus", () => this.node.matches(":focus-visible") && pointAt(times.count - 1));
    this.node.addEventListener("blur", () => pointAt(null));
    this.node.addEventListener("keydown", (event) => this.step(event));
    rows.add(this);
  }

  follow(event) {
    const plot = event.target.closest(".chart")?.querySelector(".plot");
    if (!plot) return;
    const { left, width } = plot.getBoundingClientRect();
    const share = (event.clientX - left) / width;
    pointAt(share < 0 || share > 1 ? null : Math.min(Math.floor(share * times.count), times.count - 1));
  }

  step(event) {
    const last = times.count - 1;
    const now = cursor ?? last;
    const to = {
      ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1,
      PageDown: now - 10, PageUp: now + 10, Home: 0, End: last, Escape: null,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    pointAt(to === null ? null : Math.max(0, Math.min(to, last)));
  }

  point() {
    // A provider that nobody has asked has nothing drawn.
    if (!this.charts.every((chart) => chart.series)) return;
    for (const chart of this.charts) chart.point(cursor);
    this.describe();
  }

  /// What is drawn, in words.
  describe() {
    const index = cursor ?? times.count - 1;
    const values = this.charts.map((chart) =>
      `${chart.metric.label} ${cursor === null ? chart.summary[0] : chart.tell(index)}`);
    const when = cursor === null ? "The last hour" : clock(index);
    setAttribute(this.node, "aria-valuemax", times.count - 1);
    setAttribute(this.node, "aria-valuenow", index);
    setAttribute(this.node, "aria-valuetext", `${when}: ${values.join(", ")}`);
  }
}

/// Says which times the steps of all charts are.
export function useTimes(history, count) {
  times = { start: Date.parse(history.start), step: history.step_s * 1000, count };
}

const clock = (index) => minute(times.start + index * times.step);

function pointAt(index) {
  if (cursor === index) return;
  cursor = index;
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    for (const row of rows) {
      if (row.node.isConnected) row.point();
      else rows.delete(row);
    }
    for (const told of document.querySelectorAll(".cursor-time")) {
      setText(told, cursor === null ? "" : clock(cursor));
    }
  });
}
