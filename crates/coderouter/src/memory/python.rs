//! How the Python program had left providers, taken over in the one run that takes its folder in.

use crate::router::Router;
use canon::moment::Now;
use routing::exclusion::ExclusionSnapshot;
use routing::health::HealthSnapshot;
use routing::view::Kept;
use serde_json::Value;
use store::{Store, import};

/// Takes over the health of providers that the configuration has, and who of them was out.
pub(super) fn restore(store: &Store, router: &Router, now: Now) {
    let state = |name: &str| store.state(import::NAMESPACE, name).unwrap_or_default();
    let (health, healing) = (state("health"), state("self_healing"));
    for provider in &router.setup.load().config.providers {
        let name = provider.name.as_str();
        let kept = kept(&health[name], &healing[name]);
        if kept != Kept::default() {
            router.view.take_over(provider, &kept, now);
        }
    }
}

/// An absent state is a `null`, of which every field is one as well.
fn kept(health: &Value, healing: &Value) -> Kept {
    let failures = |value: &Value| value["consecutive_failures"].as_i64();
    Kept {
        failures: HealthSnapshot::read(health["state"].as_str(), failures(health)).consecutive_failures,
        exclusion: ExclusionSnapshot::read(healing["profile"].as_str(), failures(healing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_are_read_as_the_python_program_writes_them() {
        let health = json!({"state": "UNHEALTHY", "consecutive_failures": 6});
        let healing = json!({"profile": "default", "consecutive_failures": 6});
        let exclusion = Some(ExclusionSnapshot { profile: "default".into(), consecutive_failures: 6 });
        assert_eq!(kept(&health, &healing), Kept { failures: 6, exclusion });
        for damaged in [Value::Null, json!({"state": "?", "consecutive_failures": 3}), json!([1])] {
            assert_eq!(kept(&damaged, &damaged), Kept::default(), "{damaged}");
        }
    }
}
