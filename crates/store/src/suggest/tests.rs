//! Each rule where it speaks and where it must not.

use super::{Chain, Confidence, Suggestion, suggest};
use crate::fixture::request;
use crate::request::{Hop, RequestRow, Tokens};
use canon::money::Usd;
use proptest::prelude::*;

/// So many answers of one provider: prompt tokens, of them cached, generated tokens, and a cost in dollars.
fn rows(provider: &str, count: u64, [prompt, cached, output]: [u64; 3], cost: f64) -> Vec<RequestRow> {
    let tokens = Tokens {
        input: Some(prompt - cached),
        output: Some(output),
        cache_read: Some(cached),
        cache_write: None,
    };
    let row = |number| RequestRow { tokens, cost: Usd::from_dollars(cost), ..request(number, provider) };
    (0..count).map(row).collect()
}

/// The same, each after `left` failed.
fn after(left: &str, rows: Vec<RequestRow>) -> Vec<RequestRow> {
    let hop = Hop { provider: left.into(), reason: "timeout".into(), attempted: true };
    rows.into_iter().map(|row| RequestRow { fallbacks: vec![hop.clone()], ..row }).collect()
}

fn chain(providers: &[&str]) -> Vec<Chain> {
    let providers = providers.iter().map(ToString::to_string).collect();
    vec![Chain { profile: "coding".into(), providers }]
}

fn found(rule: &str, groups: &[Vec<RequestRow>], chains: &[Chain]) -> Vec<Suggestion> {
    let mut suggestions = suggest(groups.iter().flatten(), chains);
    suggestions.retain(|suggestion| suggestion.rule == rule);
    suggestions
}

fn confidence(rule: &str, groups: &[Vec<RequestRow>], chains: &[Chain]) -> Option<Confidence> {
    let found = found(rule, groups, chains);
    assert!(found.len() < 2, "{found:?}");
    found.first().map(|suggestion| suggestion.confidence)
}

const SHORT: [u64; 3] = [100, 50, 100];

#[test]
fn provider_reorder() {
    let order = chain(&["dear", "cheap"]);
    let check = |cost, count| {
        let groups = [rows("dear", 5, SHORT, 1.0), rows("cheap", count, SHORT, cost)];
        confidence("provider_reorder", &groups, &order)
    };
    assert_eq!(check(0.6, 5), Some(Confidence::High));
    assert_eq!(check(0.75, 5), Some(Confidence::Medium));
    assert_eq!(check(0.85, 5), None);
    assert_eq!(check(0.1, 4), None);
    let groups = [rows("dear", 5, SHORT, 1.0), rows("cheap", 5, SHORT, 0.0)];
    assert_eq!(confidence("provider_reorder", &groups, &chain(&["cheap", "dear"])), None);
    let found = found("provider_reorder", &groups, &order);
    let yaml = "profiles:\n  - name: coding\n    providers:\n      - cheap\n      - dear\n";
    assert_eq!((found[0].yaml.as_str(), found[0].evidence["average_cost_before"]), (yaml, 1.0));
}

#[test]
fn one_order_for_each_profile_however_many_pairs_there_are() {
    let costs = [("a", 4.0), ("b", 3.0), ("c", 2.0), ("d", 1.0)];
    let groups = costs.map(|(name, cost)| rows(name, 5, SHORT, cost));
    let found = found("provider_reorder", &groups, &chain(&["a", "b", "c", "d"]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].providers, ["a", "d"]);
}

#[test]
fn a_cheaper_provider_that_fails_more_is_no_better_one() {
    let failing = after("cheap", rows("dear", 5, SHORT, 1.0));
    let groups = [failing, rows("cheap", 5, SHORT, 0.1)];
    assert_eq!(confidence("provider_reorder", &groups, &chain(&["dear", "cheap"])), None);
}

#[test]
fn cost_is_that_of_a_token() {
    // Cheaper by the request, as its requests are short; dearer by the token.
    let groups = [rows("long", 5, [10_000, 9_000, 100], 1.0), rows("short", 5, [100, 50, 100], 0.5)];
    assert_eq!(confidence("provider_reorder", &groups, &chain(&["long", "short"])), None);
}

#[test]
fn much_shorter_answers_are_a_doubt() {
    let groups = [rows("dear", 5, [100, 50, 1_000], 1.0), rows("cheap", 5, [100, 50, 10], 0.0)];
    assert_eq!(confidence("provider_reorder", &groups, &chain(&["dear", "cheap"])), Some(Confidence::Low));
}

