//! Prompt caching for providers that read long prompts anew each time.

use super::{Confidence, ENOUGH, Past, Suggestion, yaml};
use crate::replay::ProviderStatistics;
use std::collections::BTreeMap;

/// Prompt tokens of a request from which on a cache is worth it, and from which on it surely is.
const LONG: f64 = 2_000.0;
const VERY_LONG: f64 = 5_000.0;

/// The hit ratio below which a cache does nothing.
const UNUSED: f64 = 0.10;

pub(super) fn suggest(past: &Past) -> Vec<Suggestion> {
    let uncached = past.all.providers.iter().filter(|one| {
        one.requests >= ENOUGH && one.average_prompt() >= LONG && one.cache_hit_ratio() < UNUSED
    });
    uncached.map(tell).collect()
}

fn tell(one: &ProviderStatistics) -> Suggestion {
    let (name, prompt, ratio) = (&one.provider, one.average_prompt(), one.cache_hit_ratio());
    Suggestion {
        rule: "enable_prompt_cache",
        title: format!("let {name} cache prompts"),
        description: format!(
            "its prompts have {prompt:.0} tokens on average, and {:.0} % of them came from a cache.",
            ratio * 100.0
        ),
        confidence: if prompt > VERY_LONG { Confidence::High } else { Confidence::Medium },
        yaml: yaml::capability(name, "prompt_cache"),
        evidence: BTreeMap::from([
            ("requests", one.requests as f64),
            ("average_prompt", prompt),
            ("cache_hit_ratio", ratio),
        ]),
        providers: vec![name.clone()],
    }
}
