//! A profile for long tasks, where providers differ much in how much they write.

use super::{Confidence, ENOUGH, Past, Suggestion, yaml};
use crate::replay::ProviderStatistics;
use std::collections::BTreeMap;

/// The spread of average lengths, as deviation by average, from which on it matters who is asked.
const SPREAD: f64 = 0.40;

pub(super) fn suggest(past: &Past) -> Vec<Suggestion> {
    let writes = |one: &&ProviderStatistics| one.requests >= ENOUGH && one.average_output() > 0.0;
    let writers: Vec<_> = past.all.providers.iter().filter(writes).collect();
    let spread = spread(&writers.iter().map(|one| one.average_output()).collect::<Vec<_>>());
    let longest = writers.iter().max_by(|one, other| one.average_output().total_cmp(&other.average_output()));
    let told = longest.filter(|_| spread >= SPREAD).map(|one| tell(one, spread));
    told.into_iter().collect()
}

fn tell(one: &ProviderStatistics, spread: f64) -> Suggestion {
    let name = &one.provider;
    Suggestion {
        rule: "goal_profile",
        title: format!("a profile for long tasks, with {name}"),
        description: format!(
            "{name} writes {:.0} tokens on average, the most of all, and failed {:.0} % of the time.",
            one.average_output(),
            one.failure_rate() * 100.0
        ),
        confidence: Confidence::Medium,
        yaml: yaml::goal(name),
        evidence: BTreeMap::from([
            ("average_output", one.average_output()),
            ("output_spread", spread),
            ("failure_rate", one.failure_rate()),
        ]),
        providers: vec![name.clone()],
    }
}

/// The sample deviation by the average; 0 where there are fewer than two.
fn spread(averages: &[f64]) -> f64 {
    let count = averages.len() as f64;
    if averages.len() < 2 {
        return 0.0;
    }
    let mean = averages.iter().sum::<f64>() / count;
    let squares: f64 = averages.iter().map(|average| (average - mean).powi(2)).sum();
    (squares / (count - 1.0)).sqrt() / mean
}
