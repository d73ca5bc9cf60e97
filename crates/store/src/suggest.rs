//! What a person might change in the configuration, by what requests have done so far: an ordered list of rules over
//! rows that were remembered. Nothing is changed here, and the rows are read elsewhere.

mod cache;
mod drift;
mod goal;
mod order;
mod yaml;

use crate::replay::{ProviderStatistics, Summary, Summing};
use crate::request::RequestRow;
use serde::Serialize;
use std::collections::BTreeMap;

/// Requests of a provider below which nothing is concluded from them.
const ENOUGH: u64 = 5;

/// One thing to change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// The rule's id, which stays the same between versions.
    pub rule: &'static str,
    /// In a few words.
    pub title: String,
    /// In a sentence or two.
    pub description: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What to put into the configuration.
    pub yaml: String,
    /// The numbers it rests on, by name.
    pub evidence: BTreeMap<&'static str, f64>,
    /// The providers it is about.
    pub providers: Vec<String>,
}

/// How sure a suggestion is; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Do it.
    High,
    /// Look at it.
    Medium,
    /// Know of it.
    Low,
}

/// A profile's providers in the order they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The profile.
    pub profile: String,
    /// Its providers.
    pub providers: Vec<String>,
}

/// What rules look at.
struct Past {
    /// Of all requests.
    all: Summary,
    /// Of each profile's requests, with its chain.
    profiles: Vec<(Chain, Summary)>,
}

/// A rule returns what it suggests, if anything.
type Rule = fn(&Past) -> Vec<Suggestion>;

const RULES: &[Rule] = &[
    // Who fails too often, or costs too much, should not stand first.
    order::suggest,
    // Long prompts that are read anew each time.
    cache::suggest,
    // Watching answers for a change to the worse; careful while they are few.
    drift::suggest,
    // Long tasks want who writes most.
    goal::suggest,
];

/// Runs all rules; the surest come first, then by the rule's id. `chains` are those of the configuration; the chain of
/// a profile that is not among them is guessed from who answered most.
pub fn suggest<'a>(rows: impl IntoIterator<Item = &'a RequestRow>, chains: &[Chain]) -> Vec<Suggestion> {
    let past = Past::of(rows, chains);
    let mut suggestions: Vec<_> = RULES.iter().flat_map(|rule| rule(&past)).collect();
    suggestions.sort_by_key(|suggestion| (suggestion.confidence, suggestion.rule));
    suggestions
}

impl Past {
    fn of<'a>(rows: impl IntoIterator<Item = &'a RequestRow>, chains: &[Chain]) -> Self {
        let (mut all, mut profiles) = (Summing::default(), BTreeMap::<String, Summing>::new());
        for row in rows {
            all.add(row);
            if let Some(profile) = &row.profile {
                profiles.entry(profile.as_str().to_owned()).or_default().add(row);
            }
        }
        let profiles = profiles.into_iter().map(|(profile, summing)| {
            let summary = summing.finish();
            let known = chains.iter().find(|chain| chain.profile == profile);
            (known.cloned().unwrap_or_else(|| guess(profile, &summary)), summary)
        });
        Self { all: all.finish(), profiles: profiles.collect() }
    }
}

/// Who answers most is most likely asked first.
fn guess(profile: String, summary: &Summary) -> Chain {
    let mut providers: Vec<&ProviderStatistics> = summary.providers.iter().collect();
    providers.sort_by(|one, other| other.asked().cmp(&one.asked()).then(one.provider.cmp(&other.provider)));
    Chain { profile, providers: providers.iter().map(|one| one.provider.clone()).collect() }
}

#[cfg(test)]
mod tests;
