//! What holds whatever happens.

use crate::story::clients::{answered, attempted, failed, finished};
use crate::story::{at, heard, of, redactor, standing};
use canon::event::{Event, Fact, FlowFact, ToolRepaired};
use canon::id::ProviderName;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use telemetry::seen::Seen;
use telemetry::shown::{metrics_json, overview, prometheus};

fn name(number: u8) -> ProviderName {
    format!("p{}", number % 3).into()
}

/// A request's facts, legal or not: some may have been lost.
fn fact() -> impl Strategy<Value = Fact> {
    let repaired = |provider: u8| ToolRepaired {
        provider: name(provider),
        model: Some(format!("m{provider}").into()),
        tool: String::new(),
        format: "hermes",
        damage: Vec::new(),
        repaired: true,
        outcome: "repaired",
    };
    let hedged = |provider: u8| FlowFact::Hedged {
        provider: name(provider),
        rival: name(provider.wrapping_add(1)),
        after: Duration::ZERO,
        traced: None,
    };
    prop_oneof![
        any::<u8>().prop_map(|it| attempted(name(it))),
        any::<u8>().prop_map(|it| answered(name(it), u64::from(it) * 50)),
        (any::<u8>(), any::<bool>()).prop_map(|(it, midstream)| failed(name(it), midstream)),
        any::<u8>().prop_map(move |it| Fact::ToolRepaired(Box::new(repaired(it)))),
        any::<u8>().prop_map(move |it| Fact::Flow(Box::new(hedged(it)))),
        any::<u8>().prop_map(|it| Fact::Finished(Box::new(finished("answered", Some(name(it)), Vec::new())))),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (0_u64..4, 0_u32..400, fact()).prop_map(|(id, second, fact)| of(id, f64::from(second), fact));
    prop::collection::vec(event, 0..60)
}

/// Every counter's samples.
fn counters(seen: &Seen) -> BTreeMap<String, f64> {
    let page = prometheus(seen, &standing(), &redactor());
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let samples = samples.filter_map(|line| line.rsplit_once(' '));
    let is_counter = |name: &str| {
        ["_total", "_bucket", "_count", "_sum"]
            .iter()
            .any(|end| name.split('{').next().is_some_and(|name| name.ends_with(end)))
    };
    samples
        .filter(|(name, _)| is_counter(name))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn there_are_never_more_outcomes_than_attempts(events in events()) {
        let page = metrics_json(&heard(events), &standing(), &redactor());
        let count = |value: &Value| value.as_u64().unwrap();
        let mut all = 0;
        for it in page["providers"].as_array().unwrap() {
            let outcomes: u64 = it["outcomes"].as_object().unwrap().values().map(count).sum();
            prop_assert!(outcomes <= count(&it["attempts"]), "{}", it);
            all += count(&it["attempts"]);
        }
        prop_assert_eq!(all, count(&page["counters"]["requests_total"]));
    }

    #[test]
    fn counters_only_grow(events in events()) {
        let mut seen = Seen::new(at(0.0));
        let mut before = counters(&seen);
        for event in events {
            seen.hear(event);
            let after = counters(&seen);
            prop_assert!(before.iter().all(|(name, count)| after.get(name).is_some_and(|after| after >= count)));
            before = after;
        }
    }

    #[test]
    fn what_is_saved_is_restored(events in events()) {
        let before = heard(events);
        let mut after = Seen::new(at(0.0));
        after.restored(&before.saved());
        prop_assert_eq!(counters(&before), counters(&after));
        prop_assert_eq!(before.saved(), after.saved());
    }
}

#[test]
fn names_from_outside_become_so_many_labels() {
    let mut facts = Vec::new();
    for number in 0..2_000 {
        let provider: ProviderName = format!("provider-{number}").into();
        facts.push(attempted(provider.clone()));
        facts.push(answered(provider, 9));
        facts.push(Fact::Degraded {
            provider: "p".into(),
            dropped: vec![format!("field-{number}")],
            reason: "translation-lossy",
        });
        facts.push(Fact::LocalOnly { profile: format!("profile-{number}").into(), rule: String::new() });
        facts.push(Fact::ToolRepaired(Box::new(ToolRepaired {
            provider: "p".into(),
            model: Some(format!("model-{number}").into()),
            tool: format!("tool-{number}"),
            format: "hermes",
            damage: Vec::new(),
            repaired: true,
            outcome: "repaired",
        })));
    }
    let seen = heard(facts.into_iter().enumerate().map(|(place, fact)| of(place as u64, 1.0, fact)));
    let page = metrics_json(&seen, &standing(), &redactor());
    // One of the names is that of who has the models.
    let size = |key: &str| page["counters"][key].as_object().unwrap().len();
    assert_eq!((size("provider_attempts"), size("capability_degraded")), (128, 65));
    assert_eq!(page["counters"]["provider_attempts"]["other"], 2_000 - 127);
    assert_eq!(page["providers"].as_array().unwrap().len(), 129);
    assert_eq!(size("local_only_requests_total"), 129);
    let models = page["counters"]["tool_repairs_total"]["p"].as_object().unwrap();
    assert_eq!(models.len(), 257);
    // What was seen of many is shown at once, and is no more than a page.
    assert!(overview(&seen, &standing(), &redactor()).to_string().len() < 1_000_000);
}
