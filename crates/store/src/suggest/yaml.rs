//! The pieces of configuration that suggestions show. Names are quoted where YAML needs it.

use std::fmt::Write;

/// A profile with its providers in a new order.
pub(super) fn chain(profile: &str, providers: &[String]) -> String {
    let list: String = providers.iter().map(|provider| format!("      - {}\n", plain(provider))).collect();
    format!("profiles:\n  - name: {}\n    providers:\n{list}", plain(profile))
}

/// A capability of a provider, switched on.
pub(super) fn capability(provider: &str, capability: &str) -> String {
    format!("providers:\n  - name: {}\n    capabilities:\n      {capability}: true\n", plain(provider))
}

/// One setting in each of several profiles.
pub(super) fn setting(profiles: &[&str], key: &str, value: &str) -> String {
    let mut text = String::from("profiles:\n");
    for profile in profiles {
        // Writing to a string can't fail.
        let _ = write!(text, "  - name: {}\n    {key}: {value}\n", plain(profile));
    }
    text
}

/// A profile for long tasks.
pub(super) fn goal(provider: &str) -> String {
    format!("profiles:\n  - name: goal\n    goal_mode: true\n    providers:\n      - {}\n", plain(provider))
}

fn plain(name: &str) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let word =
        matches!(name.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    // A JSON text is a YAML text.
    if begins_well && !word && name.bytes().all(harmless) { name.to_owned() } else { format!("{name:?}") }
}
