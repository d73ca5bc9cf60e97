#!/usr/bin/env python3
"""What prompts cost: sessions in the shape of Claude Code's on a real llama-server, with and without the router.

    e2e/caches.py [--binary FILE] [--only WORD]... [--keep]

Prompt tokens that the server read, by its own counter, over those that an ideal cache would have it read: everything
once, what sessions have in common included. Prints a table; ends with 1 where a limit is broken. Needs what
`e2e/run.py` needs.
"""
import argparse
import concurrent.futures
import itertools
import json
import pathlib
import random
import re
import shutil
import sys
import tempfile
import urllib.request

import servers
from run import BINARY

TURNS = 5
BEGINNING = 6000  # characters of instructions and tools together, as much of a young prompt as with Claude Code
GROWTH = 400  # characters of a turn
CHARACTERS_OF_TITLES = 500
NEAR = 1.10  # of the ideal, where there are slot files or enough slots
NOISE = 1.002  # of what the same costs without a router: texts are joined by line feeds

# Instructions before tools, as most models have it.
TEMPLATE = """{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}
{%- for call in message.tool_calls or [] %}{{ call.function.name }} {{ call.function.arguments | tojson }}{% endfor %}
{%- if loop.first %}{% for tool in tools or [] %}
{{ tool | tojson }}{% endfor %}{% endif %}<|im_end|>
{% endfor %}{%- if add_generation_prompt %}<|im_start|>assistant
<|cue-text|>{% endif %}"""


def words(seed, length):
    """Text that is the same for the same seed."""
    chance = random.Random(seed)
    letters = (chance.choice("abcdefghijklmnopqrstuvwxyz     ") for _ in itertools.count())
    return "".join(itertools.islice(letters, length))


class Agent:
    """One kind of agent in a session: its requests, each with the history of those before."""

    def __init__(self, session, kind="main", name="main", start=""):
        self.session, self.kind, self.turn = session, kind, 0
        self.own = f"{session} {name}"
        self.start = start or f"Task of {self.own}: "

    @property
    def is_main(self):
        return self.kind == "main"

    def headers(self):
        headers = {"x-claude-code-session-id": self.session}
        return headers if self.is_main else {**headers, "x-claude-code-agent-id": self.own}

    def next(self):
        """The next turn's request."""
        self.turn += 1
        history = [part for number in range(1, self.turn) for part in self.step(number)]
        first = [{"type": "text", "text": self.start + words(self.own, 200)}]
        messages = [{"role": "user", "content": first}, {"role": "system", "content": words("agents", 300)}, *history]
        messages[-1] = marked(messages[-1])
        share = BEGINNING // 2 if self.is_main else BEGINNING // 6
        # The version's suffix follows from the beginning of the first prompt, as in the real one.
        suffix = f"{random.Random(self.start[:20]).randrange(4096):03x}"
        side = "" if self.is_main else " cc_is_subagent=true;"
        line = f"x-anthropic-billing-header: cc_version=2.1.197.{suffix}; cc_entrypoint=cli;{side}"
        system = [{"type": "text", "text": text} for text in (line, words(self.kind, share))]
        tools = [tool(f"{self.kind}{number}", share // 4) for number in range(4)]
        return request(system, messages, tools)

    def step(self, number):
        """What a turn leaves behind: a call, and what came of it."""
        name, seed = f"toolu_{number:020}", f"{self.own} {number}"
        call = {"type": "tool_use", "id": name, "name": f"{self.kind}1", "input": {"path": words(seed, 40)}}
        result = {"type": "tool_result", "tool_use_id": name, "content": words(f"{seed} result", GROWTH)}
        return [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]


class Title:
    """The call that names a session: other instructions, no tools, the session's own headers."""

    def __init__(self, session):
        self.session, self.own = session, f"{session} title"

    def headers(self):
        return {"x-claude-code-session-id": self.session}

    def next(self):
        system = [{"type": "text", "text": words("title", CHARACTERS_OF_TITLES)}]
        return request(system, [{"role": "user", "content": words(self.own, 100)}], [])


def marked(message):
    """The message with a cache marker on its last part, which moves along."""
    if isinstance(message["content"], str):
        return message
    *parts, last = message["content"]
    return {**message, "content": [*parts, {**last, "cache_control": {"type": "ephemeral"}}]}


def tool(name, length):
    schema = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
    return {"name": name, "description": words(name, length), "input_schema": schema}


def request(system, messages, tools):
    return {"model": "tiny-llama", "max_tokens": 1, "system": system, "messages": messages,
            **({"tools": tools} if tools else {})}


def sessions(count, start=""):
    """Sessions that take turns, after a title for each."""
    agents = [Agent(f"s{number}", start=start) for number in range(count)]
    yield from ([Title(agent.session)] for agent in agents)
    for _ in range(TURNS):
        yield from ([agent] for agent in agents)


def at_once(count):
    """Sessions whose turns all begin in one moment, the first ones too."""
    agents = [Agent(f"s{number}") for number in range(count)]
    yield from ([Title(agent.session)] for agent in agents)
    yield from [agents] * TURNS


def with_agents():
    """One session; between its turns two sub-agents work, one after the other."""
    main = Agent("s0")
    yield [Title("s0")]
    for turn in range(TURNS):
        yield [main]
        if turn in (1, 3):
            yield from [[Agent("s0", kind="explore", name=f"explore{turn}")]] * 3


# By name: what is asked, each step in one moment, and how many slots are enough for it.
CASES = {
    "two": (lambda: sessions(2), 2),
    "twins": (lambda: sessions(2, start="Fix the failing test. "), 2),
    "at once": (lambda: at_once(2), 2),
    "three": (lambda: sessions(3), 3),
    "sub-agents": (with_agents, 2),
}


def ask(url, body, headers):
    """The prompt in tokens, cached ones included."""
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01", **headers}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/messages", data, headers), timeout=120) as answer:
        usage = json.load(answer)["usage"]
    return usage["input_tokens"] + usage.get("cache_read_input_tokens", 0)


