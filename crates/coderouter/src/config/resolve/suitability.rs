//! The warning about chains for Claude Code whose models are known to do badly under it.

use std::collections::HashMap;
use std::sync::Arc;

use canon::config::{Profile, Provider, Suitability};

use super::super::notice::Notice;

/// Profiles for Claude Code are known by their names.
const PREFIX: &str = "claude-code";

pub(super) fn check(
    profiles: &[Arc<Profile>],
    providers: &HashMap<&str, &Arc<Provider>>,
    notices: &mut Vec<Notice>,
) {
    for profile in profiles.iter().filter(|profile| profile.name.as_str().starts_with(PREFIX)) {
        let degraded: Vec<_> = profile
            .providers
            .iter()
            .filter_map(|name| providers.get(name.as_str()))
            .filter(|provider| provider.facts.claude_code_suitability == Some(Suitability::Degraded))
            .collect();
        if !degraded.is_empty() {
            notices.push(Notice::SuitabilityDegraded {
                profile: profile.name.to_string(),
                providers: degraded.iter().map(|provider| provider.name.to_string()).collect(),
                models: degraded.iter().map(|provider| provider.model.to_string()).collect(),
            });
        }
    }
}
