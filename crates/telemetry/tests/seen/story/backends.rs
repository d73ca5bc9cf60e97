//! What happens to backends meanwhile.

use super::plain;
use canon::event::{BackendFact, Event, Fact, Level, Notice, QualityFact};
use canon::id::{ProfileName, ProviderName};
use std::time::Duration;

/// All of it, in order.
pub fn facts() -> Vec<Event> {
    let notice = Notice { name: "config-reloaded", level: Level::Info, fields: Vec::new() };
    let facts = backends().into_iter().map(|fact| Fact::Backend(Box::new(fact)));
    let facts = facts.chain(qualities().into_iter().map(|fact| Fact::Quality(Box::new(fact))));
    facts.chain([Fact::Notice(notice)]).map(|fact| plain(200.0, fact)).collect()
}

fn local() -> ProviderName {
    "local".into()
}

fn profile() -> ProfileName {
    "coding".into()
}

fn backends() -> Vec<BackendFact> {
    let second = Duration::from_secs(1);
    let probed = |success, millis: u64| BackendFact::Probed {
        provider: local(),
        success,
        latency: Duration::from_micros(millis * 1_000 + 250),
        error: None,
        model: None,
    };
    let health = |old, new| BackendFact::HealthChanged {
        provider: local(),
        profile: Some(profile()),
        old,
        new,
        failures: 3,
    };
    vec![
        health("HEALTHY", "DEGRADED"),
        health("DEGRADED", "UNHEALTHY"),
        BackendFact::Flagged { provider: local(), healthy: false },
        BackendFact::Pressured {
            provider: local(),
            profile: profile(),
            action: "skip",
            cooldown: second,
            error: "out of memory".to_owned(),
        },
        BackendFact::Excluded { provider: local(), profile: profile(), failures: 6 },
        BackendFact::Restored { provider: local(), profile: profile(), after: second },
        BackendFact::Restarted {
            provider: local(),
            command: "llama-server".to_owned(),
            success: true,
            error: None,
        },
        BackendFact::RecoveryProbed { provider: local(), success: false, next: second, latency: second },
        BackendFact::ProbesStarted { interval: second, paid: false, providers: 2 },
        probed(true, 20),
        probed(false, 30),
        BackendFact::ProbeRound { probed: 2, failures: 1 },
        BackendFact::ModelDiffers {
            provider: local(),
            configured: "a".into(),
            observed: "b".into(),
            in_registry: false,
        },
    ]
}

fn qualities() -> Vec<QualityFact> {
    let reloaded = |success| QualityFact::DriftReloaded { provider: local(), success };
    vec![
        QualityFact::DriftDetected {
            provider: local(),
            profile: profile(),
            severity: "mild",
            reason: "shorter".to_owned(),
            action: "promote",
            signals: Vec::new(),
        },
        QualityFact::DriftPromoted {
            provider: local(),
            profile: profile(),
            rank: 2,
            cooldown: Duration::from_secs(60),
        },
        reloaded(true),
        reloaded(false),
        QualityFact::DriftRecovered { provider: local(), profile: profile(), after: Duration::from_secs(60) },
        QualityFact::ContextWarning {
            provider: local(),
            profile: profile(),
            estimated: 30_000,
            window: 32_768,
            ratio: 0.915_527,
            action: "trim",
        },
        QualityFact::ContextTrimmed {
            provider: local(),
            profile: profile(),
            messages: (40, 20),
            estimated: (30_000, 16_000),
            window: 32_768,
            missed_target: false,
        },
    ]
}
