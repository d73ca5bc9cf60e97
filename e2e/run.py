#!/usr/bin/env python3
"""End-to-end tests: real clients, the real router, scripted backends and a real llama-server, all on this machine.

    e2e/run.py [--only WORD]... [--list] [--jobs N] [--report FILE] [--direct] [--keep]

Needs `cargo build --release` and the tools that `cargo xtask test tools` installs; that command also runs this one.
`--direct` leaves the router out, for chains of one provider that speaks the client's own wire: where a case fails
that way too, the client or the table is wrong and not the router. Prints one line a case; ends with 1 if any failed.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, nullcontext

import cases
import servers
from clients import CLIENTS

BINARY = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", servers.ROOT / "target")) / "release/coderouter"
MODEL_OF_LLAMA = "tiny-llama"
# For a client's whole run, in seconds. llama-server reads an agent's first request on two cores, beside other cases.
SECONDS, SECONDS_OF_LLAMA = 60, 240
# For a provider that hangs, in seconds: long enough for any that does not.
PATIENCE = 1


def main():
    options = arguments()
    chosen = choose(options)
    if options.list:
        print("\n".join(case.name for case in chosen))
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-e2e-"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: give_up(folder))
    results = run_all(chosen, options, folder)
    failed = sum(not result["passed"] for result in results)
    if options.report:
        pathlib.Path(options.report).write_text(json.dumps(results, indent=1) + "\n")
    if options.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"e2e: {len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="cases whose names have every word")
    parser.add_argument("--list", action="store_true", help="print the names and run nothing")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time (default: 2)")
    parser.add_argument("--report", help="write the results to this file, as JSON")
    parser.add_argument("--direct", action="store_true", help="leave the router out")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the cases")
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    return parser.parse_args()


def choose(options):
    chosen = [case for case in cases.all_cases() if all(word in case.name for word in options.only)]
    if options.direct:
        wire = {**cases.SDKS, "claude-code": cases.ANTHROPIC}
        own = [case for case in chosen if len(case.chain) == 1 and case.chain[0].kind == wire[case.client]]
        chosen = [case for case in own if case.expect.get("error") is None and not meets_closed_connection(case)]
        chosen = [case for case in chosen if not is_repaired(case)]
    if not servers.has_llama():
        print("left out: what needs llama-server, which is not here")
        chosen = [case for case in chosen if not needs_llama(case)]
    return chosen


def meets_closed_connection(case):
    """llama-server closes behind every stream, with no header that says so, and Node reuses the connection at once."""
    return case.chain[0].plays == "llama" and case.client == "openai-node" and case.task == "tool-stream"


def is_repaired(case):
    return bool(case.expect.get("repairs"))


def run_all(chosen, options, folder):
    with ExitStack() as stack:
        shared = Shared(stack, folder)
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(options.jobs))
        places = [folder / f"{number:03}" for number in range(len(chosen))]
        running = [pool.submit(run, case, place, options, shared) for case, place in zip(chosen, places)]
        results = []
        for done in concurrent.futures.as_completed(running):
            results.append(done.result())
            tell(results[-1], len(results), len(chosen))
        return sorted(results, key=lambda result: result["name"])


class Shared:
    """What cases use in turn: llama-servers, each started when the first of them asks for it."""

    def __init__(self, stack, folder):
        self.stack, self.folder, self.turn, self.llamas = stack, folder, threading.Lock(), {}

    def llama(self, parses):
        """One that parses calls, or one that leaves them in the text."""
        if parses not in self.llamas:
            self.llamas[parses] = self.stack.enter_context(servers.llama(self.folder, parses))
        return self.llamas[parses]


def tell(result, number, count):
    end = "ok    " if result["passed"] else "FAILED"
    print(f"{end} {number:>3}/{count} {result['seconds']:5.1f} s  {result['name']}", flush=True)
    for complaint in result["complaints"]:
        print("       " + complaint.replace("\n", "\n       "), flush=True)


def run(case, folder, options, shared):
    """One case from start to end; whatever goes wrong is a complaint."""
    folder.mkdir()
    with shared.turn if needs_llama(case) else nullcontext():
        start = time.monotonic()
        try:
            complaints = complain(case, folder, options, shared)
        except Exception as trouble:  # a case that goes wrong in its own way must not end the others
            complaints = [f"{type(trouble).__name__}: {trouble}"]
    seconds = round(time.monotonic() - start, 2)
    return {"name": case.name, "passed": not complaints, "seconds": seconds, "complaints": complaints}


def complain(case, folder, options, shared):
    """What is wrong with the client's report, and with the router after it."""
    client, task = CLIENTS[case.client], cases.TASKS.get(case.task, {})
    seconds = SECONDS_OF_LLAMA if needs_llama(case) else SECONDS
    with ExitStack() as stack:
        providers = backends(case, folder, options, shared, stack)
        if options.direct:
            report = client(re.sub("/v1$", "", providers[0]["base_url"]), task, folder, seconds)
            return compare({**report, "repairs": []}, case.expect)
        router = stack.enter_context(servers.router(options.binary, configuration(providers, case.profile), folder))
        report = client(router.url, task, folder, seconds)
        healthy = router.is_healthy()
    # Once it has ended, all that it has to say is in its log.
    said = {"repairs": repairs(router.log), "told": {line["msg"] for line in lines(router.log)}}
    complaints = compare({**report, **said}, case.expect)
    if not healthy:
        complaints.append("the router is not healthy any more")
    if "panicked" in router.log.read_text(errors="replace"):
        complaints.append("the router panicked")
    if router.process.returncode != 0:
        complaints.append(f"the router ended with code {router.process.returncode} when asked to stop")
    return [*complaints, f"its log ends:\n{router.tail()}"] if complaints else []


