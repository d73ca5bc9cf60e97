"""What the router is told in a night: three profiles over three free backends and one that costs money."""
import json

from agents import ANSWER_TOKENS

FREE = ["desk", "cellar", "attic"]
PAID = "dear"
# The order in which each profile asks, so that everybody comes first somewhere.
CHAINS = {
    "gratis": ["desk", "cellar", "attic", PAID],
    "paid": ["cellar", "attic", "desk", PAID],
    "watched": ["attic", "desk", "cellar"],
}
SETTINGS = {
    # Of a profile without a budget only the free are asked, though its chain names another.
    "gratis": {"monthly_budget_usd": 0, "backend_health_action": "demote"},
    "paid": {"backend_health_action": "skip", "backend_health_half_open_s": 5},
    "watched": {
        "backend_health_action": "exclude", "recovery_probe_initial_s": 5, "adaptive": True,
        "drift_detection_action": "promote", "drift_detection_cooldown_s": 10, "drift_detection_window_size": 6,
    },
}
KINDS = {"desk": "openai_compat", "cellar": "anthropic", "attic": "openai_compat", PAID: "anthropic"}
# In US dollars: a cap of some 150 answers, each of 25 tokens read and 15 written.
CAP, INPUT_PER_MILLION, OUTPUT_PER_MILLION = 24.0, 10.0, 10_000.0
PRICE = (25 * INPUT_PER_MILLION + 15 * OUTPUT_PER_MILLION) / 1e6
# More than any request here can cost.
WORST = (8_000 * INPUT_PER_MILLION + ANSWER_TOKENS * OUTPUT_PER_MILLION) / 1e6


def configuration(urls, state):
    """The router's file; JSON is YAML."""
    profiles = [{
        "name": name, "providers": chain, "queue_timeout_s": 10, "partial_stitch_action": "resume",
        "backend_health_threshold": 2, "memory_pressure_action": "skip", "memory_pressure_cooldown_s": 10,
        "context_budget_action": "trim", **SETTINGS[name],
    } for name, chain in CHAINS.items()]
    return json.dumps({
        "allow_paid": True, "default_profile": "gratis", "continuous_probe": "active", "probe_interval_s": 5,
        "probe_timeout_s": 1, "state_dir": str(state), "audit_log": "active", "request_log": "active",
        # Later than it would by itself, so that traffic and not probes alone finds out who is to be taken out.
        "health_cache": {"failure_threshold": 4},
        "providers": [provider(name, url) for name, url in urls.items()], "profiles": profiles,
    }, indent=1)


def provider(name, url):
    if name == PAID:
        more = {"paid": True, "cost": {
            "input_tokens_per_million": INPUT_PER_MILLION, "output_tokens_per_million": OUTPUT_PER_MILLION,
            "monthly_budget_usd": CAP,
        }}
    else:
        # The window of the first is so small that conversations outgrow it.
        more = {"limits": {"concurrency": 6}, "max_context_tokens": 1_000 if name == FREE[0] else 100_000}
    return {
        "name": name, "kind": KINDS[name], "model": "rehearsal", "timeout_s": 2,
        "base_url": url + ("/v1" if KINDS[name] == "openai_compat" else ""), "capabilities": {"prefill": "plain"},
        **more,
    }
