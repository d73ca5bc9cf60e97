// The table of the latest requests. A row opens the details of its request.

import { openDetails } from "./details.js";
import { find, keep, make, setAttribute, setText, show } from "./dom.js";
import { OUTCOMES, cacheWord, dollars, duration, isBad, moment, tokens } from "./words.js";

const FEW = 15;
let isWhole = false;
let latest = [];

export function startRequests() {
  find("requests-more").addEventListener("click", () => {
    isWhole = !isWhole;
    showRequests({ recent_requests: latest });
  });
  const rows = find("request-rows");
  rows.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !getSelection().toString()) openDetails(row.request.id, row.request);
  });
  rows.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
    if (!next) return;
    event.preventDefault();
    next.querySelector("button").focus();
  });
}

export function showRequests({ recent_requests: requests }) {
  latest = requests;
  show(find("requests-none"), requests.length === 0);
  const more = find("requests-more");
  show(more, requests.length > FEW);
  setText(more, isWhole ? "Show fewer" : `Show all ${requests.length}`);
  const shown = isWhole ? requests : requests.slice(0, FEW);
  keep(find("request-rows"), shown, (one) => `${one.id} ${one.at}`, create, update);
}

function create() {
  const open = make("button", "open");
  open.type = "button";
  const time = make("th", "", open);
  time.scope = "row";
  const cell = (className, ...children) => make("td", className, ...children);
  return make("tr", "", time,
    cell("outcome", make("span", "word"), make("small", "muted")),
    cell("by", make("span", "name"), make("small", "muted")),
    cell("wide"), cell("wide left-behind"), cell("number wide"), cell("number"),
    cell("number wide"), cell("number wide"), cell("wide"), cell("number wide"));
}

function update(row, request) {
  row.request = request;
  const cells = row.children;
  const open = cells[0].firstChild;
  setText(open, moment(request.at));
  setAttribute(open, "aria-label", `${moment(request.at)}, details of request ${request.id}`);
  const [word, extra] = cells[1].children;
  setText(word, OUTCOMES[request.outcome] ?? request.outcome);
  setText(extra, marks(request));
  setAttribute(cells[1], "data-mood", isBad(request.outcome) ? "bad" : null);
  const [provider, model] = cells[2].children;
  setText(provider, request.provider ?? "nobody");
  setText(model, request.model);
  setText(cells[3], request.profile);
  setText(cells[4], request.fallbacks.map((one) => `${one.from} (${one.reason})`).join(", "));
  setText(cells[5], duration(request.first_token_ms));
  setText(cells[6], duration(request.took_ms));
  setText(cells[7], tokens(all(request.tokens)));
  setText(cells[8], tokens(request.tokens.output));
  setText(cells[9], cacheWord(request.cache));
  setText(cells[10], dollars(request.cost_usd));
}

/// All that was read of the prompt, wherever from.
function all({ input, cache_read: read, cache_write: write }) {
  return input === null && read === null && write === null ? null : (input ?? 0) + (read ?? 0) + (write ?? 0);
}

function marks(request) {
  const found = [];
  if (request.status !== 200) found.push(request.status);
  if (request.repairs) found.push("repaired");
  if (request.guards.length) found.push("guarded");
  if (request.class !== "main") found.push(request.class);
  return found.join(", ");
}
