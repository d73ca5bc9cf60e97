//! The states of providers as JSON in the store, and back: how often they were asked, how they have been, who is out.
//! What they mean is `routing`'s; state stays by a provider's name unless its kind, address or model differ.

mod rates;

use crate::router::Router;
use canon::config::{Config, Provider, Word};
use canon::id::ProviderName;
use canon::moment::Now;
use routing::exclusion::ExclusionSnapshot;
use routing::health_cache::KeptWindow;
use routing::view::Kept;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::{Store, Write};

/// Failures in a row, and whether a provider is out of the chains.
const HEALTH: &str = "health";

/// Windows of the health cache.
const HEALTH_CACHE: &str = "health_cache";

/// Requests of the last day, and pauses under way.
const RATES: &str = "rates";

/// Where a state stands: its namespace, and the provider.
type Place = (&'static str, ProviderName);

/// The states as the store has them.
#[derive(Default)]
pub(super) struct States {
    known: Mutex<BTreeMap<Place, Value>>,
}

impl States {
    /// Gives the store the states that are others than before, and has it forget those that are gone.
    pub(super) fn save(&self, store: &Store, router: &Router, now: Now) {
        let current = current(router, now);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = known.keys().filter(|place| !current.contains_key(place)).map(|place| (place, None));
        let changed = current.iter().filter(|(place, value)| known.get(*place) != Some(*value));
        let changed = changed.map(|(place, value)| (place, Some(value.clone())));
        for ((namespace, provider), value) in gone.chain(changed) {
            let (namespace, key) = ((*namespace).to_owned(), provider.as_str().to_owned());
            store.remember(Write::State { namespace, key, value, at: now.wall });
        }
        *known = current;
    }

    /// Takes over the states of providers that are still the same.
    pub(super) fn restore(&self, store: &Store, router: &Router, now: Now) {
        let setup = router.setup.load();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for namespace in [HEALTH, HEALTH_CACHE, RATES] {
            for key in store.keys(namespace) {
                let Some(value) = store.state(namespace, &key) else { continue };
                take_over(router, &setup.config, (namespace, &key), &value, now);
                // Known even where it is not taken over, so that it is forgotten with the next save.
                known.insert((namespace, key.into()), value);
            }
        }
    }
}

/// All there is to keep now.
fn current(router: &Router, now: Now) -> BTreeMap<Place, Value> {
    let (setup, view) = (router.setup.load(), &router.view);
    let mut states = BTreeMap::new();
    let mut add = |namespace, name: ProviderName, mut value: Value| {
        // Whom the configuration no longer names has no state that anybody could take over.
        if let Some(provider) = setup.config.provider(name.as_str()) {
            value["of"] = identity(router, provider).into();
            states.insert((namespace, name), value);
        }
    };
    for (name, kept) in view.kept() {
        add(HEALTH, name, health(&kept));
    }
    for (name, window) in view.health_cache.kept() {
        let KeptWindow { failures, opened, failed_trials } = window;
        let value = json!({"failures": failures, "opened": seconds(opened), "failed_trials": failed_trials});
        add(HEALTH_CACHE, name, value);
    }
    for (name, snapshot) in view.rates.snapshot(now.at, now.wall) {
        add(RATES, name, rates::write(&snapshot));
    }
    states
}

fn take_over(router: &Router, config: &Config, place: (&str, &str), value: &Value, now: Now) {
    let (namespace, key) = place;
    let Some(provider) = config.provider(key) else { return };
    if value["of"].as_str() != Some(&identity(router, provider)) {
        return;
    }
    router.view.know(provider);
    match namespace {
        HEALTH => router.view.take_over(provider, &read_health(value), now),
        HEALTH_CACHE => {
            if let Some(window) = read_window(value) {
                router.view.health_cache.take_over(&provider.name, &window, now);
            }
        }
        _ => router.view.rates.restore(&[(provider.name.clone(), rates::read(value))], now.at, now.wall),
    }
}

/// What makes a provider another one, without what nobody may read.
fn identity(router: &Router, provider: &Provider) -> String {
    let Provider { kind, endpoint, model, .. } = provider;
    router.clean(&format!("{} {endpoint} {model}", kind.word()))
}

fn health(kept: &Kept) -> Value {
    let mut value = json!({"consecutive_failures": kept.failures});
    if let Some(ExclusionSnapshot { profile, consecutive_failures }) = &kept.exclusion {
        value["excluded"] =
            json!({"profile": profile.as_str(), "consecutive_failures": consecutive_failures});
    }
    value
}

fn read_health(value: &Value) -> Kept {
    let failures = value["consecutive_failures"].as_u64().unwrap_or(0);
    let excluded = &value["excluded"];
    Kept {
        failures: u32::try_from(failures).unwrap_or(u32::MAX),
        exclusion: ExclusionSnapshot::read(
            excluded["profile"].as_str(),
            excluded["consecutive_failures"].as_i64(),
        ),
    }
}

fn read_window(value: &Value) -> Option<KeptWindow> {
    let count = |name: &str| value[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let opened = moment(value["opened"].as_u64()?)?;
    Some(KeptWindow { failures: count("failures")?, opened, failed_trials: count("failed_trials")? })
}

/// Seconds since 1970, to the nearest: the same moment, worked out again from two clocks, gives the same number.
fn seconds(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.saturating_add(Duration::from_millis(500)).as_secs()
}

/// The moment so many seconds after 1970, if there is one.
fn moment(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn health_is_read_as_it_is_written(failures: u32, excluded: Option<u32>, profile in ".+") {
            let snapshot = |consecutive_failures| {
                ExclusionSnapshot { profile: profile.as_str().into(), consecutive_failures }
            };
            let kept = Kept { failures, exclusion: excluded.map(snapshot) };
            prop_assert_eq!(read_health(&health(&kept)), kept);
        }
    }

    #[test]
    fn what_is_damaged_means_nothing() {
        for value in [json!(null), json!([1]), json!({"consecutive_failures": "x", "excluded": 3})] {
            assert_eq!(read_health(&value), Kept::default());
            assert_eq!(read_window(&value), None);
        }
        assert_eq!(read_window(&json!({"failures": 1, "opened": u64::MAX, "failed_trials": -1})), None);
    }
}
