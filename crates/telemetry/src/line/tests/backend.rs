//! What is told of backends: their health, their memory, their recovery, and probes.

use super::check;
use canon::event::{BackendFact, Fact};
use canon::id::{ProfileName, ProviderName};
use std::time::Duration;

#[track_caller]
fn check_backend(fact: BackendFact, level: &str, payload: &str, words: &str) {
    check(Fact::Backend(Box::new(fact)), level, payload, words);
}

fn a() -> ProviderName {
    "a".into()
}

fn coding() -> ProfileName {
    "coding".into()
}

fn seconds(count: f64) -> Duration {
    Duration::from_secs_f64(count)
}

#[test]
fn backend_health_changed() {
    let changed = |profile, old, new, failures| BackendFact::HealthChanged {
        provider: a(),
        profile,
        old,
        new,
        failures,
    };
    check_backend(
        changed(Some(coding()), "DEGRADED", "UNHEALTHY", 6),
        "INFO",
        r#""backend-health-changed","provider":"a","profile":"coding","old_state":"DEGRADED","new_state":"UNHEALTHY","consecutive_failures":6"#,
        "a is UNHEALTHY after 6 failures",
    );
    check_backend(
        changed(None, "UNHEALTHY", "HEALTHY", 0),
        "INFO",
        r#""backend-health-changed","provider":"a","profile":null,"old_state":"UNHEALTHY","new_state":"HEALTHY","consecutive_failures":0"#,
        "a is HEALTHY",
    );
}

#[test]
fn provider_flagged() {
    check_backend(
        BackendFact::Flagged { provider: a(), healthy: false },
        "WARNING",
        r#""provider-flagged-unhealthy","provider":"a","healthy":false"#,
        "warning: a counts as unhealthy",
    );
    check_backend(
        BackendFact::Flagged { provider: a(), healthy: true },
        "INFO",
        r#""provider-flagged-healthy","provider":"a","healthy":true"#,
        "a counts as healthy again",
    );
}

#[test]
fn memory_pressure_detected() {
    check_backend(
        BackendFact::Pressured {
            provider: a(),
            profile: coding(),
            action: "skip",
            cooldown: seconds(120.0),
            error: "CUDA out of memory (abcdEFGH12345678)".to_owned(),
        },
        "INFO",
        r#""memory-pressure-detected","provider":"a","profile":"coding","action":"skip","cooldown_s":120,"error":"CUDA out of memory ([redacted:KEY])""#,
        "a ran out of memory: CUDA out of memory ([redacted:KEY])",
    );
}

#[test]
fn self_healing_exclude() {
    check_backend(
        BackendFact::Excluded { provider: a(), profile: coding(), failures: 6 },
        "WARNING",
        r#""self-healing-exclude","provider":"a","profile":"coding","consecutive_failures":6"#,
        "warning: a is out of the chains after 6 failures",
    );
}

#[test]
fn self_healing_restore() {
    check_backend(
        BackendFact::Restored { provider: a(), profile: coding(), after: seconds(92.449) },
        "INFO",
        r#""self-healing-restore","provider":"a","profile":"coding","excluded_duration_s":92.4"#,
        "a is back after 92 s",
    );
}

#[test]
fn self_healing_restart() {
    let restarted = |success, error: Option<&str>| BackendFact::Restarted {
        provider: a(),
        command: "systemctl restart llama --token abcdEFGH12345678".to_owned(),
        success,
        error: error.map(str::to_owned),
    };
    check_backend(
        restarted(true, None),
        "INFO",
        r#""self-healing-restart","provider":"a","command":"systemctl restart llama --token [redacted:KEY]","success":true,"error":null"#,
        "restarted a: systemctl restart llama --token [redacted:KEY]",
    );
    let long = "e".repeat(600);
    let cut = format!("{}…", "e".repeat(500));
    check_backend(
        restarted(false, Some(&long)),
        "WARNING",
        &format!(
            r#""self-healing-restart","provider":"a","command":"systemctl restart llama --token [redacted:KEY]","success":false,"error":"{cut}""#
        ),
        &format!("warning: restarting a failed: systemctl restart llama --token [redacted:KEY]: {cut}"),
    );
}

#[test]
fn self_healing_recovery_probe() {
    let probed = |success, next| BackendFact::RecoveryProbed {
        provider: a(),
        success,
        next: seconds(next),
        latency: seconds(0.012_34),
    };
    check_backend(
        probed(true, 0.0),
        "INFO",
        r#""self-healing-recovery-probe","provider":"a","success":true,"next_interval_s":0,"latency_ms":12.3"#,
        "a answers again",
    );
    check_backend(
        probed(false, 60.0),
        "INFO",
        r#""self-healing-recovery-probe","provider":"a","success":false,"next_interval_s":60,"latency_ms":12.3"#,
        "a does not answer yet; the next probe is in 60 s",
    );
}

#[test]
fn continuous_probe_started() {
    check_backend(
        BackendFact::ProbesStarted { interval: seconds(300.0), paid: false, providers: 3 },
        "INFO",
        r#""continuous-probe-started","interval_s":300,"probe_paid":false,"providers":3"#,
        "probing 3 providers each 300 s",
    );
}

#[test]
fn probe_completed() {
    let probed = |error: Option<&str>, model: Option<&str>| BackendFact::Probed {
        provider: a(),
        success: error.is_none(),
        latency: seconds(0.2),
        error: error.map(str::to_owned),
        model: model.map(Into::into),
    };
    check_backend(
        probed(None, Some("qwen3")),
        "INFO",
        r#""probe-completed","provider":"a","success":true,"latency_ms":200.0,"error":null,"model_name":"qwen3""#,
        "",
    );
    check_backend(
        probed(Some("HTTP 503: busy"), None),
        "INFO",
        r#""probe-completed","provider":"a","success":false,"latency_ms":200.0,"error":"HTTP 503: busy","model_name":null"#,
        "a fails its probe: HTTP 503: busy",
    );
}

#[test]
fn probe_round_completed() {
    check_backend(
        BackendFact::ProbeRound { probed: 3, failures: 1 },
        "INFO",
        r#""probe-round-completed","providers_probed":3,"failures":1"#,
        "",
    );
}

#[test]
fn probe_capabilities_drift() {
    check_backend(
        BackendFact::ModelDiffers {
            provider: a(),
            configured: "qwen3".into(),
            observed: "qwen2".into(),
            in_registry: true,
        },
        "WARNING",
        r#""probe-capabilities-drift","provider":"a","configured_model":"qwen3","observed_model":"qwen2","in_registry":true"#,
        "warning: a answers as qwen2, not as qwen3",
    );
}
