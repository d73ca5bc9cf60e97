//! Watching answers for a change to the worse: worth it once there are enough, and to be done carefully before.

use super::{Confidence, Past, Suggestion, yaml};
use std::collections::BTreeMap;

/// Requests from which on a change could be seen.
const SEEN: u64 = 10;

/// The failure rate from which on it is more than a precaution.
const SHAKY: f64 = 0.10;

pub(super) fn suggest(past: &Past) -> Vec<Suggestion> {
    watch(past).into_iter().chain(carefully(past)).collect()
}

fn watch(past: &Past) -> Option<Suggestion> {
    let seen: Vec<_> = past.all.providers.iter().filter(|one| one.requests >= SEEN).collect();
    let most = seen.iter().map(|one| one.requests).max()?;
    let worst = seen.iter().map(|one| one.failure_rate()).fold(0.0, f64::max);
    let is_seen = |name: &String| seen.iter().any(|one| one.provider.eq_ignore_ascii_case(name));
    let profiles = past.profiles.iter().filter(|(chain, _)| chain.providers.iter().any(is_seen));
    let profiles: Vec<_> = profiles.map(|(chain, _)| chain.profile.as_str()).collect();
    Some(Suggestion {
        rule: "enable_drift_detection",
        title: "watch for answers that get worse".into(),
        description: "there are enough answers to see a change: empty ones, short ones, calls that stay out."
            .into(),
        confidence: if worst >= SHAKY { Confidence::Medium } else { Confidence::Low },
        yaml: yaml::setting(&profiles, "drift_detection_action", "warn"),
        evidence: BTreeMap::from([("most_requests", most as f64), ("worst_failure_rate", worst)]),
        providers: seen.iter().map(|one| one.provider.clone()).collect(),
    })
}

fn carefully(past: &Past) -> Option<Suggestion> {
    let requests = past.all.requests;
    if !(1..SEEN).contains(&requests) {
        return None;
    }
    let profiles: Vec<_> = past.profiles.iter().map(|(chain, _)| chain.profile.as_str()).collect();
    Some(Suggestion {
        rule: "low_sensitivity_small_window",
        title: "judge few answers carefully".into(),
        description: format!(
            "with {requests} requests so far, one odd answer looks like a change to the worse."
        ),
        confidence: Confidence::Medium,
        yaml: yaml::setting(&profiles, "drift_detection_sensitivity", "low"),
        evidence: BTreeMap::from([("requests", requests as f64)]),
        providers: past.all.providers.iter().map(|one| one.provider.clone()).collect(),
    })
}
