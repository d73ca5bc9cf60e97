#!/usr/bin/env python3
"""The doctor at a real llama-server whose context is too small for agents.

    e2e/doctor.py [--binary FILE]

What it finds is explained, kept, and gone by: prompts that the small server can't hold go to the large one, with what
`--fix` writes, and also by what the doctor has learned alone. And a model that writes its calls as text passes.
Needs `cargo build --release` and the llama-server of `cargo xtask test tools`.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import servers
from run import BINARY

SMALL, LARGE = 4096, 131072
# Who answers a long prompt where it is known that the small server can't.
FORESEEN = ("large", "context-too-small")
# A moment of the router's to take in what the doctor has written, in seconds.
PATIENCE = 15


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    binary = parser.parse_args().binary.resolve()
    if not servers.has_llama():
        print("doctor: left out, there is no llama-server here")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-doctor-"))
    try:
        complaints = examined(binary, folder)
    except (servers.Trouble, KeyError, ValueError) as trouble:
        complaints = [repr(trouble)]
    shutil.rmtree(folder, ignore_errors=True)
    for complaint in complaints:
        print("FAILED " + complaint.replace("\n", "\n       "))
    print(f"doctor: {'failed' if complaints else 'passed'}")
    return 1 if complaints else 0


def examined(binary, folder):
    with llama("small", SMALL, folder) as small, llama("large", LARGE, folder) as large:
        return [*learned(binary, small, large, folder / "learned"), *fixed(binary, small, large, folder / "fixed"),
                *written(binary, large, folder / "written")]


def llama(name, context, folder):
    """The real llama-server with so large a context; what the model writes is not parsed."""
    port = servers.free_port()
    command = [servers.LLAMA / "llama-server", "--model", servers.LLAMA / "tiny.gguf", "--port", port, "--jinja",
               "--ctx-size", context, "--parallel", 1, "--threads", 2, "--skip-chat-parsing"]
    return servers.Server(name, command, port, folder, "/health")


def configuration(*providers, more=None):
    return json.dumps({
        "providers": [{"name": name, "base_url": f"{server.url}/v1", "model": "tiny", "slot_affinity_slots": "off",
                       **(more or {})} for name, server in providers],
        "profiles": [{"name": "default", "providers": [name for name, _ in providers]}],
    }, indent=1)


def doctor(binary, folder, *options):
    """What the doctor says, and its exit code."""
    command = [binary, "doctor", "--json", "--config", folder / "providers.yaml", *options]
    told = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env=servers.environment(folder / "router-home"), timeout=300)
    return json.loads(told.stdout), told.returncode


def probe(document, provider, name):
    found = next(one for one in document["providers"] if one["name"] == provider)
    return next(one for one in found["probes"] if one["name"] == name)


def learned(binary, small, large, folder):
    """A router that runs goes by what the doctor has found, though nothing is written to its configuration."""
    folder.mkdir()
    with servers.router(binary, configuration(("small", small), ("large", large)), folder) as router:
        document, _ = doctor(binary, folder, "--only", "context")
        found = probe(document, "small", "context")
        complaints = [] if found["verdict"] == "needs_tuning" and str(SMALL) in found["detail"] else [
            f"the context of {SMALL} was not found: {found}"]
        if "-c 32768" not in " ".join(found["advice"]):
            complaints.append(f"it is not said what to do: {found}")
        late = time.monotonic() + PATIENCE
        while (after := asked(router)) != FORESEEN and time.monotonic() < late:
            time.sleep(0.5)
    return complaints + ([] if after == FORESEEN else [f"a long prompt still goes to {after}"])


def fixed(binary, small, large, folder):
    """What `--fix` writes is enough for a router that knows nothing else."""
    folder.mkdir()
    text = configuration(("small", small), ("large", large))
    (folder / "providers.yaml").write_text(text)
    document, code = doctor(binary, folder, "--fix", "--only", "context")
    after = (folder / "providers.yaml").read_text()
    complaints = [] if code == 0 else [f"the doctor ended with code {code}: {document}"]
    if f'"max_context_tokens": {SMALL}' not in after and f"max_context_tokens: {SMALL}" not in after:
        complaints.append(f"the window was not written:\n{after}")
    if (folder / "providers.yaml.bak").read_text() != text:
        complaints.append("the backup is not what was there")
    with servers.router(binary, after, folder) as router:
        first = asked(router)
    return complaints + ([] if first == FORESEEN else [f"a long prompt went to {first}"])


def written(binary, large, folder):
    """A model whose calls come as text works for agents, and is not told off."""
    folder.mkdir()
    writes = {"extra_body": {"chat_template_kwargs": {"writes": "hermes"}}}
    (folder / "providers.yaml").write_text(configuration(("large", large), more=writes))
    document, _ = doctor(binary, folder)
    agent, calls = probe(document, "large", "agent"), probe(document, "large", "tool_calls")
    long = probe(document, "large", "long_prompt")
    print(f"agent: {agent['detail']}\nlong prompt: {long['detail']}")
    complaints = [] if agent["verdict"] == "ok" else [f"an agent's turn: {agent}"]
    if calls["fixes"]:
        complaints.append(f"it would take its tools away: {calls}")
    return complaints


def asked(router):
    """Who answered a prompt of 8,000 tokens or more in a conversation of its own, and why not the one before it."""
    words = f"{time.monotonic()} " + "What is said here matters little. " * 1000
    body = {"model": "tiny", "max_tokens": 16, "messages": [{"role": "user", "content": words}]}
    request = urllib.request.Request(f"{router.url}/v1/messages", json.dumps(body).encode(),
                                     {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["x-coderouter-provider"], answer.headers["x-coderouter-fallback-reason"] or ""


if __name__ == "__main__":
    sys.exit(main())