def read_tokens(llama):
    """Prompt tokens that the server has read so far, by its own counter."""
    with urllib.request.urlopen(f"{llama.url}/metrics", timeout=10) as answer:
        return int(float(re.search(r"^llamacpp:prompt_tokens_total (\S+)", answer.read().decode(), re.M)[1]))


def llama(folder, slots, files):
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / "template.jinja"
    template.write_text(TEMPLATE)
    port = servers.free_port()
    command = [servers.LLAMA / "llama-server", "--model", servers.LLAMA / "tiny.gguf", "--alias", "tiny-llama",
               "--port", port, "--jinja", "--chat-template-file", template, "--skip-chat-parsing", "--metrics",
               "--ctx-size", 32768 * slots, "--parallel", slots, "--threads", 2]
    if files:
        (folder / "slots").mkdir()
        command += ["--slot-save-path", folder / "slots"]
    return servers.Server("llama", command, port, folder, "/health")


def router(binary, backend, folder, files):
    """The router with nothing set but the server; and slot files where it has a place for them."""
    provider = {"name": "local", "base_url": f"{backend.url}/v1", "model": "tiny-llama",
                **({"slot_files": "auto"} if files else {})}
    config = {"providers": [provider], "profiles": [{"name": "default", "providers": ["local"]}]}
    return servers.router(binary, json.dumps(config), folder)


def play(case, url):
    """Asks all of a case; the prompts in tokens, by who asked."""
    prompts = []
    with concurrent.futures.ThreadPoolExecutor() as hands:
        for agents in CASES[case][0]():
            bodies = [agent.next() for agent in agents]
            headers = [agent.headers() for agent in agents]
            prompts += zip(agents, hands.map(ask, [url] * len(agents), bodies, headers))
    return prompts


def ideal(prompts, beginnings):
    """What has to be read at the least: every prompt's beginning once for its kind, then what each turn adds.

    The second number is for a cache in which each conversation reads its own beginning.
    """
    shared, own, seen, last = 0, 0, set(), {}
    for agent, tokens in prompts:
        kind = getattr(agent, "kind", "title")
        new = tokens - last.get(agent.own, 0)
        own += new
        is_first = agent.own not in last
        shared += new - (beginnings[kind] if is_first and kind in seen else 0)
        seen.add(kind)
        last[agent.own] = tokens
    return shared, own


def measured(case, slots, files, options, folder, direct):
    """Tokens read, and the prompts."""
    with llama(folder, slots, files) as backend:
        if direct:
            prompts = play(case, backend.url)
            return read_tokens(backend), prompts
        with router(options.binary, backend, folder, files) as door:
            prompts = play(case, door.url)
            told = [line for line in door.log.read_text().splitlines() if "prefix-broken" in line]
            if told:
                raise servers.Trouble(f"{case}: a prefix broke: {told[0]}")
            return read_tokens(backend), prompts


def beginnings(folder):
    """How long the beginnings of each kind are, in tokens; the billing line's suffix differs, so it counts as own."""
    with llama(folder, 1, False) as backend:
        lengths = {}
        for agent in [Agent("s0"), Agent("s0", kind="explore"), Title("s0")]:
            body = agent.next()
            body["messages"] = [{"role": "user", "content": ""}]
            lengths[getattr(agent, "kind", "title")] = ask(backend.url, body, {})
        return lengths


def main():
    options = arguments()
    if not servers.has_llama():
        print("caches: left out, llama-server is not here")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="coderouter-caches-"))
    begun = beginnings(folder / "ruler")
    broken = []
    print(f"{'':<12} slots  files    read     ideal  ratio  own ratio  direct  limit")
    for case, slots in itertools.product(CASES, (1, 2)):
        if not all(word in f"{case} {slots}" for word in options.only):
            continue
        paid, prompts = measured(case, slots, False, options, folder / f"{case}-{slots}-direct", direct=True)
        least, own = ideal(prompts, begun)
        unrouted = paid / least
        print(f"{case:<12} {slots:>5}      -  {paid:>7}  {least:>7}  {unrouted:>5.2f}  {paid / own:>9.2f}")
        for files in (False, True):
            name = folder / f"{case}-{slots}-{files}"
            paid, prompts = measured(case, slots, files, options, name, direct=False)
            least, own = ideal(prompts, begun)
            enough = slots >= CASES[case][1]
            limits = [unrouted * NOISE] + ([NEAR] if files else []) + ([NEAR * own / least] if enough else [])
            ratio, limit = paid / least, min(limits)
            verdict = "" if ratio <= limit else "  TOO MUCH"
            print(f"{case:<12} {slots:>5}  {'yes' if files else 'no':>5}  {paid:>7}  {least:>7}  {ratio:>5.2f}  "
                  f"{paid / own:>9.2f}  {unrouted:>6.2f}  {limit:>5.2f}{verdict}", flush=True)
            broken += [f"{case} {slots}"] if verdict else []
    if options.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"caches: {len(broken)} over their limits")
    return 1 if broken else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY, help="the router (default: the release build)")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="cases whose names have every word")
    parser.add_argument("--keep", action="store_true", help="keep the logs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
