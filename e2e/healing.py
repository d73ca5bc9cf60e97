#!/usr/bin/env python3
"""A backend that is gone is started again by its restart command, and stays when the router goes.

    e2e/healing.py [--binary FILE]

Needs `cargo build --release`, and nothing but Python. `look_back` reads what a router has left with every command that
does; the night uses it too.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import servers
from agents import ANSWERED, Agent
from run import BINARY

# For the command's grace and a probe behind it, in seconds.
PATIENCE = 40


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    binary = parser.parse_args().binary.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-healing-"))
    try:
        complaints = healed(binary, folder)
    except servers.Trouble as trouble:
        complaints = [str(trouble)]
    finally:
        end_started(folder)
    shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints:
        print("FAILED " + complaint.replace("\n", "\n       "))
    print(f"healing: {'failed' if complaints else 'passed'}")
    return 1 if complaints else 0


def healed(binary, folder):
    """What is wrong with how a provider is brought back."""
    gone = servers.port_of_its_own()
    with servers.rehearsal(binary, {"/steady": "ok"}, folder) as steady:
        router = servers.router(binary, configuration(binary, gone, steady, folder), folder)
        with router:
            while_gone = [asked(router, number) for number in range(6)]
            since = time.monotonic()
            wait_for(router, "self-healing-restore")
            took = time.monotonic() - since
            after = asked(router, 6)
            complaints = look_back(binary, router.port, folder)
    complaints += [f"it was gone, and: {ask}" for ask in while_gone if ask.provider != "steady"]
    if after.outcome != ANSWERED or after.provider != "gone":
        complaints.append(f"it was back, and: {after}")
    if router.process.returncode != 0:
        complaints.append(f"the router ended with code {router.process.returncode} when asked to stop")
    if not is_running(folder) or not servers.is_served(gone):
        complaints.append("what the command has started ended with the router")
    print(f"back by its restart command after {took:.1f} s; runs on without the router")
    return [*complaints, f"the router's log ends:\n{router.tail()}"] if complaints else []


def configuration(binary, port, steady, folder):
    """The router's file; JSON is YAML."""
    command = f"/bin/sh -c 'echo $$ >{pid_file(folder)}; exec {binary} rehearse ok --port {port}'"
    return json.dumps({
        "default_profile": "default", "health_cache": {"action": "off"}, "state_dir": str(folder / "state"),
        "providers": [
            {"name": "gone", "base_url": f"http://127.0.0.1:{port}/v1", "model": "m", "restart_command": command},
            {"name": "steady", "base_url": f"{steady.url}/steady/v1", "model": "m"},
        ],
        "profiles": [{
            "name": "default", "providers": ["gone", "steady"], "backend_health_action": "exclude",
            "backend_health_threshold": 2, "recovery_probe_initial_s": 5, "restart_timeout_s": 5,
        }],
    }, indent=1)


def asked(router, number):
    """Somebody asks, in a conversation of its own."""
    agent = Agent(0, number, "default", router.port)
    return agent.ask([{"role": "user", "content": f"hello {number}"}], False, {"session-id": f"s{number}"})


def wait_for(router, words):
    late = time.monotonic() + PATIENCE
    while words not in router.log.read_text():
        if time.monotonic() > late:
            raise servers.Trouble(f"`{words}` was never said:\n{router.tail()}")
        time.sleep(0.1)


def pid_file(folder):
    return folder / "started.pid"


def is_running(folder):
    try:
        os.kill(int(pid_file(folder).read_text()), 0)
    except (OSError, ValueError):
        return False
    return True


def end_started(folder):
    if is_running(folder):
        os.kill(int(pid_file(folder).read_text()), signal.SIGTERM)


def audit(binary, folder, words):
    """The facts whose names have these words, oldest first."""
    told = run(binary, folder, "audit", "--state-dir", folder / "state", "--json", "--filter", words)
    return [json.loads(line) for line in told.stdout.splitlines()]


def replay(binary, folder):
    """The statistics of all that was recorded."""
    return json.loads(run(binary, folder, "replay", "--state-dir", folder / "state", "--json").stdout)


def run(binary, folder, *command):
    words = [str(word) for word in [binary, *command]]
    return subprocess.run(words, capture_output=True, text=True, env=servers.environment(folder / "reader-home"))


def look_back(binary, port, folder):
    """What is wrong with what the commands say of a router that runs, and of the state that it writes."""
    state = ["--state-dir", folder / "state"]
    complaints = []
    # Each with what is to come of its output: JSON as a whole, or as lines of it.
    for command, read in [
        (["explain", "last", "--port", port], None),
        (["explain", "last", "--port", port, "--json"], json.loads),
        (["audit", "--summary", *state], None),
        (["audit", "--summary", "--json", *state], json.loads),
        (["audit", "--json", *state], lambda text: [json.loads(line) for line in text.splitlines()]),
        (["replay", *state], None),
        (["replay", "--json", *state], json.loads),
        (["replay", "--suggest-rules", "--json", *state], json.loads),
        (["replay", "--config", folder / "providers.yaml", "--json", *state], json.loads),
    ]:
        told = run(binary, folder, *command)
        name = " ".join(str(word) for word in command)
        if told.returncode != 0 or not told.stdout.strip():
            complaints.append(f"{name} ended with code {told.returncode}: {told.stdout[-300:]}{told.stderr[-300:]}")
            continue
        try:
            if read:
                read(told.stdout)
        except ValueError as error:
            complaints.append(f"{name} prints no JSON: {error}")
    return complaints


if __name__ == "__main__":
    sys.exit(main())
