#!/usr/bin/env python3
"""The dashboard in a real browser, over a router that has had a night in small: somebody fell back, a call was repaired,
nobody answered, a budget shrank, a name is markup.

    e2e/dashboard.py [--binary FILE] [--screenshots FOLDER]

Needs `cargo build --release`, the Python packages of `requirements.txt` (playwright) and a Chromium, Chrome or Edge of
the system; `CHROMIUM` names another one. Prints one line a check; ends with 1 if any failed.
"""
import argparse
import http.client
import json
import pathlib
import re
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack

from playwright.sync_api import Error, expect, sync_playwright

import servers
from browser import PATIENCE, PHONE, Eyes, chromium
from run import BINARY, give_up

TOKEN = "a-token-of-the-test"
HOSTILE = "<img src=x onerror=alert(1)>"
WRITE = {"name": "Write", "description": "writes a file", "input_schema": {
    "type": "object", "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
    "required": ["file_path", "content"]}}


def main():
    options = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-dashboard-"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: give_up(folder))
    try:
        expect.set_options(timeout=PATIENCE)
        with ExitStack() as stack:
            failed = look(stage(options, folder, stack))
    except servers.Trouble as trouble:
        failed = 1
        print(f"FAILED {trouble}")
    shutil.rmtree(folder, ignore_errors=True)
    print(f"dashboard: {f'{failed} failed' if failed else 'passed'}")
    return 1 if failed else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    parser.add_argument("--screenshots", type=pathlib.Path, metavar="FOLDER", help="save what was seen there")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    return options


class Scene(Eyes):
    """The router, and the dashboard of it in a browser."""

    def __init__(self, router, browser, screenshots):
        super().__init__(browser, screenshots)
        self.router = router

    def open(self, page):
        page.goto(self.router.url + "/dashboard")
        expect(page.locator("#link-text")).to_have_text("Live")


def stage(options, folder, stack):
    scenarios = {"/well": "ok", "/writes": "tool-as-text", "/dear": "cached"}
    backend = stack.enter_context(servers.rehearsal(options.binary, scenarios, folder))
    gone = stack.enter_context(servers.refusing_port())
    router = servers.router(options.binary, configuration(backend.url, gone, folder), folder)
    playwright = stack.enter_context(sync_playwright())
    browser = playwright.chromium.launch(executable_path=chromium())
    stack.callback(browser.close)
    stack.callback(router.__exit__)
    return Scene(router.start(), browser, options.screenshots)


def configuration(backend, gone, folder):
    """The router's file; JSON is YAML."""
    return json.dumps({
        "default_profile": "default", "allow_paid": True, "display_timezone": "Asia/Tokyo",
        "state_dir": str(folder / "state"),
        "providers": [
            {"name": "gone", "base_url": f"http://127.0.0.1:{gone}/v1", "model": "m"},
            {"name": "steady", "base_url": f"{backend}/well/v1", "model": "steady-model"},
            {"name": HOSTILE, "base_url": f"{backend}/writes/v1", "model": "<b>writer</b>"},
            {"name": "dear", "kind": "anthropic", "base_url": f"{backend}/dear", "model": "dear-model", "paid": True,
             "cost": {"input_tokens_per_million": 10, "output_tokens_per_million": 10, "monthly_budget_usd": 5}},
        ],
        "profiles": [
            {"name": "default", "providers": ["gone", "steady"]},
            {"name": "writer", "providers": [HOSTILE]},
            {"name": "paid", "providers": ["dear"]},
            {"name": "nobody", "providers": ["gone"]},
        ],
    }, indent=1)


def ask(router, profile, status=200, token="", **body):
    """A request of an agent; its id."""
    message = {"role": "user", "content": "Please create the file notes.txt"}
    body = {"model": "m", "max_tokens": 200, "messages": [message], **body}
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01", "x-coderouter-profile": profile}
    connection = http.client.HTTPConnection("127.0.0.1", router.port, timeout=30)
    connection.request("POST", "/v1/messages", json.dumps(body), {**headers, **({"x-api-key": token} if token else {})})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != status:
        raise servers.Trouble(f"a request of profile {profile} was answered {answer.status}:\n{router.tail()}")
    return answer.headers["x-request-id"]


