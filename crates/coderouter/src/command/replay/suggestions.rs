//! What might be changed, for people and as JSON. What is suggested is the store's.

use canon::config::Config;
use serde_json::json;
use store::suggest::{Chain, Confidence, Suggestion};

/// The chains of a configuration.
pub(super) fn chains(config: &Config) -> Vec<Chain> {
    let chain = |profile: &std::sync::Arc<canon::config::Profile>| Chain {
        profile: profile.name.as_str().to_owned(),
        providers: profile.providers.iter().map(|name| name.as_str().to_owned()).collect(),
    };
    config.profiles.iter().map(chain).collect()
}

/// All of them, the surest first.
pub(super) fn told(suggestions: &[Suggestion], as_json: bool) -> String {
    if as_json {
        return json!({"suggestions": suggestions}).to_string();
    }
    if suggestions.is_empty() {
        return "The configuration looks healthy: there is nothing to suggest.".to_owned();
    }
    suggestions.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn one(suggestion: &Suggestion) -> String {
    let badge = match suggestion.confidence {
        Confidence::High => "[HIGH]",
        Confidence::Medium => "[MED] ",
        Confidence::Low => "[LOW] ",
    };
    let evidence: Vec<_> =
        suggestion.evidence.iter().map(|(name, number)| format!("{name}={}", rounded(*number))).collect();
    let yaml: String = suggestion.yaml.lines().map(|line| format!("\n    {line}")).collect();
    let Suggestion { rule, title, description, .. } = suggestion;
    format!("{badge} {title} ({rule})\n  {description}\n  Evidence: {}{yaml}", evidence.join(", "))
}

/// Four places are enough for ratios and dollars.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}
