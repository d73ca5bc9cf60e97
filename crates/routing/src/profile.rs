//! Which profile a request is routed by. What the profile then leads to is `plan`'s.

use crate::auto_router::Choice;
use canon::config::{Config, Profile};
use canon::fault::{Fault, FaultKind};
use canon::text::Text;
use std::fmt;
use std::sync::Arc;

/// What a request says about its profile; the first that says something wins, blank counts as absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProfileAsk<'a> {
    /// The body's `profile`.
    pub body: Option<&'a Text>,
    /// The header `X-CodeRouter-Profile`.
    pub header: Option<&'a str>,
    /// The header `X-CodeRouter-Mode`, a name under `mode_aliases`.
    pub mode: Option<&'a str>,
}

/// The profile a request is routed by.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The mode that stood for it, where a mode decided.
    pub mode: Option<String>,
    /// What the auto router chose, where it was asked.
    pub choice: Option<Choice>,
}

/// Picks the profile: body before header before mode before what `auto` chooses before the default. `auto` is asked
/// only if the request names nothing, and has nothing to say where the default is no `auto`.
///
/// # Errors
/// `Invalid` with the known names where the request asks for a name nobody gave; `NoProvider` where nothing is
/// configured at all.
pub fn select(
    ask: ProfileAsk<'_>,
    config: &Config,
    auto: impl FnOnce() -> Option<Choice>,
) -> Result<Selected, Fault> {
    let plainly =
        |profile: &Arc<Profile>| Selected { profile: Arc::clone(profile), mode: None, choice: None };
    if let Some(body) = ask.body.filter(|text| !text.is_blank()) {
        return named(&body.read(), "profile", config).map(plainly);
    }
    if let Some(name) = said(ask.header) {
        return named(name, "x-coderouter-profile", config).map(plainly);
    }
    if let Some(mode) = said(ask.mode) {
        return resolved(mode, config);
    }
    let choice = auto();
    let chosen = choice.as_ref().and_then(|choice| config.profile(choice.routed.profile.as_str()));
    let profile = chosen.or_else(|| config.default_profile()).ok_or_else(|| {
        Fault::new(FaultKind::NoProvider, "no profile is configured")
            .with_hint("start a local model, set an API key, or write a providers.yaml")
    })?;
    Ok(Selected { choice, ..plainly(profile) })
}

fn said(header: Option<&str>) -> Option<&str> {
    header.map(str::trim).filter(|value| !value.is_empty())
}

fn named<'a>(name: &str, field: &str, config: &'a Config) -> Result<&'a Arc<Profile>, Fault> {
    let name = name.trim();
    config.profile(name).ok_or_else(|| {
        let known: Vec<&str> = config.profiles.iter().map(|profile| profile.name.as_str()).collect();
        unknown(field, format_args!("unknown profile '{}'. available", short(name)), name, &known)
    })
}

fn resolved(mode: &str, config: &Config) -> Result<Selected, Fault> {
    let profile = config.mode(mode).ok_or_else(|| {
        let known: Vec<&str> = config.mode_aliases.keys().map(String::as_str).collect();
        let words = format_args!("unknown mode '{}'. available modes", short(mode));
        unknown("x-coderouter-mode", words, mode, &known)
    })?;
    Ok(Selected { profile: Arc::clone(profile), mode: Some(mode.to_owned()), choice: None })
}

/// The words clients of the Python program match on: its list prints as `['a', 'b']`.
fn unknown(field: &str, words: fmt::Arguments<'_>, name: &str, known: &[&str]) -> Fault {
    let list: Vec<String> = known.iter().map(|name| format!("'{name}'")).collect();
    let fault = Fault::invalid(field, format!("{words}: [{}]", list.join(", ")));
    match nearest(name, known) {
        Some(nearest) => fault.with_hint(format!("did you mean '{nearest}'?")),
        None => fault,
    }
}

