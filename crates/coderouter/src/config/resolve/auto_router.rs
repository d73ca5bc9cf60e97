//! The default profile: named by the file or the environment, or chosen by the classifier.

use canon::config::{AutoRouter, AutoRule};
use canon::id::ProfileName;
use routing::auto_router::bundled;

use super::super::environment::Env;
use super::super::file::{self, Root};
use super::super::report::Mistake;
use super::names::{AUTO, Declared};
use super::{Findings, unknown_name};

/// What answers a request that names no profile.
pub(super) struct Choice {
    /// The profile; with a classifier the one where no rule matches.
    pub(super) profile: ProfileName,
    pub(super) auto_router: Option<AutoRouter>,
}

/// `CODEROUTER_MODE` wins over the file; it may be a profile, a mode or `auto`.
pub(super) fn default_profile(
    root: &Root,
    declared: &Declared,
    env: &Env,
    findings: &mut Findings,
) -> Choice {
    check_rules(root, declared, findings);
    let name = match env.get_trimmed("CODEROUTER_MODE") {
        Some(mode) => from_environment(mode, root, declared, findings),
        None => {
            if root.default_profile.value != AUTO {
                check_named(root, declared, findings);
            }
            root.default_profile.value.clone()
        }
    };
    if name != AUTO {
        return Choice { profile: ProfileName::new(name), auto_router: None };
    }
    let auto_router = match &root.auto_router {
        Some(raw) => resolve(raw),
        None => AutoRouter { enabled: true, rules: Vec::new(), otherwise: ProfileName::new("writing") },
    };
    if auto_router.enabled && root.auto_router.as_ref().is_none_or(|raw| raw.rules.is_empty()) {
        check_bundled(root, &auto_router.otherwise, declared, findings);
    }
    Choice { profile: auto_router.otherwise.clone(), auto_router: Some(auto_router) }
}

fn from_environment(mode: &str, root: &Root, declared: &Declared, findings: &mut Findings) -> String {
    if mode == AUTO || declared.has_profile(mode) {
        return mode.to_owned();
    }
    if let Some((_, profile)) = root.mode_aliases.iter().find(|(alias, _)| alias.value == mode) {
        return profile.value.clone();
    }
    let mistake = Mistake::new(format!("{}, nor a mode of that name", unknown_name("profile", mode)));
    findings.environment.push(mistake.under("CODEROUTER_MODE").hint(declared.profile_hint(mode)));
    mode.to_owned()
}

/// The file's default profile. Where it is not set, `default` must exist.
fn check_named(root: &Root, declared: &Declared, findings: &mut Findings) {
    let name = &root.default_profile;
    if name.at.is_some() {
        declared.check_profile(name, findings);
    } else if !declared.profiles.is_empty() && !declared.has_profile(&name.value) {
        let first = &declared.profiles[0];
        let mistake = Mistake::new("default_profile is not set, and no profile is named `default`");
        findings.report(mistake.under("default_profile").hint(format!("add `default_profile: {first}`")));
    }
}

/// Rules are checked whether or not the classifier is in force.
fn check_rules(root: &Root, declared: &Declared, findings: &mut Findings) {
    let Some(raw) = &root.auto_router else { return };
    for rule in &raw.rules {
        declared.check_profile(&rule.profile, findings);
    }
    if raw.otherwise.at.is_some() {
        declared.check_profile(&raw.otherwise, findings);
    } else if !declared.has_profile(&raw.otherwise.value) {
        let mistake = Mistake::new("default_rule_profile is not set, and no profile is named `writing`");
        findings.report(mistake.under("auto_router.default_rule_profile"));
    }
}

/// The profiles that the bundled rules choose must exist, and without a block the one where none matches. With a
/// block, `check_rules` has looked at that one.
fn check_bundled(root: &Root, otherwise: &ProfileName, declared: &Declared, findings: &mut Findings) {
    let chosen = bundled().map(|rule| rule.profile);
    let otherwise = root.auto_router.is_none().then_some(otherwise);
    let needed = chosen.iter().chain(otherwise).map(ProfileName::as_str);
    let missing: Vec<&str> = needed.filter(|name| !declared.has_profile(name)).collect();
    if !missing.is_empty() {
        let message = format!("the bundled rules of `auto` need the profiles {}", missing.join(", "));
        let mistake = root.default_profile.mistake(message);
        findings.report(
            mistake
                .hint("declare them under profiles")
                .hint("or write an auto_router block with rules of your own")
                .hint("or name one profile as default_profile"),
        );
    }
}

fn resolve(raw: &file::AutoRouter) -> AutoRouter {
    let rules = raw.rules.iter().enumerate().filter_map(|(index, rule)| {
        Some(AutoRule {
            id: rule.id.clone().unwrap_or_else(|| format!("user:{index}")),
            profile: ProfileName::new(rule.profile.value.as_str()),
            matcher: rule.matcher.clone()?,
        })
    });
    AutoRouter {
        enabled: !raw.disabled,
        rules: rules.collect(),
        otherwise: ProfileName::new(raw.otherwise.value.as_str()),
    }
}
