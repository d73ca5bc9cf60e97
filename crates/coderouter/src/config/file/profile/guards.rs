//! A profile's keys for what watches requests and providers, with the checks between them.

use canon::config::{BackendHealth, ContextBudget, Drift, MemoryPressure, ToolLoop};

use super::super::super::reader::{Block, flag, number, seconds, whole, word};
use super::super::super::report::quoted;

pub(super) fn tool_loop(block: &mut Block<'_, '_>, profile: &str) -> ToolLoop {
    let default = ToolLoop::default();
    let tool_loop = ToolLoop {
        action: block.or("tool_loop_action", word(), default.action, "What a loop of tool calls leads to."),
        window: block.or(
            "tool_loop_window",
            whole(2..=50),
            default.window,
            "The latest tool calls looked at.",
        ),
        threshold: block.or(
            "tool_loop_threshold",
            whole(2..=50),
            default.threshold,
            "Repeats of the same calls at the history's end that make a loop; not above tool_loop_window.",
        ),
        max_tool_calls: block.or(
            "max_tool_calls",
            whole(0..=1000),
            default.max_tool_calls,
            "Tool calls that may follow on a person's message; 0 is any number.",
        ),
    };
    let ToolLoop { window, threshold, .. } = tool_loop;
    if window < threshold {
        block.mistake_at(
            given(block, "tool_loop_window", "tool_loop_threshold"),
            format!(
                "in profile {} tool_loop_window ({window}) is below tool_loop_threshold ({threshold}), so no loop would \
                 ever be seen; raise the window or lower the threshold",
                quoted(profile)
            ),
        );
    }
    tool_loop
}

pub(super) fn memory_pressure(block: &mut Block<'_, '_>) -> MemoryPressure {
    let default = MemoryPressure::default();
    MemoryPressure {
        action: block.or(
            "memory_pressure_action",
            word(),
            default.action,
            "What an out-of-memory answer leads to.",
        ),
        cooldown: block.or(
            "memory_pressure_cooldown_s",
            seconds(10.0..=3600.0),
            default.cooldown,
            "Seconds such a provider is left out.",
        ),
    }
}

pub(super) fn backend_health(block: &mut Block<'_, '_>) -> BackendHealth {
    let default = BackendHealth::default();
    let health = BackendHealth {
        action: block.or("backend_health_action", word(), default.action, "What a run of failures leads to."),
        threshold: block.or(
            "backend_health_threshold",
            whole(2..=20),
            default.threshold,
            "Failures in a row until degraded; twice as many until unhealthy.",
        ),
        half_open: block.or(
            "backend_health_half_open_s",
            seconds(5.0..=600.0),
            default.half_open,
            "Seconds between two trials of an unhealthy provider.",
        ),
        recovery_initial: block.or(
            "recovery_probe_initial_s",
            seconds(5.0..=600.0),
            default.recovery_initial,
            "Seconds before the first recovery probe.",
        ),
        recovery_max: block.or(
            "recovery_probe_max_s",
            seconds(30.0..=3600.0),
            default.recovery_max,
            "The longest pause between two recovery probes, in seconds.",
        ),
        restart_timeout: block.or(
            "restart_timeout_s",
            seconds(5.0..=120.0),
            default.restart_timeout,
            "Seconds a restart command may take.",
        ),
    };
    if health.recovery_initial > health.recovery_max {
        let (initial, max) = (health.recovery_initial.as_secs_f64(), health.recovery_max.as_secs_f64());
        block.mistake_at(
            given(block, "recovery_probe_initial_s", "recovery_probe_max_s"),
            format!("recovery_probe_initial_s ({initial}) is above recovery_probe_max_s ({max}); lower it or raise the other"),
        );
    }
    health
}

pub(super) fn context_budget(block: &mut Block<'_, '_>) -> ContextBudget {
    let default = ContextBudget::default();
    let share = || number(0.1..=1.0);
    let budget = ContextBudget {
        action: block.or(
            "context_budget_action",
            word(),
            default.action,
            "What a prompt near the context window leads to.",
        ),
        warn: block.or(
            "context_budget_warn_threshold",
            share(),
            default.warn,
            "The share of the window from which it is told.",
        ),
        trim: block.or(
            "context_budget_trim_threshold",
            share(),
            default.trim,
            "The share from which messages are dropped or the request is refused.",
        ),
        target: block.or(
            "context_budget_trim_target",
            share(),
            default.target,
            "The share down to which messages are dropped.",
        ),
        preserve_last: block.or(
            "context_budget_preserve_last_n",
            whole(1..=100),
            default.preserve_last,
            "The latest messages that are never dropped.",
        ),
    };
    check_shares(block, &budget);
    budget
}

fn check_shares(block: &mut Block<'_, '_>, budget: &ContextBudget) {
    let ContextBudget { warn, trim, target, .. } = *budget;
    if warn > trim {
        block.mistake_at(
            given(block, "context_budget_warn_threshold", "context_budget_trim_threshold"),
            format!("context_budget_warn_threshold ({warn}) is above context_budget_trim_threshold ({trim}); lower it or raise the other"),
        );
    }
    if target >= trim {
        block.mistake_at(
            given(block, "context_budget_trim_target", "context_budget_trim_threshold"),
            format!("context_budget_trim_target ({target}) is not below context_budget_trim_threshold ({trim}); lower it or raise the other"),
        );
    }
}

/// Of two keys that contradict each other, the one that is in the file.
fn given(block: &Block<'_, '_>, key: &'static str, other: &'static str) -> &'static str {
    if block.has(key) { key } else { other }
}

pub(super) fn drift(block: &mut Block<'_, '_>) -> Drift {
    let default = Drift::default();
    Drift {
        action: block.or("drift_detection_action", word(), default.action, "What falling quality leads to."),
        window: block.or(
            "drift_detection_window_size",
            whole(4..=200),
            default.window,
            "The number of answers looked at.",
        ),
        cooldown: block.or(
            "drift_detection_cooldown_s",
            seconds(10.0..=3600.0),
            default.cooldown,
            "Seconds a drifting provider stays demoted.",
        ),
        sensitivity: block.or(
            "drift_detection_sensitivity",
            word(),
            default.sensitivity,
            "How early drift is seen.",
        ),
        goal_mode: block.or(
            "goal_mode",
            flag(),
            default.goal_mode,
            "Use the thresholds for long goal-driven runs in place of the sensitivity's.",
        ),
    }
}
