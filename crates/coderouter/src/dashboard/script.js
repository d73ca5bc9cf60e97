// The dashboard: brings the router's stream to the panels, and keeps log-in, theme and connection.

import { closeDetails, startDetails } from "./details.js";
import { announce, commandLine, find, make, setAttribute, setText, shelf, show } from "./dom.js";
import { addFact, addMissed, clearFeed, startFeed } from "./feed.js";
import { Live, Unauthorized, ask, token } from "./live.js";
import { showChains, showGuards, showInFlight, showMoney, showStatus, tick } from "./panels.js";
import { showProviders, startProviders } from "./providers.js";
import { showRequests, startRequests } from "./requests.js";
import { moment, second, useZone } from "./words.js";

const PANELS = [
  showFrame, showEmpty, showStatus, showChains, showInFlight, showProviders, showRequests, showGuards, showMoney,
];
/// How long a page that nobody sees stays connected, in milliseconds.
const SLEEP_AFTER = 60_000;
const THEMES = ["auto", "light", "dark"];
const live = new Live({ event, live: isLive, lost, unauthorized });
let startedAt = null;
let zone;
let seenAt = null;
let retryAt = null;

start();

function start() {
  startTheme();
  startLogin();
  startFeed();
  startProviders();
  startRequests();
  startDetails(unauthorized);
  find("retry").addEventListener("click", () => live.retryNow());
  setInterval(everySecond, 1000);
  let sleep;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(sleep);
    if (!document.hidden) live.wake();
    else if (find("login").hidden) sleep = setTimeout(() => live.rest(), SLEEP_AFTER);
  });
  live.open();
}

function event(name, data) {
  let found;
  try {
    found = JSON.parse(data);
  } catch {
    return;
  }
  seenAt = Date.now();
  if (name === "fact") addFact(found);
  else if (name === "missed") addMissed(found.missed);
  else if (name === "overview") showAll(found);
}

function showAll(overview) {
  if (startedAt !== null && startedAt !== overview.started_at) {
    // A router that was started again counts its events anew.
    startedAt = null;
    clearFeed();
    live.forget();
    return;
  }
  startedAt = overview.started_at;
  show(find("loading"), false);
  show(find("board"), true);
  show(find("sections"), true);
  for (const panel of PANELS) {
    // One that fails must not hide the others.
    try {
      panel(overview);
    } catch (error) {
      console.error(panel.name, error);
    }
  }
}

function showFrame(overview) {
  if (zone !== overview.display_timezone) {
    zone = overview.display_timezone;
    setText(find("zone"), useZone(zone));
  }
  setText(find("version"), overview.version);
  setText(find("since"), `Counted since ${moment(overview.started_at)}.`);
}

/// What to do while nobody has asked anything.
function showEmpty({ requests }) {
  const isEmpty = requests.total === 0 && requests.in_flight === 0;
  show(find("empty"), isEmpty);
  const recipes = find("recipes");
  if (!isEmpty || recipes.firstChild) return;
  const secret = token.read() ? "YOUR_TOKEN" : "local";
  const { origin } = location;
  recipes.append(
    make("h3", "", "Claude Code"), commandLine(`ANTHROPIC_BASE_URL=${origin} ANTHROPIC_AUTH_TOKEN=${secret} claude`),
    make("h3", "", "Any client of the OpenAI dialect"), commandLine(`OPENAI_BASE_URL=${origin}/v1 OPENAI_API_KEY=${secret} your-client`),
  );
}

function isLive() {
  const wasLost = retryAt !== null;
  retryAt = null;
  linkState("live", "Live");
  show(find("trouble"), false);
  if (wasLost) announce("Connected again");
}

function lost(why, wait) {
  if (retryAt === null) announce("Connection lost, trying again");
  retryAt = Date.now() + wait;
  linkState("lost", "Not connected");
  document.title = "Not connected · CodeRouter";
  show(find("trouble"), true);
  setText(find("loading"), "The router can't be asked yet.");
  find("trouble-what").dataset.why = why;
  everySecond();
}

function everySecond() {
  tick();
  if (retryAt === null) return;
  const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  const next = seconds > 0 ? `trying again in ${seconds} s` : "trying again";
  setText(find("trouble-what"), `Connection lost, ${next}.`);
  const why = find("trouble-what").dataset.why;
  const seen = seenAt ? ` What you see is from ${second(seenAt)}.` : "";
  setText(find("trouble-when"), `${why[0].toUpperCase()}${why.slice(1)}.${seen}`);
}

function linkState(state, text) {
  setAttribute(find("link"), "data-state", state);
  setText(find("link-text"), text);
}

/// The router wants another token than the one there is.
function unauthorized() {
  const had = token.read() !== null;
  token.forget();
  logOut(had ? "The router does not take this token any more." : "");
}

function logOut(message) {
  live.close();
  live.last = null;
  retryAt = startedAt = null;
  closeDetails();
  clearFeed();
  for (const id of ["board", "sections", "loading", "trouble", "logout"]) show(find(id), false);
  document.title = "Log in · CodeRouter";
  linkState("out", "Not logged in");
  show(find("login"), true);
  setText(find("login-error"), message);
  find("token").focus();
}

function startLogin() {
  show(find("logout"), token.read() !== null);
  find("logout").addEventListener("click", () => {
    token.forget();
    // Nothing of what was seen stays in the page.
    location.reload();
  });
  find("login-form").addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const field = find("token");
    const refusal = await tried(field.value.trim());
    setText(find("login-error"), refusal);
    setAttribute(field, "aria-invalid", refusal ? "true" : null);
    if (refusal) {
      field.select();
      return;
    }
    token.keep(field.value.trim());
    field.value = "";
    for (const [id, isShown] of [["login", false], ["logout", true], ["loading", true]]) show(find(id), isShown);
    linkState("connecting", "Connecting");
    announce("Logged in");
    find("main").focus();
    live.open();
  });
}

/// What is wrong with a token; nothing where the router takes it.
async function tried(secret) {
  try {
    const answer = await ask("/v1/overview", { secret });
    await answer.body?.cancel();
    return answer.ok ? "" : `The router answers ${answer.status}; try again.`;
  } catch (error) {
    if (error instanceof Unauthorized) return "This token is wrong. Look for CODEROUTER_TOKEN where the router was started.";
    // A header can't carry every character.
    return error instanceof TypeError && /[^\x20-\x7e]/.test(secret) ? "A token has plain letters, digits and signs only." : "The router does not answer; is it running?";
  }
}

function startTheme() {
  const button = find("theme");
  const kept = shelf(() => localStorage, "coderouter-theme");
  const use = (theme) => {
    setAttribute(document.documentElement, "data-theme", theme === "auto" ? null : theme);
    setText(button, `Theme: ${theme}`);
    return theme;
  };
  let theme = use(THEMES.includes(kept.read()) ? kept.read() : "auto");
  button.addEventListener("click", () => {
    theme = use(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
    kept.keep(theme);
  });
}
