//! Which names the file declares, and whether those it uses are among them.

use std::collections::HashMap;

use super::super::file::Root;
use super::super::near::name_hint;
use super::super::reader::Spanned;
use super::super::report::{Mistake, quoted};
use super::{Findings, unknown_name};

/// The sentinel that chooses the classifier in place of a profile.
pub(super) const AUTO: &str = "auto";

/// The names that may be referred to.
pub(super) struct Declared {
    pub(super) providers: Vec<String>,
    pub(super) profiles: Vec<String>,
}

impl Declared {
    /// Those of the file, and those that swap will fill.
    pub(super) fn of(root: &Root, swapped: &[String]) -> Self {
        let providers = root.providers.iter().map(|provider| &provider.name.value);
        let profiles = root.profiles.iter().map(|profile| &profile.name.value);
        Self {
            providers: providers.chain(swapped).cloned().collect(),
            profiles: profiles.chain(swapped).cloned().collect(),
        }
    }

    pub(super) fn has_profile(&self, name: &str) -> bool {
        self.profiles.iter().any(|known| known == name)
    }

    /// Checks a name that should be a provider's. A name that could not be read has been reported already.
    pub(super) fn check_provider(&self, name: &Spanned<String>, findings: &mut Findings) {
        check(name, "provider", &self.providers, findings);
    }

    /// Checks a name that should be a profile's.
    pub(super) fn check_profile(&self, name: &Spanned<String>, findings: &mut Findings) {
        check(name, "profile", &self.profiles, findings);
    }

    /// A hint for a profile's name that nothing has.
    pub(super) fn profile_hint(&self, name: &str) -> String {
        hint(name, &self.profiles)
    }
}

fn check(name: &Spanned<String>, what: &str, known: &[String], findings: &mut Findings) {
    let is_unread = name.at.is_none() && name.value.is_empty();
    if !is_unread && !known.contains(&name.value) && !findings.is_full() {
        let mistake = name.mistake(unknown_name(what, &name.value));
        findings.report(mistake.hint(hint(&name.value, known)));
    }
}

/// Names that are mistakes themselves are no help.
fn hint(name: &str, known: &[String]) -> String {
    name_hint(name, known.iter().map(String::as_str).filter(|name| *name != AUTO))
}

/// Checks that no two entries have one name, none has an empty one, and no profile is called `auto`.
pub(super) fn unique<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    what: &str,
    findings: &mut Findings,
) {
    let mut seen: HashMap<&str, &Spanned<String>> = HashMap::new();
    for name in names.filter(|name| name.at.is_some()) {
        if name.value.is_empty() {
            findings.report(name.mistake(format!("a {what}'s name must not be empty")));
        } else if what == "profile" && name.value == AUTO {
            let mistake = name.mistake("no profile may be named `auto`");
            findings.report(mistake.hint("`default_profile: auto` means the classifier"));
        }
        if let Some(first) = seen.insert(&name.value, name) {
            let mistake = name.mistake(format!("two {what}s are named {}", quoted(&name.value)));
            findings.report(match first.at {
                Some(at) => mistake.also(at, "the first one"),
                None => mistake,
            });
        }
    }
}

/// Checks that every mode stands for a profile.
pub(super) fn check_aliases(root: &Root, declared: &Declared, findings: &mut Findings) {
    for (mode, profile) in &root.mode_aliases {
        declared.check_profile(profile, findings);
        let is_label = !mode.value.is_empty() && !mode.value.chars().any(char::is_control);
        if !is_label {
            findings.report(mode_mistake(mode));
        }
    }
}

fn mode_mistake(mode: &Spanned<String>) -> Mistake {
    mode.mistake("a mode's name must not be empty or hold control characters")
}
