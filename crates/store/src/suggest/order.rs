//! One better order for each profile: first by who answers at all, then by cost. A cheaper provider that fails more
//! often is no better one.

use super::{Chain, Confidence, ENOUGH, Past, Suggestion, yaml};
use crate::replay::{ProviderStatistics, Summary};
use std::collections::BTreeMap;

/// Times a provider was asked below which its failures say little.
const ASKED_ENOUGH: u64 = 10;

/// The failure rate from which on a provider should not stand first.
const UNRELIABLE: f64 = 0.30;

/// How much more often than the one it replaces a cheaper provider may fail.
const MORE_FAILURES: f64 = 0.05;

/// The part of the cost that a change must save.
const SAVING: f64 = 0.20;
const LARGE_SAVING: f64 = 0.40;

/// Answers this much shorter than those of the one it replaces may be worse ones.
const SHORTER: f64 = 0.50;

pub(super) fn suggest(past: &Past) -> Vec<Suggestion> {
    let profiles = past.profiles.iter();
    profiles
        .filter_map(|(chain, summary)| steadier(chain, summary).or_else(|| cheaper(chain, summary)))
        .collect()
}

/// The first fails often, and one behind it does not.
fn steadier(chain: &Chain, summary: &Summary) -> Option<Suggestion> {
    let first = summary.of(chain.providers.first()?)?;
    if first.asked() < ASKED_ENOUGH || first.failure_rate() < UNRELIABLE {
        return None;
    }
    let steady = |one: &&ProviderStatistics| {
        one.requests >= ENOUGH && one.failure_rate() <= first.failure_rate() / 2.0
    };
    let better = behind(chain, summary, first).find(steady)?;
    let (bad, good, profile) = (&first.provider, &better.provider, &chain.profile);
    Some(Suggestion {
        rule: "unreliable_first",
        title: format!("put {good} before {bad} in {profile}"),
        description: format!(
            "{bad} failed {:.0} % of the {} times it was asked, {good} {:.0} %. Each failure costs a client time.",
            first.failure_rate() * 100.0,
            first.asked(),
            better.failure_rate() * 100.0
        ),
        confidence: if first.failure_rate() >= 0.5 { Confidence::High } else { Confidence::Medium },
        yaml: yaml::chain(profile, &swapped(chain, bad, good)),
        evidence: evidence(first, better),
        providers: vec![bad.clone(), good.clone()],
    })
}

/// Somebody behind the first that costs something is much cheaper and as reliable.
fn cheaper(chain: &Chain, summary: &Summary) -> Option<Suggestion> {
    let used = chain.providers.iter().filter_map(|name| summary.of(name));
    let dear = used.into_iter().find(|one| one.requests >= ENOUGH && one.average_cost() > 0.0)?;
    let fit = |one: &&ProviderStatistics| {
        let as_reliable = one.failure_rate() <= dear.failure_rate() + MORE_FAILURES;
        one.requests >= ENOUGH && as_reliable && saving(dear, one) >= SAVING
    };
    let most = |one: &&ProviderStatistics, other: &&ProviderStatistics| {
        saving(dear, one).total_cmp(&saving(dear, other))
    };
    let cheap = behind(chain, summary, dear).filter(fit).max_by(most)?;
    let (from, to, profile, part) = (&dear.provider, &cheap.provider, &chain.profile, saving(dear, cheap));
    let shorter = cheap.average_output() < dear.average_output() * SHORTER;
    let hint = if shorter { " Its answers are much shorter, so look at them first." } else { "" };
    Some(Suggestion {
        rule: "provider_reorder",
        title: format!("put {to} before {from} in {profile}"),
        description: format!(
            "{to} costs {:.0} % less for as many tokens and fails no more often.{hint}",
            part * 100.0
        ),
        confidence: match part {
            _ if shorter => Confidence::Low,
            part if part >= LARGE_SAVING => Confidence::High,
            _ => Confidence::Medium,
        },
        yaml: yaml::chain(profile, &swapped(chain, from, to)),
        evidence: evidence(dear, cheap),
        providers: vec![from.clone(), to.clone()],
    })
}

/// Those that come after `first` in a chain and were used.
fn behind<'a>(
    chain: &'a Chain,
    summary: &'a Summary,
    first: &'a ProviderStatistics,
) -> impl Iterator<Item = &'a ProviderStatistics> {
    let after = chain.providers.iter().skip_while(|name| !name.eq_ignore_ascii_case(&first.provider)).skip(1);
    after.filter_map(|name| summary.of(name))
}

/// The part of the cost that is saved, from minus infinity to 1. By token where both say how many, as an average of
/// short requests is no measure for long ones.
fn saving(dear: &ProviderStatistics, cheap: &ProviderStatistics) -> f64 {
    let tokens = |one: &ProviderStatistics| one.prompt_tokens().saturating_add(one.output_tokens) as f64;
    let (before, after) = match (tokens(dear), tokens(cheap)) {
        (many, others) if many > 0.0 && others > 0.0 => (dear.cost_usd / many, cheap.cost_usd / others),
        _ => (dear.average_cost(), cheap.average_cost()),
    };
    1.0 - after / before
}

/// The chain with one provider moved to just before another.
fn swapped(chain: &Chain, before: &str, moved: &str) -> Vec<String> {
    let mut order: Vec<String> =
        chain.providers.iter().filter(|name| !name.eq_ignore_ascii_case(moved)).cloned().collect();
    let place = order.iter().position(|name| name.eq_ignore_ascii_case(before)).unwrap_or(0);
    order.insert(place, moved.to_owned());
    order
}

fn evidence(before: &ProviderStatistics, after: &ProviderStatistics) -> BTreeMap<&'static str, f64> {
    BTreeMap::from([
        ("requests_before", before.requests as f64),
        ("requests_after", after.requests as f64),
        ("average_cost_before", before.average_cost()),
        ("average_cost_after", after.average_cost()),
        ("failure_rate_before", before.failure_rate()),
        ("failure_rate_after", after.failure_rate()),
        ("average_output_before", before.average_output()),
        ("average_output_after", after.average_output()),
    ])
}
