"""Servers of a test: the router, its backends and llama-server, each a process on a port of its own.

What a test sends and expects is not known here.
"""
import json
import os
import pathlib
import random
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".test-tools"
START_SECONDS = 20
STOP_SECONDS = 10

_running = set()
_lock = threading.Lock()


class Trouble(Exception):
    """A server did not do what a server does."""


def free_port():
    """A port nobody listens on; taken by whoever is started next."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_of_its_own():
    """A port where nobody listens, and that no connection gets by chance: it stays free while a server is down."""
    while True:
        port = random.randrange(20_000, 30_000)
        if not is_served(port):
            return port


def is_served(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def refusing_port():
    """A port that refuses connections: taken, so that nobody else gets it, but not listened on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def environment(home, **more):
    """A fresh user: nothing of ours is inherited but where programs are."""
    home.mkdir(parents=True, exist_ok=True)
    inherited = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**inherited, "HOME": str(home), "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **more}


class Server:
    """One process, its port and its log; a context that ends the process. It can be started again once it is killed."""

    def __init__(self, name, command, port, folder, health):
        self.name, self.port, self.health = name, port, health
        self.log = folder / f"{name}.log"
        self.command = [str(word) for word in command]
        self.environment = environment(folder / f"{name}-home")

    def __enter__(self):
        return self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                cwd=self.log.parent)
        with _lock:
            _running.add(self.process)
        try:
            self.wait_until_healthy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with _lock:
            _running.discard(self.process)

    def kill(self):
        """Ends it as `kill -9` does: it gets no say in it."""
        self.process.kill()
        self.process.wait()
        with _lock:
            _running.discard(self.process)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def wait_until_healthy(self):
        late = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            if self.process.poll() is not None:
                raise Trouble(f"{self.name} ended at its start with code {self.process.returncode}:\n{self.tail()}")
            if time.monotonic() > late:
                raise Trouble(f"{self.name} does not answer {self.health}:\n{self.tail()}")
            time.sleep(0.02)

    def is_healthy(self):
        try:
            with urllib.request.urlopen(self.url + self.health, timeout=5):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False

    def tail(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def post(url, body, headers):
    """The JSON that a server gives for this one."""
    headers = {"content-type": "application/json", **headers}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def router(binary, config, folder):
    """The router with this configuration file."""
    file, port = folder / "providers.yaml", free_port()
    file.write_text(config)
    command = [binary, "serve", "--config", file, "--port", port, "--log-format", "json"]
    return Server("router", command, port, folder, "/healthz")


def rehearsal(binary, scenarios, folder, name="backend"):
    """A backend that plays each scenario under its path, in both dialects."""
    port, script = free_port(), "; ".join(f"{path} {scenario}" for path, scenario in scenarios.items())
    health = next(iter(scenarios)) + "/v1/models"
    return Server(name, [binary, "rehearse", script, "--port", port], port, folder, health)


LLAMA = TOOLS / "llama"


def has_llama():
    """Whether the installer could bring llama-server to this machine."""
    return (LLAMA / "llama-server").exists()


def llama(folder, parses):
    """The real llama-server with the tiny model; its context holds an agent's first request.

    It parses the calls that the model writes, or sends all that is written as text.
    """
    port = free_port()
    command = [LLAMA / "llama-server", "--model", LLAMA / "tiny.gguf", "--alias", "tiny-llama", "--port", port,
               "--jinja", "--ctx-size", 131072, "--parallel", 1, "--threads", 2]
    command += [] if parses else ["--skip-chat-parsing"]
    return Server("llama" if parses else "llama-of-text", command, port, folder, "/health")


def stop_all():
    """For an end that can't wait for contexts."""
    with _lock:
        for process in _running:
            process.kill()
