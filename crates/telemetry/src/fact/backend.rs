//! Names and fields of what is told about backends.

use super::{Field, Value, row};
use canon::event::{BackendFact, Level};

pub(super) fn heading(fact: &BackendFact) -> (&'static str, Level) {
    use Level::{Info, Warning};
    match fact {
        BackendFact::HealthChanged { .. } => ("backend-health-changed", Info),
        BackendFact::Flagged { healthy: false, .. } => ("provider-flagged-unhealthy", Warning),
        BackendFact::Flagged { healthy: true, .. } => ("provider-flagged-healthy", Info),
        BackendFact::Pressured { .. } => ("memory-pressure-detected", Info),
        BackendFact::Excluded { .. } => ("self-healing-exclude", Warning),
        BackendFact::Restored { .. } => ("self-healing-restore", Info),
        BackendFact::Restarted { success: true, .. } => ("self-healing-restart", Info),
        BackendFact::Restarted { success: false, .. } => ("self-healing-restart", Warning),
        BackendFact::RecoveryProbed { .. } => ("self-healing-recovery-probe", Info),
        BackendFact::ProbesStarted { .. } => ("continuous-probe-started", Info),
        BackendFact::Probed { .. } => ("probe-completed", Info),
        BackendFact::ProbeRound { .. } => ("probe-round-completed", Info),
        BackendFact::ModelDiffers { .. } => ("probe-capabilities-drift", Warning),
    }
}

pub(super) fn fields(fact: &BackendFact) -> Vec<Field<'_>> {
    match fact {
        BackendFact::HealthChanged { provider, profile, old, new, failures } => row! {
            "provider": provider, "profile": profile, "old_state": old, "new_state": new,
            "consecutive_failures": failures,
        },
        BackendFact::Flagged { provider, healthy } => row! {"provider": provider, "healthy": healthy},
        BackendFact::Pressured { provider, profile, action, cooldown, error } => row! {
            "provider": provider, "profile": profile, "action": action,
            "cooldown_s": Value::Seconds(*cooldown), "error": Value::Error(error),
        },
        BackendFact::Excluded { provider, profile, failures } => {
            row! {"provider": provider, "profile": profile, "consecutive_failures": failures}
        }
        BackendFact::Restored { provider, profile, after } => row! {
            "provider": provider, "profile": profile, "excluded_duration_s": Value::Seconds(*after),
        },
        BackendFact::Restarted { provider, command, success, error } => row! {
            "provider": provider, "command": command, "success": success, "error": said(error.as_deref()),
        },
        BackendFact::RecoveryProbed { provider, success, next, latency } => row! {
            "provider": provider, "success": success, "next_interval_s": Value::Seconds(*next),
            "latency_ms": latency,
        },
        BackendFact::ProbesStarted { interval, paid, providers } => row! {
            "interval_s": Value::Seconds(*interval), "probe_paid": paid, "providers": providers,
        },
        BackendFact::Probed { provider, success, latency, error, model } => row! {
            "provider": provider, "success": success, "latency_ms": latency,
            "error": said(error.as_deref()), "model_name": model,
        },
        BackendFact::ProbeRound { probed, failures } => {
            row! {"providers_probed": probed, "failures": failures}
        }
        BackendFact::ModelDiffers { provider, configured, observed, in_registry } => row! {
            "provider": provider, "configured_model": configured, "observed_model": observed,
            "in_registry": in_registry,
        },
    }
}

/// What a backend or a command said, if it said anything: of any length.
fn said(error: Option<&str>) -> Value<'_> {
    error.map_or(Value::Absent, Value::Error)
}
