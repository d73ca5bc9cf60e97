// The panel of one request: how it ended, who was left behind, what was repaired, the plan, and all facts of it.

import { commandLine, find, make, keepTerms, setText } from "./dom.js";
import { Unauthorized, ask } from "./live.js";
import { OUTCOMES, cacheWord, count, dollars, duration, fields, inWords, isBad, moment, reason, second, tokens } from "./words.js";

let asked = 0;
let onUnauthorized = () => {};

export function startDetails(unauthorized) {
  onUnauthorized = unauthorized;
  const dialog = find("details");
  find("details-close").addEventListener("click", () => dialog.close());
  // A click beside the sheet closes it.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => find("details-body").replaceChildren());
}

/// Opens the panel with what is known of a request, and asks for the rest.
export async function openDetails(id, summary = null) {
  const turn = (asked += 1);
  const dialog = find("details");
  setText(find("details-title"), `Request ${id}`);
  if (summary) fill({ summary });
  else find("details-body").replaceChildren(make("p", "muted", "Asking the router"));
  if (!dialog.open) dialog.showModal();
  find("details-title").focus();
  try {
    const answer = await ask(`/v1/route/${encodeURIComponent(id)}`);
    const found = answer.ok ? await answer.json() : null;
    if (turn !== asked || !dialog.open) return;
    if (found) fill({ ...found, summary: found.summary ?? summary });
    else note(answer.status === 404 ? "The router keeps no more of this request, or it is still on its way." : `The router answers ${answer.status}.`);
  } catch (error) {
    if (error instanceof Unauthorized) {
      dialog.close();
      onUnauthorized();
    } else if (turn === asked) {
      note("The router can't be asked for more now.");
    }
  }
}

export function closeDetails() {
  find("details").close();
}

function note(text) {
  find("details-body").append(make("p", "warn", text));
}

function fill(found) {
  const { summary, facts } = found;
  const id = found.request_id ?? summary.id;
  const parts = [commandLine(`coderouter explain ${id}`)];
  if (summary) parts.push(...outcome(summary));
  if (found.hops) parts.push(...way(found));
  if (facts) parts.push(...repairs(facts));
  if (found.providers) parts.push(...plan(found));
  if (facts) parts.push(...allFacts(facts, summary));
  find("details-body").replaceChildren(...parts);
}

function outcome(summary) {
  const list = make("dl", "figures two");
  const { tokens: counted } = summary;
  keepTerms(list, [
    ["Outcome", OUTCOMES[summary.outcome] ?? summary.outcome, `status ${summary.status}`, isBad(summary.outcome) ? "bad" : null],
    ["Answered by", summary.provider ?? "nobody", summary.model],
    ["Profile", summary.profile, summary.class === "main" ? "" : `${summary.class} request`],
    ["When", moment(summary.at), summary.stream ? "streamed" : "in one piece"],
    ["Took", duration(summary.took_ms), ""],
    ["First token", duration(summary.first_token_ms), ""],
    ["Attempts", count(summary.attempts), ""],
    ["Calls repaired", count(summary.repairs), ""],
    ["Read in full", tokens(counted.input), "tokens"],
    ["Generated", tokens(counted.output), "tokens"],
    ["Cache read", tokens(counted.cache_read), `cache: ${cacheWord(summary.cache)}`],
    ["Cache written", tokens(counted.cache_write), ""],
    ["Cost", dollars(summary.cost_usd), ""],
    ["Saved by cache", dollars(summary.savings_usd), ""],
  ]);
  const parts = [list];
  if (summary.error) parts.push(make("p", "error", summary.error));
  if (summary.guards.length) {
    parts.push(make("h3", "", "Guards"), make("ul", "plain", ...summary.guards.map((event) =>
      make("li", "", make("span", "name", event), " ", make("span", "muted", inWords(event))))));
  }
  return parts;
}

function way({ hops, answered_by: by }) {
  const steps = hops.map((hop) => make("li", "",
    make("span", "name", hop.from), ` ${hop.pre_attempt ? "not asked" : "left"}: `,
    make("strong", "", hop.reason), inPlainWords(hop),
    make("span", "muted", hop.to ? `, then ${hop.to}` : ", then nobody")));
  const end = make("li", "", make("span", "name", by ?? "nobody"), by ? " answered" : " could answer");
  return [make("h3", "", "Way"), make("ol", "way", ...steps, end)];
}

function inPlainWords({ reason: word, detail }) {
  const words = [reason({ reason: word }), detail].filter((text) => text && text !== word);
  return words.length ? ` (${words.join(", ")})` : "";
}

function repairs(facts) {
  const found = facts.filter((fact) => fact.msg.startsWith("tool-repair-"));
  if (!found.length) return [];
  return [make("h3", "", "Repairs"), make("ul", "plain", ...found.map((fact) =>
    make("li", "", make("span", "name", fact.msg), " ", make("span", "muted", fields(fact)))))];
}

function plan({ providers, profile, last_resort: isLast, table }) {
  const head = ["Turn", "Provider", "Verdict", "Why"].map((title) => {
    const cell = make("th", "", title);
    cell.scope = "col";
    return cell;
  });
  const rows = providers.map((one) => {
    const name = make("th", "", one.provider);
    name.scope = "row";
    return make("tr", "", make("td", "", one.turn === null ? "–" : String(one.turn)), name, make("td", "", one.verdict), make("td", "muted", reason(one) || "in its place"));
  });
  const parts = [
    make("h3", "", `Plan of profile ${profile}${isLast ? ", as a last resort" : ""}`),
    make("table", "plan", make("thead", "", make("tr", "", ...head)), make("tbody", "", ...rows)),
  ];
  if (table) parts.push(make("details", "", make("summary", "", "As the command line shows it"), make("pre", "", table)));
  return parts;
}

function allFacts(facts, summary) {
  const start = Date.parse(facts[0]?.ts ?? summary?.at);
  const lines = facts.map((fact) => make("li", `level-${fact.level.toLowerCase()}`,
    make("span", "number muted", `+${duration(Math.max(0, Date.parse(fact.ts) - start))}`),
    make("span", "name", fact.msg), make("span", "muted more", fields(fact))));
  const title = `Facts, from ${start ? second(start) : "its start"}`;
  if (!facts.length) return [make("h3", "", "Facts"), make("p", "muted", "None of its log lines is kept any more.")];
  return [make("h3", "", title), make("ol", "facts", ...lines)];
}
