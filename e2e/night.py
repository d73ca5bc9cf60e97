#!/usr/bin/env python3
"""A night in real time: backends that fall ill and come back, agents that work all the while, and a router that is
killed at half time and started again.

    e2e/night.py [--seconds N] [--seed N] [--binary FILE] [--keep | --tidy]

Needs `cargo build --release`, and nothing but Python. Sixteen agents talk through three profiles to three free backends
and one that costs money; what ails which backend when is rolled from the seed. In the end the log, the records and what
everybody saw have to agree. Prints what happened; ends with 1, the seed and the reasons where a law was broken.
"""
import argparse
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

import laws
import servers
import timetable
from agents import Agent
from healing import audit, look_back, replay
from run import BINARY, give_up
from setting import CAP, CHAINS, FREE, PAID, PRICE, configuration

AGENTS = 16
NEVER = float("inf")


def main():
    options = arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-night-"))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: give_up(folder))
    print(f"night: seed {options.seed}, {options.seconds:g} s", flush=True)
    try:
        night = Night(options, folder)
        night.live()
        complaints = laws.broken(night)
        print(laws.table(night), flush=True)
    except servers.Trouble as trouble:
        complaints = [str(trouble)]
    if options.keep or (complaints and not options.tidy):
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints[:20]:
        print("FAILED " + complaint.replace("\n", "\n       "))
    end = f"{len(complaints)} complaints" if complaints else "all laws held"
    print(f"night: seed {options.seed}, {options.seconds:g} s, {end}")
    return 1 if complaints else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120, help="how long it lasts, from 40 (default: 120)")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="what it is rolled from")
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and records")
    parser.add_argument("--tidy", action="store_true", help="keep nothing, not even of a night that failed")
    options = parser.parse_args()
    options.seconds, options.binary = max(options.seconds, 40), options.binary.resolve()
    return options


class Night:
    """Everybody in it, and what they have seen by its end. Times are by the monotonic clock."""

    def __init__(self, options, folder):
        self.seed, self.seconds, self.binary, self.folder = options.seed, options.seconds, options.binary, folder
        tables = timetable.roll(self.seed, self.seconds, FREE)
        self.backends = {name: Backend(name, table, self) for name, table in tables.items()}
        self.dear = backend(PAID, timetable.MOODS["well"], self)
        urls = {PAID: self.dear.url, **{name: ill.server.url for name, ill in self.backends.items()}}
        self.router = servers.router(self.binary, configuration(urls, folder / "state"), folder)
        profiles = list(CHAINS)
        self.agents = [
            Agent(number, self.seed, profiles[number % len(profiles)], self.router.port) for number in range(AGENTS)
        ]
        self.memory, self.over = [], threading.Event()

    def live(self):
        with ExitStack() as stack:
            stack.enter_context(self.dear)
            self.start = time.monotonic()
            for ill in self.backends.values():
                stack.callback(ill.end)
                ill.begin()
            stack.enter_context(self.router)
            threading.Thread(target=self.weigh, daemon=True).start()
            stack.callback(self.over.set)
            for agent in self.agents:
                agent.start()
            self.wait_until(self.seconds / 2)
            self.die()
            self.wait_until(self.seconds)
            self.stop_agents()
            self.ended, self.out_at_end = time.monotonic(), self.excluded()
            self.spend_the_rest()
            self.past = look_back(self.binary, self.router.port, self.folder)
        self.exit, self.replayed = self.router.process.returncode, replay(self.binary, self.folder)

    def wait_until(self, seconds):
        time.sleep(max(0.0, self.start + seconds - time.monotonic()))

    def die(self):
        """Kills the router in the midst of its work and starts it again."""
        self.out_before = self.excluded()
        self.killed = time.monotonic()
        self.router.kill()
        self.paid_before = self.asked(PAID)
        self.router.start()
        self.back = time.monotonic()
        self.plan_after = self.plan("watched")

    def excluded(self):
        """Who is out of the chains, as the audit has it."""
        out = set()
        for fact in audit(self.binary, self.folder, "self-healing"):
            if fact["event"] == "self-healing-exclude":
                out.add(fact["provider"])
            if fact["event"] == "self-healing-restore":
                out.discard(fact["provider"])
        return out

    def plan(self, profile):
        """What would be done with a request now: the reason for each provider."""
        body = {"model": "m", "max_tokens": 20, "messages": [{"role": "user", "content": "hello"}]}
        plan = servers.post(self.router.url + "/v1/route", body, {"x-coderouter-profile": profile})
        return {one["provider"]: one.get("reason") for one in plan["providers"]}

    def stop_agents(self):
        for agent in self.agents:
            agent.over.set()
        for agent in self.agents:
            agent.join(60)
            if agent.is_alive():
                raise servers.Trouble(f"{agent.name} has had no word for a minute")

    def spend_the_rest(self):
        """Nobody but the paid provider is there, and somebody asks until the budget is spent."""
        for ill in self.backends.values():
            ill.end()
        last = Agent(AGENTS, self.seed, "paid", self.router.port)
        self.last = []
        for number in range(int(CAP / PRICE) + 10):
            ask = last.ask([{"role": "user", "content": f"the rest {number}"}], False, {})
            self.last.append(ask)
            if ask.provider != PAID:
                return

    def asked(self, name):
        """How many requests for an answer a backend has counted."""
        log = self.dear.log if name == PAID else self.backends[name].server.log
        return log.read_text().count("POST ")

    def weigh(self):
        """The router's memory now and then, in megabytes."""
        while not self.over.wait(1):
            told = subprocess.run(
                ["ps", "-o", "rss=", "-p", str(self.router.process.pid)], capture_output=True, text=True)
            if told.stdout.strip():
                self.memory.append((time.monotonic(), int(told.stdout) / 1024))

    @property
    def asks(self):
        return [ask for agent in self.agents for turn in agent.turns for ask in turn]


def backend(name, plays, night):
    port = servers.port_of_its_own()
    command = [night.binary, "rehearse", plays, "--port", port, "--tell"]
    return servers.Server(name, command, port, night.folder, "/v1/models")


class Backend:
    """A backend that lives by its timetable, in a thread; each change of its mood is a new process."""

    def __init__(self, name, table, night):
        self.name, self.table, self.night = name, table, night
        self.server = backend(name, "ok", night)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        # What it was really like: spans by the monotonic clock, from the first healthy answer to the kill.
        self.lived, self.is_up = [], False
        # What went wrong with the process itself: nothing of the router's doing.
        self.trouble = []

    def begin(self):
        self.change(self.table[0].mood)
        self.thread.start()

    def run(self):
        try:
            for before, span in zip(self.table, self.table[1:]):
                if self.over.wait(max(0.0, self.night.start + before.until - time.monotonic())):
                    return
                self.change(span.mood)
        except servers.Trouble as trouble:
            self.trouble.append(str(trouble))

    def change(self, mood):
        self.stop()
        plays = timetable.MOODS[mood]
        if plays is not None:
            self.server.command[2] = plays
            self.server.start()
            self.is_up = True
        self.lived.append(timetable.Span(mood, time.monotonic(), NEVER))

    def stop(self):
        if self.lived and self.lived[-1].until == NEVER:
            self.lived[-1] = replace(self.lived[-1], until=time.monotonic())
        if self.is_up:
            self.server.kill()
            self.is_up = False

    def end(self):
        """Ends its thread and its process; it may be done twice."""
        self.over.set()
        if self.thread.ident:
            self.thread.join()
        self.stop()


if __name__ == "__main__":
    sys.exit(main())