#[test]
fn unreliable_first() {
    let check = |answered, failed, order: &[&str]| {
        let groups = [rows("bad", answered, SHORT, 0.0), after("bad", rows("good", failed, SHORT, 0.0))];
        confidence("unreliable_first", &groups, &chain(order))
    };
    assert_eq!(check(10, 10, &["bad", "good"]), Some(Confidence::High));
    assert_eq!(check(12, 6, &["bad", "good"]), Some(Confidence::Medium));
    assert_eq!(check(20, 5, &["bad", "good"]), None);
    assert_eq!(check(10, 10, &["good", "bad"]), None);
    assert_eq!(check(3, 5, &["bad", "good"]), None);
}

#[test]
fn enable_prompt_cache() {
    let check = |count, prompt, cached| {
        confidence("enable_prompt_cache", &[rows("a", count, [prompt, cached, 10], 0.0)], &[])
    };
    assert_eq!(check(5, 5_001, 0), Some(Confidence::High));
    assert_eq!(check(5, 2_000, 0), Some(Confidence::Medium));
    assert_eq!(check(5, 1_999, 0), None);
    assert_eq!(check(4, 5_001, 0), None);
    assert_eq!(check(5, 5_000, 500), None);
}

#[test]
fn enable_drift_detection() {
    let few = [rows("a", 9, SHORT, 0.0)];
    assert_eq!(confidence("enable_drift_detection", &few, &[]), None);
    assert_eq!(confidence("low_sensitivity_small_window", &few, &[]), Some(Confidence::Medium));
    let many = [rows("a", 10, SHORT, 0.0)];
    assert_eq!(confidence("enable_drift_detection", &many, &[]), Some(Confidence::Low));
    assert_eq!(confidence("low_sensitivity_small_window", &many, &[]), None);
    let shaky = [rows("a", 10, SHORT, 0.0), after("a", rows("b", 2, SHORT, 0.0))];
    assert_eq!(confidence("enable_drift_detection", &shaky, &[]), Some(Confidence::Medium));
}

#[test]
fn goal_profile() {
    let check = |output, count| {
        let groups = [rows("a", 5, SHORT, 0.0), rows("b", count, [100, 50, output], 0.0)];
        confidence("goal_profile", &groups, &[])
    };
    assert_eq!(check(400, 5), Some(Confidence::Medium));
    assert_eq!(check(120, 5), None);
    assert_eq!(check(400, 4), None);
    assert_eq!(check(0, 5), None);
}

#[test]
fn nothing_is_suggested_of_nothing_and_the_surest_comes_first() {
    assert_eq!(suggest([], &[]), []);
    let groups = [rows("my box: 1", 20, [6_000, 0, 10], 0.0), rows("b", 5, [1_000, 0, 900], 0.0)];
    let all = suggest(groups.iter().flatten(), &[]);
    let rules: Vec<_> = all.iter().map(|one| one.rule).collect();
    assert_eq!(rules, ["enable_prompt_cache", "goal_profile", "enable_drift_detection"]);
    assert!(all[0].yaml.contains("name: \"my box: 1\"\n"), "{}", all[0].yaml);
}

fn any_row() -> impl Strategy<Value = RequestRow> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c: #")];
    let tokens = proptest::option::of(prop_oneof![0..100_u64, 0..20_000_u64, Just(u64::MAX)]);
    let cost = prop_oneof![Just(0.0), 0.0..5.0_f64, Just(f64::MAX)];
    let left = proptest::option::of((name.clone(), any::<bool>()));
    let profile = proptest::option::of(prop_oneof![Just("coding"), Just("writing")]);
    (proptest::option::of(name), tokens.clone(), tokens, cost, left, profile).prop_map(
        |(provider, input, output, cost, left, profile)| RequestRow {
            provider: provider.map(Into::into),
            profile: profile.map(Into::into),
            tokens: Tokens { input, output, cache_read: input, cache_write: output },
            cost: Usd::from_dollars(cost),
            fallbacks: left.map_or_else(Vec::new, |(provider, attempted)| {
                vec![Hop { provider: provider.into(), reason: String::new(), attempted }]
            }),
            ..request(1, "-")
        },
    )
}

proptest! {
    #[test]
    fn whatever_happened_suggestions_are_sorted_and_one_a_profile(rows in proptest::collection::vec(any_row(), 0..80)) {
        let all = suggest(&rows, &[]);
        prop_assert!(all.is_sorted_by_key(|one| (one.confidence, one.rule)));
        let mut orders: Vec<_> =
            all.iter().filter(|one| one.providers.len() == 2 && one.evidence.contains_key("failure_rate_after")).collect();
        orders.sort_by_key(|one| one.yaml.lines().nth(1).map(str::to_owned));
        prop_assert!(orders.windows(2).all(|pair| pair[0].yaml.lines().nth(1) != pair[1].yaml.lines().nth(1)));
        prop_assert!(all.iter().flat_map(|one| one.evidence.values()).all(|number| number.is_finite()), "{all:?}");
    }
}
