#!/usr/bin/env python3
"""Counters beside what the backends themselves have counted: 200 requests a second of mixed traffic, while a reader of
the live feed stalls, and for the second half one of the log as well.

    e2e/counting.py [--seconds N] [--rate N] [--binary FILE]

Needs `cargo build --release`, and nothing but Python. Every attempt that a backend has seen has to be in the router's
counters, every request in exactly one outcome, /metrics has to say what /metrics.json says, and nobody may have waited
for those who don't read. Ends with 1 and the reasons where that is not so.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import servers
from run import BINARY

CLIENTS = 24
SECRET = "sk-canary-0123456789abcdef"
PROMPT = "canary-of-a-prompt"
# What each backend plays, over and over, to whoever comes next.
SCRIPTS = {
    "shaky": "ok*9, 500, ok*9, die-mid-stream, ok*9, empty-200, ok*9, die-after-head, ok*9, leaks-key",
    "busy": "ok*5, 503, cached*5, 400",
    "last": "ok",
}
ROUNDS = 400


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--rate", type=float, default=200, help="requests a second (default: 200)")
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-counting-"))
    complaints = count(options, folder)
    shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints:
        print(f"FAILED {complaint}")
    print(f"counting: {f'{len(complaints)} complaints' if complaints else 'every count agrees'}")
    return 1 if complaints else 0


def wait_for(is_there, whom):
    """What is waited for, once it is there."""
    late = time.monotonic() + servers.START_SECONDS
    while not (found := is_there()):
        if time.monotonic() > late:
            raise servers.Trouble(f"{whom} does not start")
        time.sleep(0.02)
    return found


class Backend:
    """A scripted backend that tells of each request it has seen."""

    def __init__(self, name, binary, folder):
        self.name, self.log = name, folder / f"{name}.log"
        words = [binary, "rehearse", "--port", "0", "--tell", ", ".join([SCRIPTS[name]] * ROUNDS)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.url = wait_for(lambda: re.search(r"http://127\.0\.0\.1:\d+", self.log.read_text()), name)[0]

    def seen(self):
        return sum(line.startswith("POST ") for line in self.log.read_text().splitlines())


class Client(threading.Thread):
    """One of those who ask, each in its own time."""

    def __init__(self, number, port, options):
        super().__init__(daemon=True)
        self.number, self.port, self.options = number, port, options
        self.sent, self.took, self.errors = 0, [], []

    def run(self):
        pause = CLIENTS / self.options.rate
        begin = time.monotonic() + pause * self.number / CLIENTS
        while (due := begin + self.sent * pause) < begin + self.options.seconds:
            time.sleep(max(0, due - time.monotonic()))
            at = time.monotonic()
            try:
                self.ask()
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
            self.took.append((at, time.monotonic() - at))
            self.sent += 1

    def ask(self):
        anthropic, stream = self.sent % 2 == 0, self.sent % 3 > 0
        body = {"model": "m", "messages": [{"role": "user", "content": f"{PROMPT} {self.sent}"}], "stream": stream}
        body |= {"max_tokens": 50} if anthropic else {}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("POST", "/v1/messages" if anthropic else "/v1/chat/completions", json.dumps(body),
                     {"content-type": "application/json", "x-session-id": f"{self.number}"})
        line.getresponse().read()
        line.close()


def count(options, folder):
    backends = {name: Backend(name, options.binary, folder) for name in SCRIPTS}
    port = servers.free_port()
    (folder / "providers.yaml").write_text(configuration(backends))
    # The log is read until half time, and then no more.
    environment = servers.environment(folder / "home", KEY=SECRET, CODEROUTER_EVENTS_PATH=str(folder / "events.jsonl"))
    router = subprocess.Popen(
        [options.binary, "serve", "--config", folder / "providers.yaml", "--port", str(port), "--log-format", "json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    reading = threading.Event()
    reading.set()
    log = bytearray()
    threading.Thread(target=read_log, args=(router.stderr.fileno(), reading, log), daemon=True).start()
    try:
        wait_for(lambda: servers.is_served(port), "the router")
        stalled = stall(port)
        clients = [Client(number, port, options) for number in range(CLIENTS)]
        half = time.monotonic() + options.seconds / 2
        for client in clients:
            client.start()
        time.sleep(max(0, half - time.monotonic()))
        reading.clear()
        for client in clients:
            client.join()
        pages = settle(port, sum(client.sent for client in clients))
        complaints = judge(clients, backends, pages, half)
        # Now the one that stalled reads: it hears how much it has missed.
        heard = drain(stalled)
        pages["feed"] = heard.decode(errors="replace")
        pages["log"] = bytes(log).decode(errors="replace")
        pages["events"] = (folder / "events.jsonl").read_text()
        complaints += [f"{word} is in {name}" for name, page in pages.items() for word in (SECRET, PROMPT) if word in page]
        if b"event: missed" not in heard:
            complaints.append("the reader that stalled was not told what it missed")
        return complaints
    finally:
        for process in [router, *(backend.process for backend in backends.values())]:
            process.kill()
            process.wait()


def configuration(backends):
    entries = [f"  - {{name: {name}, kind: {kind}, base_url: \"{backends[name].url}{path}\", model: m,"
               f" api_key_env: KEY, slot_affinity_slots: off}}"
               for name, kind, path in (("shaky", "anthropic", ""), ("busy", "openai_compat", "/v1"),
                                        ("last", "openai_compat", "/v1"))]
    return "\n".join(["providers:", *entries, "profiles:", "  - {name: main, providers: [shaky, busy, last]}",
                      "default_profile: main", "health_cache: {action: off}", ""])


def read_log(pipe, reading, log):
    while reading.is_set():
        piece = os.read(pipe, 65536)
        if not piece:
            return
        log += piece


def stall(port):
    """Somebody who opens the feed and reads no more, with little room for what comes."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", port))
    line.sendall(b"GET /v1/events?overview HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return line


def drain(line):
    line.settimeout(3)
    heard = bytearray()
    try:
        while b"event: missed" not in heard and (piece := line.recv(65536)):
            heard += piece
    except TimeoutError:
        pass
    return bytes(heard)


def get(port, path):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    line.request("GET", path)
    return line.getresponse().read().decode()


def settle(port, sent):
    """The pages, once every request is in them or has had the time to be."""
    for _ in range(100):
        overview = json.loads(get(port, "/v1/overview"))
        if overview["requests"]["total"] >= sent and overview["requests"]["in_flight"] == 0:
            break
        time.sleep(0.05)
    return {path: get(port, path) for path in ("/metrics", "/metrics.json", "/v1/overview", "/v1/health", "/v1/route/last")}


def judge(clients, backends, pages, half):
    metrics, overview = json.loads(pages["/metrics.json"]), json.loads(pages["/v1/overview"])
    samples = dict(re.findall(r"^(coderouter_\S+) (\S+)$", pages["/metrics"], re.M))
    sent = sum(client.sent for client in clients)
    complaints = [error for client in clients for error in client.errors[:3]]

    def agree(what, ours, theirs):
        if ours != theirs:
            complaints.append(f"{what}: {ours}, and should be {theirs}")

    for name, backend in backends.items():
        seen = backend.seen()
        agree(f"attempts at {name}", metrics["counters"]["provider_attempts"].get(name, 0), seen)
        agree(f"outcomes at {name}", sum(metrics["counters"]["provider_outcomes"].get(name, {}).values()), seen)
        agree(f"/metrics of {name}", int(samples[f'coderouter_provider_attempts_total{{provider="{name}"}}']), seen)
        print(f"{name:6} {seen:6} attempts, {metrics['counters']['provider_outcomes'][name]}")
    requests = overview["requests"]
    agree("requests", requests["total"], sent)
    agree("their outcomes", sum(requests[word] for word in ("answered", "failed", "broken", "left")), sent)
    agree("attempts of all", metrics["counters"]["requests_total"], sum(backend.seen() for backend in backends.values()))
    lost = overview["telemetry"]["dropped"]
    for name, took in (("all read", [s for c in clients for at, s in c.took if at < half]),
                       ("nobody reads", [s for c in clients for at, s in c.took if at >= half])):
        cuts = statistics.quantiles(took, n=100)
        print(f"{name:12} {len(took):6} requests, median {cuts[49] * 1e3:.1f} ms, 99th percentile {cuts[98] * 1e3:.1f} ms")
    print(f"{sent} requests; {lost} log lines given up because nobody reads them")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
