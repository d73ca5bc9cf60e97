"""The tables: which client does which task through which chain, and what has to come out.

A chain is a list of providers in the order the router tries them, each a kind and what the backend behind it does: the
name of a scenario of `coderouter rehearse`, `llama` for the real llama-server, or `refused` for a port where nobody
listens. A llama-server that writes in a format of `formats.py` leaves its calls in the text, for the router to find.
Rows multiply out to cases; how a case runs is not known here.
"""
from dataclasses import dataclass, field

import formats
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


# What the tiny llama says when a tool has answered.
DONE = "The tool has answered, all is done."


@dataclass(frozen=True)
class Provider:
    kind: str
    plays: str
    # The format of calls in plain text, of a llama-server.
    writes: str = ""
    # Where it is not the router's default.
    tool_repair: str = ""
    # How it goes on with an answer that was begun elsewhere, if it can.
    prefill: str = ""
    # Whether it is a process of its own, and told to be on another machine.
    is_far: bool = False

    @property
    def name(self):
        plays = " in ".join(filter(None, [self.plays, self.writes]))
        return f"{self.kind}:{plays}" + (f" ({self.tool_repair})" if self.tool_repair else "")


@dataclass(frozen=True)
class Case:
    client: str
    task: str
    chain: tuple
    # What the report must say, by its keys; a callable judges the value itself. `repairs` is the router's own word:
    # formats that it read calls in, each with the damage it found; `told` are the facts in its log.
    expect: dict = field(hash=False)
    # Settings of the profile that are not the router's defaults.
    profile: dict = field(default_factory=dict, hash=False)

    @property
    def name(self):
        settings = "".join(f" ({key}: {value})" for key, value in self.profile.items())
        return f"{self.client} {self.task} {' > '.join(provider.name for provider in self.chain)}{settings}"


def some(value):
    """Any value that says something."""
    return bool(value)


def streamed(pieces):
    """More than one piece: the text was not held back to its end."""
    return pieces > 1


def counted(usage):
    """Tokens of both directions in every turn."""
    return bool(usage) and all(prompt > 0 and answer > 0 for prompt, answer in usage)


def content(provider):
    """What the file says that this provider's model writes."""
    if provider.writes:
        return formats.CONTENT
    return "made by a llama" if provider.plays == "llama" else CONTENT


def repairs(provider):
    """A clean call in text is read once; nothing is read into what the backend has structured."""
    return [[formats.FORMATS[provider.writes].family, []]] if provider.writes else []


def sdk_report(client, task, provider):
    """What an SDK has to report of a task that went well."""
    tool = TASKS[task]["tool"]
    by_llama = provider.plays == "llama"
    lead = formats.FORMATS[provider.writes].lead if provider.writes else ""
    said = {
        ("llama", False): ["The tiny llama says hello."], ("llama", True): [lead, DONE],
        ("rehearsal", False): ["Hello from the rehearsal backend."],
        ("rehearsal", True): ["I will do that. ", "Done, the file is written."],
    }
    stops = STOPS[SDKS[client]]["tool" if tool else "text"]
    return {
        "error": None,
        "texts": said["llama" if by_llama else "rehearsal", tool],
        "calls": [{"name": "write_file", "arguments": {"path": FILE, "content": content(provider)}}] if tool else [],
        "stops": stops,
        "usage": counted if by_llama else [[25, 15]] * len(stops),
        "pieces": streamed if TASKS[task]["stream"] else 0,
        "repairs": repairs(provider),
    }


def sdk_case(client, task, *chain):
    return Case(client, task, chain, sdk_report(client, task, chain[-1]))


def agent_case(*chain):
    """What Claude Code has to leave behind of the file task."""
    provider = chain[-1]
    text = DONE if provider.writes else some
    expect = {"exit": 0, "files": {FILE: content(provider)}, "text": text, "repairs": repairs(provider)}
    return Case("claude-code", "file", chain, expect)


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


def written_calls():
    """Calls that llama-server leaves in the text it streams: the router makes real ones of them."""
    for writes in formats.FORMATS:
        yield agent_case(Provider(OPENAI, "llama", writes))
        yield left_alone(writes)
    yield agent_case(Provider(ANTHROPIC, "llama", "hermes"))
    for writes in ["hermes", "qwen3-coder"]:
        yield sdk_case("openai-python", "tool-stream", Provider(OPENAI, "llama", writes))
        yield sdk_case("anthropic-python", "tool", Provider(OPENAI, "llama", writes))


def left_alone(writes):
    """With repair off the client gets the text as it is: what the other cases of this format are made from."""
    provider = Provider(OPENAI, "llama", writes, "off")
    text = formats.FORMATS[writes].text("write_file", {"path": FILE, "content": formats.CONTENT})
    expect = {
        "error": None, "texts": [text], "calls": [], "stops": ["stop"], "usage": counted, "pieces": streamed,
        "repairs": [],
    }
    return Case("openai-python", "tool-stream", (provider,), expect)


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


def mended_streams():
    """The agent does not notice where the router goes on with a broken answer, or asks another beside a slow one."""
    done = {"exit": 0, "files": {FILE: CONTENT}, "text": some}
    for first, second in [(ANTHROPIC, OPENAI), (OPENAI, ANTHROPIC)]:
        for fault in ["die-mid-stream", "error-frame"]:
            chain = (Provider(first, fault), Provider(second, "tool", prefill="plain"))
            expect = {**done, "told": telling("partial-stitch-resumed")}
            yield Case("claude-code", "file", chain, expect, {"partial_stitch_action": "resume"})
        chain = (Provider(first, "late:30000"), Provider(second, "tool", is_far=True))
        yield Case("claude-code", "file", chain, {**done, "told": telling("hedge-decided")}, {"hedge_after_s": 1})


def telling(fact):
    def judge(told):
        return fact in told

    judge.__doc__ = f"{fact} among them"
    return judge


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
    return [*well(), *llama(), *written_calls(), *fallback(), *broken_streams(), *mended_streams(), *errors()]