def look(scene):
    """All checks in order; each looks at what the ones before have left."""
    failed = 0
    for check in CHECKS:
        scene.trouble.clear()
        try:
            check(scene)
            complaints = list(scene.trouble)
        except (AssertionError, Error, servers.Trouble) as trouble:
            complaints = [told(trouble), *scene.trouble]
        failed += bool(complaints)
        print(f"{'FAILED' if complaints else 'ok    '} {check.__doc__.splitlines()[0]}", flush=True)
        for complaint in complaints:
            print("       " + complaint.replace("\n", "\n       "), flush=True)
    return failed


def told(trouble):
    """What went wrong, without the picture of the whole page that playwright adds."""
    return f"{type(trouble).__name__}: {trouble}".split("Aria snapshot:")[0].rstrip()


def nobody_has_asked(scene):
    """A router that nobody has asked says how to point an agent at it."""
    with scene.page() as page:
        scene.open(page)
        expect(page.locator("#status-word")).to_have_text("Idle")
        recipe = f"ANTHROPIC_BASE_URL={scene.router.url} ANTHROPIC_AUTH_TOKEN=local claude"
        expect(page.locator("#recipes code").first).to_have_text(recipe)
        expect(page.locator("#zone")).to_have_text("Times are in Asia/Tokyo.")
        expect(page.locator("#chains article").first).to_contain_text("gone answers, then steady.")
        scene.keep(page, "empty", whole=True)


def what_happens_is_seen(scene):
    """Requests show on an open page without anybody doing anything."""
    with scene.page() as page:
        scene.open(page)
        expect(page.locator("#empty")).to_be_visible()
        scene.fell_back = ask(scene.router, "default", stream=True)
        ask(scene.router, "writer", tools=[WRITE])
        ask(scene.router, "paid")
        ask(scene.router, "nobody", status=502)
        rows = page.locator("#request-rows tr")
        expect(rows).to_have_count(4)
        expect(page.locator("#empty")).to_be_hidden()
        expect(rows.nth(3)).to_contain_text(re.compile("answered.*steady.*gone \\(connection\\)"))
        expect(rows.nth(2)).to_contain_text(re.compile("answered.*repaired"))
        expect(rows.nth(1)).to_contain_text(re.compile(r"dear.*\$0\.0"))
        expect(rows.nth(0)).to_contain_text("unanswered")
        scene.keep(page, "desktop-light", whole=True)


def facts_are_told(scene):
    """Figures, providers, guards, budgets, mix and events say what happened."""
    with scene.page(color_scheme="dark") as page:
        scene.open(page)
        # Who was left by all has fallen back too.
        expect(page.locator("#figures .term", has_text="Fell back")).to_contain_text("2")
        gone = page.locator(".provider").nth(0)
        expect(gone).to_contain_text(re.compile(r"Last error \d\d:\d\d:\d\d: "))
        expect(page.locator(".provider").nth(1)).to_contain_text(re.compile("100 % well"))
        expect(page.locator("#guards")).to_contain_text("provider-flagged-unhealthy")
        expect(page.locator("#models")).to_contain_text("1 repaired")
        expect(page.locator("#caps li")).to_contain_text(re.compile(r"Provider dear.*\$4\.9\d left.*of \$5\.00 spent"))
        expect(page.locator("#sums .term", has_text="Saved by caches")).to_contain_text("$0.")
        expect(page.locator("#mix .paid")).to_contain_text("33 %")
        expect(page.locator("#ledger tr").nth(3)).to_contain_text("dear")
        expect(page.locator("#feed li").first).to_be_visible()
        page.locator("#filter-event").select_option("fallback-occurred")
        for line in page.locator("#feed li").all():
            expect(line).to_contain_text("fallback-occurred")
        page.locator("#filter-text").fill("no such words")
        expect(page.locator("#feed-none")).to_be_visible()
        scene.keep(page, "desktop-dark", whole=True)


