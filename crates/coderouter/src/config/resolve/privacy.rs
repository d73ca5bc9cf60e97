//! The rules under `local_only:`, each with an id.

use canon::config::PrivacyRule;

use super::super::file;

/// Names the rules that have no name by their place.
pub(super) fn resolve(raw: Vec<file::PrivacyRule>) -> Vec<PrivacyRule> {
    let rules = raw.into_iter().enumerate().filter_map(|(index, rule)| {
        let id = rule.id.unwrap_or_else(|| format!("local_only:{index}"));
        Some(PrivacyRule { id, matcher: rule.matcher? })
    });
    rules.collect()
}
