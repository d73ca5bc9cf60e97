"""The timetable of a night: what ails which backend when, rolled from a seed.

How a backend falls ill is not known here.
"""
import itertools
import random
from dataclasses import dataclass

# What a backend plays in each mood, as `coderouter rehearse` names it; nothing where there is no process at all.
MOODS = {
    "well": "ok",
    "slow": "late:600",
    "crashed": None,
    "leaking": "out-of-memory",
    "limited": "429:2",
    "limited-in-silence": "429-bare",
    "void": ", ".join(["empty-answer, empty-stream, blank-answer, empty-200"] * 100),
    "nonsense": ", ".join(["html, bad-json, wrong-shape, error-200, only-done"] * 80),
    "dying": ", ".join(["die-mid-stream:3, reset-mid-stream:5, end-mid-stream:2, error-frame:4"] * 100),
    "flaky": ", ".join(["500, ok*2, 503, ok, drop, ok*3"] * 60),
    "hanging": "hang",
}
# Those in which it answers whoever asks.
ABLE = ["well", "slow"]
ILL = [mood for mood in MOODS if mood not in ABLE]


@dataclass(frozen=True)
class Span:
    """A mood and when it begins and ends, in seconds from the start of the night."""

    mood: str
    since: float
    until: float


def roll(seed, seconds, names):
    """A timetable for each name.

    Everybody is ill again and again; all at once in each half of the night, the last one over the middle of it; and all
    are well at the end.
    """
    chance = random.Random(seed)
    illnesses = itertools.cycle(chance.sample(ILL, len(ILL)))
    calm = seconds - max(12.0, seconds / 8)
    tables = {name: alternating(chance, illnesses, calm) for name in names}
    for name in names:
        for part in (0.2, 0.6):
            tables[name] = overlaid(tables[name], Span("crashed", part * seconds, part * seconds + 3))
    tables[names[-1]] = overlaid(tables[names[-1]], Span("crashed", seconds / 2 - 11, seconds / 2 + 3))
    return {name: joined([*table, Span("well", calm, seconds)]) for name, table in tables.items()}


def alternating(chance, illnesses, until):
    """Well and ill in turn, some seconds each."""
    spans, at = [], 0.0
    for is_ill in itertools.cycle([False, True]):
        length = chance.uniform(3, 7) if is_ill else chance.uniform(3, 10)
        able = chance.choices(ABLE, [3, 1])[0]
        spans.append(Span(next(illnesses) if is_ill else able, at, min(at + length, until)))
        at += length
        if at >= until:
            return spans


def overlaid(spans, top):
    """The spans with this one over them."""
    before = [Span(span.mood, span.since, min(span.until, top.since)) for span in spans if span.since < top.since]
    after = [Span(span.mood, max(span.since, top.until), span.until) for span in spans if span.until > top.until]
    return [*before, top, *after]


def joined(spans):
    """The spans without changes that change nothing."""
    whole = spans[:1]
    for span in spans[1:]:
        if span.mood == whole[-1].mood:
            span = Span(span.mood, whole.pop().since, span.until)
        whole.append(span)
    return whole
