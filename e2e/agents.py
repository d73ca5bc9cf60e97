"""Agents of a night: threads that talk to the router in both dialects, in conversations that grow, and try again as
real agents do. What must come of it is not known here.
"""
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field

ANSWER_TOKENS = 200
# How often a turn is tried, and how long one request may take in seconds.
TRIES, PATIENCE = 20, 40
# The longest wait before another try, in seconds.
LONGEST_WAIT = 2.0

# How a request can end: with an answer; with an error in place of one; with an error behind its beginning; with no
# word of the router's.
ANSWERED, REFUSED, BROKEN, UNREACHABLE = "answered", "refused", "broken", "unreachable"


@dataclass
class Ask:
    """One request and how it ended, times by the monotonic clock."""

    profile: str
    stream: bool
    began: float
    ended: float = 0.0
    outcome: str = UNREACHABLE
    status: int = 0
    text: str = ""
    stop: str = ""
    detail: str = ""
    headers: dict = field(default_factory=dict)

    @property
    def provider(self):
        return self.headers.get("x-coderouter-provider", "")

    @property
    def id(self):
        return self.headers.get("x-request-id", "")

    def __str__(self):
        took = self.ended - self.began
        return f"{self.outcome} by {self.provider or 'nobody'} in {took:.2f} s ({self.status}) {self.detail[:300]}"


class Agent(threading.Thread):
    """One agent; its turns, each a list of what was asked, are read once it has ended."""

    def __init__(self, number, seed, profile, port):
        super().__init__(name=f"agent-{number}", daemon=True)
        self.chance, self.profile, self.port = random.Random(f"{seed}:{number}"), profile, port
        self.dialect = Anthropic if number % 2 else OpenAi
        self.turns, self.over = [], threading.Event()

    def run(self):
        while not self.over.is_set():
            self.converse(f"{self.name}-{len(self.turns)}", self.chance.randint(2, 20))

    def converse(self, session, length):
        messages = []
        for _ in range(length):
            if self.over.wait(self.chance.uniform(0.05, 0.7)):
                return
            said = "please " * self.chance.randint(20, 130)
            messages.append({"role": "user", "content": f"{session} {len(messages)}: {said}"})
            text = self.turn(session, messages)
            messages.append({"role": "assistant", "content": text or "nothing"})

    def turn(self, session, messages):
        """Asks until there is an answer; gives its text."""
        stream, headers = self.chance.random() < 0.6, {"x-claude-code-session-id": session}
        if self.chance.random() < 0.2:
            headers["x-claude-code-request-class"] = "auxiliary"
        asks = []
        self.turns.append(asks)
        for number in range(TRIES):
            ask = self.ask(messages, stream, headers)
            asks.append(ask)
            if ask.outcome == ANSWERED or ask.headers.get("x-should-retry") == "false":
                return ask.text
            if ask.outcome == BROKEN:
                stream = False  # as Claude Code does it: at once, and in one piece
                continue
            told = float(ask.headers.get("retry-after", 0))
            time.sleep(min(max(told, 0.2 * 2**number), LONGEST_WAIT) * self.chance.uniform(0.8, 1.2))
        return ""

    def ask(self, messages, stream, headers):
        ask = Ask(self.profile, stream, time.monotonic())
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        body = {"model": "some-model", "max_tokens": ANSWER_TOKENS, "stream": stream, "messages": messages}
        headers = {**headers, "content-type": "application/json", "x-coderouter-profile": self.profile}
        try:
            connection.request("POST", self.dialect.PATH, json.dumps(body), headers)
            answer = connection.getresponse()
            ask.status = answer.status
            ask.headers = {name.lower(): value for name, value in answer.getheaders()}
            if answer.status == 200:
                read(ask, answer, self.dialect)
            else:
                ask.outcome, ask.detail = REFUSED, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException, ValueError, KeyError, IndexError) as trouble:
            ask.outcome = BROKEN if ask.status else UNREACHABLE
            ask.detail = f"{type(trouble).__name__}: {trouble}"
        finally:
            connection.close()
        ask.ended = time.monotonic()
        return ask


def read(ask, answer, dialect):
    """Reads an answer to its end, which must be said in so many words, and must not be the end of nothing."""
    if ask.stream:
        is_over = any(dialect.event(ask, json.loads(data) if data != "[DONE]" else None) for data in frames(answer))
        rest = answer.read()
        legal = is_over and not rest.strip()
    else:
        dialect.whole(ask, json.loads(answer.read()))
        legal = True
    if ask.detail:
        ask.outcome = BROKEN
    elif not legal or not ask.stop:
        ask.outcome, ask.detail = BROKEN, "it does not end"
    elif not ask.text.strip():
        ask.outcome, ask.detail = BROKEN, "it says nothing"
    else:
        ask.outcome = ANSWERED


def frames(answer):
    """The data of each frame; comments and names of events are left out."""
    for line in answer:
        if line.startswith(b"data:"):
            yield line[5:].decode().strip()


class Anthropic:
    PATH = "/v1/messages"

    @staticmethod
    def event(ask, event):
        """Takes one event; true where it is the last."""
        kind = event["type"]
        if kind == "error":
            ask.detail = json.dumps(event)
        if kind == "content_block_delta":
            ask.text += event["delta"].get("text", "")
        if kind == "message_delta":
            ask.stop = event["delta"]["stop_reason"]
        return kind in ["message_stop", "error"]

    @staticmethod
    def whole(ask, answer):
        ask.text = "".join(block.get("text", "") for block in answer["content"])
        ask.stop = answer["stop_reason"]


class OpenAi:
    PATH = "/v1/chat/completions"

    @staticmethod
    def event(ask, event):
        """Takes one event, none for the mark of the end; true where it is the last."""
        if event is None:
            return True
        if "error" in event:
            ask.detail = json.dumps(event)
        for choice in event.get("choices", []):
            ask.text += choice["delta"].get("content") or ""
            ask.stop = choice.get("finish_reason") or ask.stop
        return False

    @staticmethod
    def whole(ask, answer):
        ask.text = answer["choices"][0]["message"].get("content") or ""
        ask.stop = answer["choices"][0]["finish_reason"]
