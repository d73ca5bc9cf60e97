"""Real clients: how each is started on one task, and what it saw, in one form for all.

A report is a dictionary: `texts` and `stops` (one a turn), `calls`, `usage` (pairs of prompt and answer tokens, one a
turn), `pieces` (of streamed text), `error`; an agent's has `exit`, `text` and `files` (content by name) instead.
"""
import json
import pathlib
import shutil
import subprocess

from servers import TOOLS, environment

HERE = pathlib.Path(__file__).resolve().parent
MODEL = "some-model"

PYTHON = TOOLS / "venv/bin/python"
NODE = TOOLS / "node"
CLAUDE = NODE / "node_modules/.bin/claude"

FILE = "notes.txt"
CONTENT = "made in a test"


class Silent(Exception):
    """A client printed no report, or took too long."""


def sdk(program, script):
    """Starts a script of `sdk/`, which prints its report itself."""

    def start(url, task, folder, seconds):
        order = {**task, "url": url, "model": MODEL, "seconds": seconds - 10, "prompt": prompt(FILE)}
        home = environment(folder / "client-home")
        done = finish([program, HERE / "sdk" / script, json.dumps(order)], NODE, home, seconds)
        if done.returncode:
            raise Silent(f"the client ended with code {done.returncode}: {done.stderr[-800:]}")
        return json.loads(done.stdout)

    return start


def claude_code(url, _task, folder, seconds):
    """Claude Code without a terminal, allowed to write and to run commands, in an empty project."""
    project = folder / "project"
    project.mkdir()
    home = environment(
        folder / "client-home", ANTHROPIC_BASE_URL=url, ANTHROPIC_AUTH_TOKEN="dummy", DISABLE_AUTOUPDATER="1",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", CLAUDE_CODE_MAX_RETRIES="2")
    # All permissions at once are refused to root, so the two tools are allowed by name.
    command = [CLAUDE, "-p", prompt(project / FILE), "--model", MODEL, "--output-format", "json",
               "--allowedTools", "Write,Bash", "--permission-mode", "acceptEdits"]
    done = finish(command, project, home, seconds)
    try:
        text = json.loads(done.stdout.splitlines()[-1])["result"]
    except (ValueError, KeyError, IndexError):
        text = done.stdout + done.stderr
    files = {file.name: file.read_text().strip() for file in project.iterdir()}
    return {"exit": done.returncode, "text": text, "files": files}


def prompt(file):
    """Both a person's words and what a rehearsed model understands."""
    return f"Create the file {file} with the text {CONTENT}"


def finish(command, folder, home, seconds):
    """Runs a client to its end, which has to come in time."""
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words, cwd=folder, env=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise Silent(f"the client was still running after {seconds} s") from late


CLIENTS = {
    "anthropic-python": sdk(PYTHON, "anthropic_python.py"),
    "anthropic-node": sdk(shutil.which("node"), "anthropic_node.mjs"),
    "openai-python": sdk(PYTHON, "openai_python.py"),
    "openai-node": sdk(shutil.which("node"), "openai_node.mjs"),
    "claude-code": claude_code,
}
