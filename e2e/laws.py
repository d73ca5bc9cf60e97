"""What must hold in a night, and the table of what it came to. Each law gives its complaints; none is that it held."""
import collections
import json
import sqlite3

import setting
from agents import ANSWERED
from timetable import ABLE

# Behind the start of a killed router its clients may still be in trouble for so long, in seconds.
GRACE = 1.0
# From a backend's return to its next answer at the latest: a round of probes, the longest probe in it, and some slack
# for a machine with other things to do.
RETURN = 5 + 1 + 3
# As much more where it had run out of memory.
COOLDOWN = 10
# What is over for this long is in the records, in seconds; half of it is promised.
WRITTEN = 0.5
# In so many seconds everybody has had everything.
LONG = 120
# Of the router, in megabytes.
MOST_MEMORY = 64


def broken(night):
    """Everything that is wrong, worst first."""
    laws = [lasts, answers, justice, caps, books, exclusions, records, returns, memory, log, colours]
    return [complaint for law in laws for complaint in law(night)] + night.past


def lasts(night):
    """The backends did as they should, and the router stops when it is asked to."""
    for ill in night.backends.values():
        yield from ill.trouble
    if night.exit != 0:
        yield f"the router ended with code {night.exit} when asked to stop"


def answers(night):
    """No turn ends without an answer, however often it was tried."""
    for agent in night.agents:
        for turn in agent.turns:
            if turn and turn[-1].outcome != ANSWERED:
                yield f"{agent.name} gave up at {moment(night, turn[-1].ended)}: {turn[-1]}"


def justice(night):
    """Nobody is refused while somebody free of the chain could have answered."""
    for ask in night.asks:
        if ask.outcome == ANSWERED or is_around_the_kill(night, ask):
            continue
        able = [name for name in chain(ask) if was_able(night.backends[name], ask.began, ask.ended)]
        if able:
            yield f"{ask.profile} at {moment(night, ask.began)}, and {able} could: {ask}"


def caps(night):
    """The paid one is asked by those who pay alone, and never beyond its cap, whoever counts."""
    asked, told = night.asked(setting.PAID), provider(night, setting.PAID)
    for who, cost in [("the backend", asked * setting.PRICE), ("the records", told.get("cost_usd", 0))]:
        if cost > setting.CAP:
            yield f"by {who} {cost:.2f} of {setting.CAP} dollars were spent"
    for ask in night.asks:
        if ask.provider == setting.PAID and ask.profile != "paid":
            yield f"{ask.profile} may not pay, and: {ask}"


def books(night):
    """What was spent before the kill counts behind it, and what was not spent can be."""
    asked, told = night.asked(setting.PAID), provider(night, setting.PAID)
    # What was promised to them may count as spent, and what they cost may be unknown.
    lost = sum(is_lost(night, ask) and ask.profile == "paid" and ask.provider in ["", setting.PAID]
               for ask in night.asks)
    known = sum(ask.provider == setting.PAID and ask.outcome == ANSWERED for ask in night.asks + night.last)
    least = (known - lost) * setting.PRICE
    if not least - 0.001 <= told.get("cost_usd", 0) <= asked * setting.PRICE + 0.001:
        dollars = told.get("cost_usd")
        yield f"{known} answers were paid of {asked} that were asked for, and the records say {dollars} dollars"
    if night.last[-1].provider == setting.PAID:
        yield f"the budget never ends: {len(night.last)} answers more"
    rest = setting.CAP - asked * setting.PRICE
    if rest > setting.WORST * (1 + lost):
        yield f"{rest:.2f} dollars of {setting.CAP} were not to be had"


def exclusions(night):
    """Who was out is out behind the kill, and comes back."""
    last = setting.FREE[-1]
    if last not in night.out_before:
        yield f"{last} was gone before the kill, and not taken out"
    elif night.plan_after[last] != "self-healing-excluded":
        yield f"{last} was out before the kill; behind it the plan says {night.plan_after}"
    for name in night.out_at_end:
        yield f"{name} is well, and still out"


def records(night):
    """Every answer has its record, but those of the moment before the kill."""
    with sqlite3.connect(f"file:{night.folder}/state/state.db?mode=ro", uri=True) as database:
        kept = {f"req_{number & (1 << 64) - 1:016x}" for number, in database.execute("SELECT id FROM requests")}
    for ask in night.asks + night.last:
        if ask.outcome == ANSWERED and not is_lost(night, ask) and ask.id not in kept:
            yield f"no record of {ask.id} at {moment(night, ask.ended)}: {ask}"


def returns(night):
    """A backend that is back is asked again within a round of probes, where it comes first and nothing else counts."""
    for profile in ["gratis", "paid"]:
        name = setting.CHAINS[profile][0]
        for span, took in returned(night, profile, name):
            if took is None:
                when = f"from {moment(night, span.since)} to {moment(night, span.until)}"
                yield f"{name} was {span.mood} {when}, and {profile} did not ask it"


