#!/usr/bin/env python3
"""`coderouter run` with real agents: each does the file task, and its router comes and goes with it.

    e2e/launching.py [--binary FILE] [--tools FOLDER]

Needs `cargo build --release` and Claude Code as `cargo xtask test tools` installs it; opencode is run where it is there.
Settings of the agent's own lead elsewhere, and must not count; the first provider refuses, and must not be noticed.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import servers
from clients import CONTENT, FILE, NODE, prompt
from run import BINARY

# For an agent's whole run, in seconds.
PATIENCE = 90

# What each is started with, the task in place of None, and a settings file of its own that leads elsewhere.
AGENTS = {
    "claude": {
        "command": ["claude", "-p", None, "--allowedTools", "Write,Bash", "--permission-mode", "acceptEdits"],
        "settings": (".claude/settings.json", {"env": {
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "sk-ant-none", "CLAUDE_CODE_USE_BEDROCK": "1",
        }}),
        "told": "ANTHROPIC_BASE_URL of ",
    },
    "opencode": {
        "command": ["opencode", "run", None],
        "settings": (".config/opencode/opencode.json", {"model": "anthropic/claude-sonnet-5"}),
        "told": "",
    },
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    parser.add_argument("--tools", type=pathlib.Path, default=NODE, help="the folder with node_modules")
    options = parser.parse_args()
    binary, programs = options.binary.resolve(), options.tools.resolve() / "node_modules/.bin"
    complaints = []
    for name in AGENTS:
        if not (programs / name).exists():
            print(f"left out: {name}, which is not here")
            continue
        folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-launching-"))
        try:
            complaints += [f"{name}: {complaint}" for complaint in launched(name, binary, programs, folder)]
        except (servers.Trouble, subprocess.TimeoutExpired) as trouble:
            complaints.append(f"{name}: {trouble}")
        shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints:
        print("FAILED " + complaint.replace("\n", "\n       "))
    print(f"launching: {'failed' if complaints else 'passed'}")
    return 1 if complaints else 0


def launched(name, binary, programs, folder):
    """What is wrong with how an agent ran."""
    agent, project, port = AGENTS[name], folder / "project", servers.port_of_its_own()
    project.mkdir()
    home = servers.environment(
        folder / "home", DISABLE_AUTOUPDATER="1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        CLAUDE_CODE_MAX_RETRIES="0", ANTHROPIC_API_KEY="sk-ant-none")
    home["PATH"] = f"{programs}:{home['PATH']}"
    write(folder / "home" / agent["settings"][0], agent["settings"][1])
    with servers.rehearsal(binary, {"/ill": "500", "/well": "tool"}, folder) as backend:
        write(folder / "home/.coderouter/providers.yaml", configuration(port, backend.url))
        words = [prompt(project / FILE) if word is None else word for word in agent["command"]]
        done = subprocess.run(
            [str(binary), "run", "--", *words], cwd=project, env=home, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=PATIENCE)
    wrote = (project / FILE).read_text().strip() if (project / FILE).exists() else "nothing"
    complaints = []
    if done.returncode != 0 or wrote != CONTENT:
        complaints.append(f"it ended with code {done.returncode}, and the file has: {wrote}")
    for words in ["answered by well (", " fell back", " written; cost nothing", agent["told"]]:
        if words not in done.stderr:
            complaints.append(f"`{words}` was not said")
    if servers.is_served(port):
        complaints.append("the router is still there")
    said = f"{done.stdout[-800:]}\n{done.stderr[-2000:]}"
    print(f"{name} ended with code {done.returncode}")
    return [*complaints, f"it said:\n{said}"] if complaints else []


def write(file, document):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=1))


def configuration(port, url):
    """The router's file; JSON is YAML. The window is one that Claude Code has to be told."""
    providers = [
        {"name": name, "base_url": f"{url}/{name}/v1", "model": "rehearsal", "max_context_tokens": 65_536}
        for name in ["ill", "well"]
    ]
    profiles = [{"name": "default", "providers": ["ill", "well"]}]
    return {"server": {"port": port}, "providers": providers, "profiles": profiles}


if __name__ == "__main__":
    sys.exit(main())