def pausing_holds(scene):
    """A paused feed holds what comes and shows it when it goes on."""
    with scene.page() as page:
        scene.open(page)
        expect(page.locator("#feed li").first).to_be_visible()
        page.locator("#feed-pause").click()
        before = page.locator("#feed li").count()
        ask(scene.router, "default")
        expect(page.locator("#feed-count")).to_contain_text(re.compile("paused, [1-9]"))
        assert page.locator("#feed li").count() == before, "a paused feed went on"
        page.locator("#feed-pause").click()
        expect(page.locator("#feed li").nth(before)).to_be_attached()


def charts_tell_values(scene):
    """A minute of the charts is told, under the pointer and by the arrow keys."""
    with scene.page() as page:
        scene.open(page)
        row = page.locator(".provider .charts:visible").first
        row.focus()
        page.keyboard.press("End")
        expect(row).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d: Latency .*, Failures \d+ of \d+"))
        page.keyboard.press("Home")
        expect(row).to_have_attribute("aria-valuenow", "0")
        page.keyboard.press("Escape")
        expect(row).to_have_attribute("aria-valuetext", re.compile("^The last hour"))
        page.locator("#traffic .plot").hover()
        expect(page.locator(".cursor-time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def details_explain(scene):
    """A row opens why its request went where it went."""
    with scene.page() as page:
        scene.open(page)
        row = page.locator("#request-rows tr", has=page.locator(f'[aria-label*="{scene.fell_back}"]'))
        row.click()
        panel = page.locator("#details")
        expect(panel).to_contain_text(f"coderouter explain {scene.fell_back}")
        expect(panel.locator(".way")).to_contain_text(re.compile("gone.*connection.*then steady"))
        expect(panel.locator(".plan tbody tr")).to_have_count(2)
        expect(panel.locator(".facts")).to_contain_text("fallback-occurred")
        page.get_by_role("button", name=f"Copy coderouter explain {scene.fell_back}").click()
        expect(panel.locator(".command button")).to_have_text(re.compile("Copied|Press"))
        scene.keep(page, "details")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()


def hostile_names_are_text(scene):
    """Names of the configuration are text wherever they stand."""
    with scene.page() as page:
        scene.open(page)
        expect(page.locator("#request-rows")).to_contain_text(HOSTILE)
        expect(page.locator(".provider h3").nth(2)).to_have_text(HOSTILE)
        expect(page.locator("#chains")).to_contain_text(HOSTILE)
        expect(page.locator("#models")).to_contain_text("<b>writer</b>")
        page.locator("#request-rows tr", has_text=HOSTILE).first.click()
        expect(page.locator("#details .plan")).to_contain_text(HOSTILE)
        assert page.locator("main img, main b, dialog img, dialog b").count() == 0, "a name became an element"


def keys_are_enough(scene):
    """All can be reached and used by keys, and where one is shows."""
    with scene.page() as page:
        scene.open(page)
        expect(page.locator("#request-rows tr").first).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        seen = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            name, outline = page.evaluate(FOCUSED)
            assert name == "BODY" or outline, f"focus does not show on {name}"
            seen.add(name)
        wanted = {"theme", "same-scale", "filter-event", "filter-text", "feed-pause"}
        assert wanted <= seen, f"keys don't reach {wanted - seen}"
        opener = page.locator("#request-rows .open").first
        opener.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#request-rows .open").nth(1)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#details .plan")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#request-rows .open").nth(1)).to_be_focused()


# What has the focus, and whether that shows.
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return [one.id || one.className || one.tagName, style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
}"""


def a_phone_is_wide_enough(scene):
    """At 360 pixels nothing has to be pushed sideways."""
    with scene.page(PHONE) as page:
        scene.open(page)
        expect(page.locator("#request-rows tr").first).to_be_visible()
        assert_no_scroll(page, "the page")
        scene.keep(page, "phone", whole=True)
        page.locator("#request-rows .open").first.click()
        expect(page.locator("#details .plan")).to_be_visible()
        assert_no_scroll(page, "the details")
        scene.keep(page, "phone-details")


def parts_keep_their_laws(scene):
    """Streams are read however they are cut, and zones that don't exist are UTC."""
    with scene.page() as page:
        scene.open(page)
        whole, others = page.evaluate(CUTS)
        assert json.loads(whole)[0] == {"id": "7", "name": "fact", "data": '{"a":\n1}'}, whole
        assert len(json.loads(whole)) == 2 and not others, f"{whole}, but: {others}"
        told = page.evaluate("async () => (await import('/dashboard/words.js')).useZone('Mars/Olympus')")
        assert "UTC" in told and "Mars/Olympus" in told, told


# What a stream says when it comes whole, and what else it says when it is cut in two.
CUTS = r"""async () => {
  const { Frames } = await import("/dashboard/live.js");
  const text = ': hello\n\nevent: fact\nid: 7\ndata: {"a":\ndata: 1}\n\nevent: missed\r\ndata: {"missed":2}\r\n\r\n';
  const read = (...pieces) => { const frames = new Frames(); return JSON.stringify(pieces.flatMap((piece) => frames.push(piece))); };
  const cuts = Array.from(text, (_, at) => read(text.slice(0, at), text.slice(at)));
  return [read(text), cuts.filter((cut) => cut !== read(text))];
}"""


def assert_no_scroll(page, what):
    wide, room = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room, f"{what} is {wide} pixels wide, the screen {room}"


def a_lost_router_is_told(scene):
    """A router that goes is told, and one that comes back is followed again."""
    with scene.page(expected="ERR_|Failed to load resource") as page:
        scene.open(page)
        scene.router.kill()
        expect(page.locator("#trouble")).to_contain_text(re.compile("Connection lost, trying again"))
        expect(page.locator("#link-text")).to_have_text("Not connected")
        scene.keep(page, "lost")
        page.locator("#retry").click()
        expect(page.locator("#link-text")).to_have_text("Not connected")
        scene.router.start()
        expect(page.locator("#link-text")).to_have_text("Live")
        expect(page.locator("#trouble")).to_be_hidden()
        ask(scene.router, "default")
        expect(page.locator("#request-rows tr")).to_have_count(1)
        expect(page.locator("#feed")).to_contain_text("fallback-occurred")


def a_token_is_asked_for(scene):
    """A router with a token shows a log-in, and nothing without it."""
    scene.router.__exit__()
    scene.router.environment["CODEROUTER_TOKEN"] = TOKEN
    scene.router.start()
    ask(scene.router, "default", token=TOKEN)
    with scene.page(expected="401") as page:
        page.goto(scene.router.url + "/dashboard")
        expect(page.locator("#login")).to_be_visible()
        expect(page.locator("#board")).to_be_hidden()
        page.get_by_label("Token", exact=True).fill("a-wrong-one")
        page.keyboard.press("Enter")
        expect(page.locator("#login-error")).to_contain_text("This token is wrong.")
        scene.keep(page, "login")
        page.get_by_label("Token", exact=True).fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#request-rows tr")).to_have_count(1)
        page.locator("#request-rows .open").click()
        expect(page.locator("#details .plan")).to_be_visible()
        page.keyboard.press("Escape")
        page.reload()
        expect(page.locator("#link-text")).to_have_text("Live")
        assert TOKEN not in page.url + page.content() + page.evaluate("() => JSON.stringify(localStorage)")
        page.get_by_role("button", name="Log out").click()
        expect(page.locator("#login")).to_be_visible()
        assert page.evaluate("() => sessionStorage.length") == 0, "the token outlives the log-out"


CHECKS = [
    nobody_has_asked, what_happens_is_seen, facts_are_told, pausing_holds, charts_tell_values, details_explain,
    hostile_names_are_text, keys_are_enough, a_phone_is_wide_enough, parts_keep_their_laws, a_lost_router_is_told, a_token_is_asked_for,
]


if __name__ == "__main__":
    sys.exit(main())