def returned(night, profile, name):
    """The spans in which a backend was back for long enough, with the seconds until it answered; none if it did not."""
    mine = [ask for ask in night.asks if ask.profile == profile and ask.provider == name and ask.outcome == ANSWERED]
    lived = night.backends[name].lived
    for before, span in zip(lived, lived[1:]):
        limit = RETURN + (COOLDOWN if before.mood == "leaking" else 0)
        is_quiet = span.until < night.killed or span.since > night.back
        is_long = min(span.until, night.ended) - span.since >= limit
        if span.mood not in ABLE or before.mood in ABLE or not is_quiet or not is_long:
            continue
        waits = [ask.ended - span.since for ask in mine if span.since <= ask.ended <= span.since + limit]
        yield span, min(waits, default=None)


def memory(night):
    """The router does not grow without end."""
    most = max(megabytes for _, megabytes in night.memory)
    if most > MOST_MEMORY:
        yield f"the router had {most:.0f} MB"


def log(night):
    """Nothing in the log is an error, and nobody panicked."""
    for line in night.router.log.read_text(errors="replace").splitlines():
        is_error = line.startswith("{") and json.loads(line)["level"].lower() == "error"
        if is_error or "panicked" in line or line.startswith("error"):
            yield f"the log says: {line[:500]}"


def colours(night):
    """A night in which nothing happens proves nothing."""
    facts, always = told(night), ["fallback-occurred", "self-healing-restore", "context-budget-trimmed"]
    # A short night has not every illness for long enough.
    at_length = ["partial-stitch-resumed", "memory-pressure-detected", "drift-promoted"]
    for event in always + (at_length if night.seconds >= LONG else []):
        if not facts[event]:
            yield f"{event} never happened"
    if not any(ask.provider == setting.PAID for ask in night.asks):
        yield "nobody was paid"


def is_around_the_kill(night, ask):
    return ask.began < night.back + GRACE and ask.ended > night.killed


def is_lost(night, ask):
    """Whether the router may have been killed before it wrote down how this one ended."""
    return ask.began < night.killed < ask.ended + WRITTEN


def was_able(backend, since, until):
    """Whether a backend was there and well all the while."""
    return any(span.mood in ABLE and span.since <= since and until <= span.until for span in backend.lived)


def chain(ask):
    return [name for name in setting.CHAINS[ask.profile] if name != setting.PAID]


def moment(night, at):
    return f"{at - night.start:.2f} s"


def told(night):
    """How often each fact is in the log."""
    lines = night.router.log.read_text(errors="replace").splitlines()
    return collections.Counter(json.loads(line).get("msg") for line in lines if line.startswith("{"))


def provider(night, name):
    """The statistics of one in the records."""
    for one in night.replayed["providers"]:
        if one["provider"] == name:
            return one
    return {}


def table(night):
    """What the night came to."""
    asks, facts = night.asks, told(night)
    turns = sum(bool(turn) for agent in night.agents for turn in agent.turns)
    first = sum(turn[0].outcome == ANSWERED for agent in night.agents for turn in agent.turns if turn)
    lines = [f"{turns} turns of {len(night.agents)} agents, {first} answered at once, {len(asks) - turns} tries more"]
    lines.append(f"{'backend':<10} {'asked':>6} {'answers':>8} {'back in':>9}")
    for name in setting.KINDS:
        by = [ask for ask in asks if ask.provider == name and ask.outcome == ANSWERED]
        waits = [took for profile in setting.CHAINS if setting.CHAINS[profile][0] == name
                 for _, took in returned(night, profile, name) if took is not None] if name in night.backends else []
        longest = f"{max(waits):.1f} s" if waits else "-"
        lines.append(f"{name:<10} {night.asked(name):>6} {len(by):>8} {longest:>9}")
    lines.append(f"spent {night.asked(setting.PAID) * setting.PRICE:.2f} of {setting.CAP:.2f} dollars, "
                 f"{night.paid_before * setting.PRICE:.2f} of it before the kill")
    lines.append(f"killed at {moment(night, night.killed)}, back after {night.back - night.killed:.2f} s, "
                 f"out before and behind it: {', '.join(sorted(night.out_before)) or 'nobody'}")
    lines.append(f"memory at most {max(megabytes for _, megabytes in night.memory):.0f} MB; " + ", ".join(
        f"{facts[event]} {event}" for event in [
            "fallback-occurred", "partial-stitch-resumed", "memory-pressure-detected", "self-healing-exclude",
            "drift-promoted", "context-budget-trimmed"]))
    return "\n".join(lines)