/// A known name that differs only in letter case, or of which one is the beginning of the other.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let begins = |long: &str, short: &str| {
        short.len() >= 3 && long.get(..short.len()).is_some_and(|head| head.eq_ignore_ascii_case(short))
    };
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    same.or_else(|| known.iter().find(|known| begins(known, name) || begins(name, known))).copied()
}

/// A name from outside, short enough that the list after it survives the cut of a message.
fn short(name: &str) -> &str {
    const LIMIT: usize = 64;
    name.char_indices().nth(LIMIT).map_or(name, |(end, _)| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::event::{AutoRouted, AutoRoutedBy, Signals};

    fn ask<'a>(body: Option<&'a Text>, header: Option<&'a str>, mode: Option<&'a str>) -> ProfileAsk<'a> {
        ProfileAsk { body, header, mode }
    }

    fn answer(ask: ProfileAsk<'_>) -> Result<Selected, Fault> {
        let mut config = fixture::config(&[], &[("default", &[]), ("coding", &[]), ("writing", &[])]);
        config.mode_aliases.insert("think".to_owned(), "coding".into());
        config.mode_aliases.insert("fast".to_owned(), "default".into());
        select(ask, &config, || None)
    }

    fn check(ask: ProfileAsk<'_>, profile: &str, mode: Option<&str>) {
        let selected = answer(ask).unwrap();
        assert_eq!((selected.profile.name.as_str(), selected.mode.as_deref()), (profile, mode));
    }

    #[test]
    fn the_nearest_word_wins() {
        let (coding, blank) = (Text::fixed("coding"), Text::fixed(" "));
        check(ask(None, None, None), "default", None);
        check(ask(Some(&coding), Some("writing"), Some("fast")), "coding", None);
        check(ask(Some(&blank), Some(" writing "), Some("fast")), "writing", None);
        check(ask(None, Some(""), Some("think")), "coding", Some("think"));
    }

    #[test]
    fn auto_is_asked_only_where_nothing_is_named() {
        let config = fixture::config(&[], &[("default", &[]), ("coding", &[])]);
        let auto = || {
            let routed = AutoRouted {
                profile: "coding".into(),
                by: AutoRoutedBy::NoRule,
                signals: Signals::default(),
            };
            Some(Choice { routed, given_up: Vec::new() })
        };
        let selected = select(ask(None, None, None), &config, auto).unwrap();
        assert_eq!(selected.profile.name.as_str(), "coding");
        assert_eq!(selected.choice, auto());
        let named = || unreachable!("a profile is named");
        let selected = select(ask(None, Some("default"), None), &config, named).unwrap();
        assert_eq!((selected.profile.name.as_str(), selected.choice), ("default", None));
    }

    fn refuse(ask: ProfileAsk<'_>, field: &str, message: &str, hint: Option<&str>) {
        let fault = answer(ask).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid);
        assert_eq!((fault.field.as_deref(), fault.message.as_str()), (Some(field), message));
        assert_eq!(fault.hint.as_deref(), hint);
    }

    #[test]
    fn unknown_names_are_told_with_the_known_ones() {
        let words = "unknown profile 'Cod'. available: ['default', 'coding', 'writing']";
        let (body, meant) = (Text::fixed("Cod"), Some("did you mean 'coding'?"));
        refuse(ask(Some(&body), None, None), "profile", words, meant);
        refuse(ask(None, Some("Cod"), None), "x-coderouter-profile", words, meant);
        let words = "unknown mode 'x'. available modes: ['fast', 'think']";
        refuse(ask(None, None, Some("x")), "x-coderouter-mode", words, None);
    }

    #[test]
    fn nothing_configured_has_a_cure() {
        let fault = select(ProfileAsk::default(), &fixture::config(&[], &[]), || None).unwrap_err();
        assert_eq!(fault.kind, FaultKind::NoProvider);
        assert!(fault.hint.is_some());
    }
}