def repairs(log):
    """What the router says of calls it has read in text or mended: the formats, each with the damage it found."""
    told = [line for line in lines(log) if line["msg"].startswith("tool-repair-")]
    return [[line["format"], line["corruptions"]] if line["msg"] == "tool-repair-applied" else line for line in told]


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def needs_llama(case):
    return any(provider.plays == "llama" for provider in case.chain)


def backends(case, folder, options, shared, stack):
    """Starts what the chain needs: one process plays all scenarios that are near, each under a path of its own."""
    elsewhere = {
        "llama": lambda provider: shared.llama(parses=not provider.writes).url,
        "refused": lambda _: f"http://127.0.0.1:{stack.enter_context(servers.refusing_port())}",
    }
    rehearsed = {}
    for is_far, name in [(False, "backend"), (True, "far-backend")]:
        scenarios = {f"/p{place}": provider.plays for place, provider in enumerate(case.chain)
                     if provider.plays not in elsewhere and provider.is_far == is_far}
        if scenarios:
            backend = servers.rehearsal(options.binary, scenarios, folder, name)
            rehearsed[is_far] = stack.enter_context(backend).url
    providers = []
    for place, provider in enumerate(case.chain):
        if provider.plays in elsewhere:
            url = elsewhere[provider.plays](provider)
        else:
            url = f"{rehearsed[provider.is_far]}/p{place}"
        providers.append({
            "name": f"p{place}",
            "kind": provider.kind,
            "base_url": url + ("/v1" if provider.kind == cases.OPENAI else ""),
            "model": MODEL_OF_LLAMA if provider.plays == "llama" else "rehearsal",
            "timeout_s": PATIENCE if provider.plays.startswith("hang") else SECONDS_OF_LLAMA,
            **({"extra_body": {"chat_template_kwargs": {"writes": provider.writes}}} if provider.writes else {}),
            **({"tool_repair": provider.tool_repair} if provider.tool_repair else {}),
            **({"capabilities": {"prefill": provider.prefill}} if provider.prefill else {}),
            **({"local": False} if provider.is_far else {}),
        })
    return providers


def configuration(providers, settings):
    """The router's file; JSON is YAML."""
    names = [provider["name"] for provider in providers]
    # What is refused for its rate is told at once: clients' own ways with it are looked at here.
    profile = {"name": "default", "providers": names, "queue_timeout_s": 0, **settings}
    return json.dumps({"providers": providers, "profiles": [profile]}, indent=1)


def compare(report, expect):
    """What of the report is not as expected; where an error came instead, only that is worth telling."""
    if report.get("error") and "error" in expect and expect["error"] is None:
        return [f"error: {report['error']!r}, expected: none"]
    complaints = []
    for key, wanted in expect.items():
        found = report.get(key)
        if not (wanted(found) if callable(wanted) else found == wanted):
            wish = wanted.__doc__ if callable(wanted) else repr(wanted)
            complaints.append(f"{key}: {found!r}, expected: {wish}")
    return complaints


def give_up(folder):
    """Ends at once: threads that wait for clients have nothing left to tell."""
    servers.stop_all()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(130)


if __name__ == "__main__":
    sys.exit(main())
