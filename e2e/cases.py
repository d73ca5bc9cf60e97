"""The tables: which client does which task through which chain, and what has to come out.

A chain is a list of providers in the order the router tries them, each a kind and what the backend behind it does: the
name of a scenario of `coderouter rehearse`, `llama` for the real llama-server, or `refused` for a port where nobody
listens. Rows multiply out to cases; how a case runs is not known here.
"""
from dataclasses import dataclass, field

from clients import CONTENT, FILE

ANTHROPIC, OPENAI = "anthropic", "openai_compat"
CROSSINGS = [ANTHROPIC, OPENAI]
SDKS = {
    "anthropic-python": ANTHROPIC, "anthropic-node": ANTHROPIC,
    "openai-python": OPENAI, "openai-node": OPENAI,
}

TASKS = {
    "text": {"tool": False, "stream": False},
    "text-stream": {"tool": False, "stream": True},
    "tool": {"tool": True, "stream": False},
    "tool-stream": {"tool": True, "stream": True},
}
# The scenario that a backend plays for a task where all is well.
WELL = {"text": "ok", "text-stream": "ok", "tool": "tool", "tool-stream": "tool"}

STOPS = {
    ANTHROPIC: {"text": ["end_turn"], "tool": ["tool_use", "end_turn"]},
    OPENAI: {"text": ["stop"], "tool": ["tool_calls", "stop"]},
}

# What the first of two providers does while the second is well. All of it happens before the first content.
FAULTS = [
    "refused", "400", "401", "402", "403", "404", "413", "422", "429", "500", "529", "drop", "html", "empty-200",
    "empty-stream", "bad-json", "error-first", "hang", "die-after-head", "die-after-start",
]
# What Claude Code mends itself, by asking again, if the next provider is the one that is asked.
BROKEN_STREAMS = ["die-mid-stream", "die-mid-call", "error-frame"]

# What the only provider does, and what the SDK of each wire must raise for it: a status, its class, a word of its text.
ERRORS = {
    "400": {ANTHROPIC: (400, "BadRequestError", ""), OPENAI: (400, "BadRequestError", "")},
    "429": {ANTHROPIC: (429, "RateLimitError", ""), OPENAI: (429, "RateLimitError", "")},
    "401": {ANTHROPIC: (502, "InternalServerError", ""), OPENAI: (502, "InternalServerError", "")},
    "500": {ANTHROPIC: (502, "InternalServerError", ""), OPENAI: (502, "InternalServerError", "")},
    "refused": {ANTHROPIC: (502, "InternalServerError", ""), OPENAI: (502, "InternalServerError", "")},
    "overflow-anthropic": {
        ANTHROPIC: (400, "BadRequestError", "prompt is too long: 210000 tokens > 200000 maximum"),
        OPENAI: (400, "BadRequestError", "context length"),
    },
    "overflow-openai": {
        ANTHROPIC: (400, "BadRequestError", "prompt is too long: 204308 tokens > 128000 maximum"),
        OPENAI: (400, "BadRequestError", "context length"),
    },
    "overflow-llama-cpp": {
        ANTHROPIC: (400, "BadRequestError", "prompt is too long: 14429 tokens > 8192 maximum"),
        OPENAI: (400, "BadRequestError", "context length"),
    },
}


@dataclass(frozen=True)
class Provider:
    kind: str
    plays: str


@dataclass(frozen=True)
class Case:
    client: str
    task: str
    chain: tuple
    # What the client's report must say, by its keys; a callable judges the value itself.
    expect: dict = field(hash=False)

    @property
    def name(self):
        chain = " > ".join(f"{provider.kind}:{provider.plays}" for provider in self.chain)
        return f"{self.client} {self.task} {chain}"


def some(value):
    """Any value that says something."""
    return bool(value)


def streamed(pieces):
    """More than one piece: the text was not held back to its end."""
    return pieces > 1


def counted(usage):
    """Tokens of both directions in every turn."""
    return bool(usage) and all(prompt > 0 and answer > 0 for prompt, answer in usage)


def sdk_report(client, task, plays):
    """What an SDK has to report of a task that went well."""
    tool = TASKS[task]["tool"]
    by_llama = plays == "llama"
    content = "made by a llama" if by_llama else CONTENT
    said = {
        ("llama", False): "The tiny llama says hello.", ("llama", True): "The tool has answered, all is done.",
        ("rehearsal", False): "Hello from the rehearsal backend.", ("rehearsal", True): "Done, the file is written.",
    }
    stops = STOPS[SDKS[client]]["tool" if tool else "text"]
    return {
        "error": None,
        "text": said["llama" if by_llama else "rehearsal", tool],
        "calls": [{"name": "write_file", "arguments": {"path": FILE, "content": content}}] if tool else [],
        "stops": stops,
        "usage": counted if by_llama else [[25, 15]] * len(stops),
        "pieces": streamed if TASKS[task]["stream"] else 0,
    }


def agent_report(plays):
    """What Claude Code has to leave behind of the file task."""
    return {"exit": 0, "files": {FILE: "made by a llama" if plays == "llama" else CONTENT}, "text": some}


def sdk_case(client, task, *chain):
    return Case(client, task, chain, sdk_report(client, task, chain[-1].plays))


def agent_case(*chain):
    return Case("claude-code", "file", chain, agent_report(chain[-1].plays))


def well():
    """Every client and task over every kind of backend."""
    for kind in CROSSINGS:
        yield agent_case(Provider(kind, "tool"))
        for client in SDKS:
            yield from (sdk_case(client, task, Provider(kind, WELL[task])) for task in TASKS)


def llama():
    """The same over the real llama-server, which also speaks the Anthropic wire."""
    for kind in CROSSINGS:
        yield agent_case(Provider(kind, "llama"))
        for client in SDKS:
            yield from (sdk_case(client, task, Provider(kind, "llama")) for task in TASKS)
    yield agent_case(Provider(ANTHROPIC, "500"), Provider(OPENAI, "llama"))


def fallback():
    """A first provider that fails before its first content goes unnoticed, whatever the kinds."""
    for fault in FAULTS:
        for first, second in [(ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC)]:
            yield agent_case(Provider(first, fault), Provider(second, "tool"))
        for client, own in SDKS.items():
            other = OPENAI if own == ANTHROPIC else ANTHROPIC
            yield sdk_case(client, "tool-stream", Provider(own, fault), Provider(other, "tool"))
            yield sdk_case(client, "tool", Provider(other, fault), Provider(own, "tool"))


def broken_streams():
    """A stream that breaks behind its first content: the agent asks again and is given to the next provider.

    Claude Code keeps the half answer and asks to go on from there. That question names no file, so which one the
    rehearsed model then writes is its own choice.
    """
    for fault in BROKEN_STREAMS:
        for kind in CROSSINGS:
            chain = (Provider(kind, fault), Provider(kind, "tool"))
            yield Case("claude-code", "file", chain, {"exit": 0, "files": some, "text": some})


def errors():
    """Where nobody answers, the SDK raises what its own wire means by it."""
    for plays, by_wire in ERRORS.items():
        for client, wire in SDKS.items():
            status, kind, words = by_wire[wire]
            for task, provider in [("text", OPENAI), ("text-stream", ANTHROPIC)]:
                yield Case(client, task, (Provider(provider, plays),), {"error": raised(status, kind, words)})


def raised(status, kind, words):
    def judge(error):
        found = error and (error["status"], error["class"])
        return found == (status, kind) and words in error["message"]

    judge.__doc__ = f"{kind} with status {status}, saying {words!r}"
    return judge


def all_cases():
    return [*well(), *llama(), *fallback(), *broken_streams(), *errors()]
