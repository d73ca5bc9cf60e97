//! How things stand now, from the configuration in force and the router's memory.

use super::chains;
use crate::exchange::now;
use crate::router::Router;
use canon::config::{Config, Word};
use canon::moment::Now;
use canon::money::Usd;
use routing::drift::Severity;
use routing::view::View;
use store::Condition;
use telemetry::standing::{
    CapStanding, ProfileStanding, ProviderClass, ProviderStanding, Standing, StoreCondition,
};

/// How things stand.
pub(super) fn of(router: &Router) -> Standing {
    let (setup, now) = (router.setup.load(), now());
    let (config, view) = (&setup.config, &router.view);
    let store = router.memory.health().map(|health| match health.condition {
        Condition::Failing => StoreCondition::Failing,
        _ => StoreCondition::Working,
    });
    Standing {
        now: now.wall,
        version: env!("CARGO_PKG_VERSION"),
        default_profile: config.default_profile.clone(),
        allow_paid: config.allow_paid,
        display_timezone: config.display_timezone.clone(),
        providers: providers(router, config, now),
        profiles: config
            .profiles
            .iter()
            .map(|it| ProfileStanding { name: it.name.clone(), providers: it.providers.clone() })
            .collect(),
        month_spent: Some(view.spend.overall(now.wall)),
        caps: caps(config, view, now),
        store,
        chains: chains::all(config, view, now),
    }
}

fn providers(router: &Router, config: &Config, now: Now) -> Vec<ProviderStanding> {
    let providers = config.providers.iter().map(|provider| {
        let gauge = router.view.gauge(config, provider, now);
        let class = match (provider.paid, provider.local) {
            (true, _) => ProviderClass::Paid,
            (false, true) => ProviderClass::Local,
            (false, false) => ProviderClass::Free,
        };
        ProviderStanding {
            name: provider.name.clone(),
            model: Some(provider.model.as_str().to_owned()).filter(|model| !model.is_empty()),
            context_tokens: provider.facts.max_context_tokens,
            kind: provider.kind.word(),
            class,
            paid: provider.paid,
            base_url: router.clean(&provider.endpoint.to_string()),
            health: gauge.state.word(),
            healthy: gauge.is_healthy,
            excluded: gauge.excluded,
            resting: gauge.resting,
            drift: gauge.drift.map(Severity::word),
            in_flight: gauge.in_flight.into(),
        }
    });
    providers.collect()
}

/// The caps of the month, the widest first.
fn caps(config: &Config, view: &View, now: Now) -> Vec<CapStanding> {
    let cap = |scope, name: Option<&str>, cap: Option<Usd>, spent: Usd| {
        let cap = cap?;
        let left = cap.max(spent) - spent;
        Some(CapStanding { scope, name: name.map(str::to_owned), cap, spent, left })
    };
    let overall = cap("all", None, config.monthly_budget, view.spend.overall(now.wall));
    let profiles = config.profiles.iter().filter_map(|it| {
        let spent = view.spend.of_profile(&it.name, now.wall);
        cap("profile", Some(it.name.as_str()), it.monthly_budget, spent)
    });
    let providers = config.providers.iter().filter_map(|it| {
        let spent = view.spend.of_provider(&it.name, now.wall);
        cap("provider", Some(it.name.as_str()), it.monthly_budget, spent)
    });
    overall.into_iter().chain(profiles).chain(providers).collect()
}
