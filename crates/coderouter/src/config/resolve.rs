//! From what the file says to what the program uses: names looked up, the registry merged in, defaults that depend
//! on other keys filled in. Every mistake is reported, not only the first.

mod auto_router;
mod budget;
mod command;
mod cost;
mod facts;
mod names;
mod privacy;
mod profile;
mod provider;
mod suitability;
mod swap;
mod zone;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use canon::config::{Config, Journal, Provider, State};
use canon::id::ProfileName;

use self::names::{Declared, unique};
use super::environment::{self, Env};
use super::file::{JournalKeys, Root};
use super::notice::Notice;
use super::prices::Prices;
use super::reader::{MAX_MISTAKES, Spanned};
use super::registry::Registry;
use super::report::{Mistake, quoted};
use super::search::expand_home;

/// What resolving needs beside the file.
pub(super) struct Surroundings<'a> {
    pub(super) env: &'a Env,
    pub(super) home: Option<&'a Path>,
    pub(super) registry: &'a Registry,
    pub(super) prices: &'a Prices,
    /// What was wrong already when the file was read.
    pub(super) misread: &'a [Mistake],
}

/// What resolving finds beside the configuration.
#[derive(Default)]
pub(super) struct Findings {
    /// What is wrong in the file.
    pub(super) mistakes: Vec<Mistake>,
    /// What is wrong in the environment.
    pub(super) environment: Vec<Mistake>,
    pub(super) notices: Vec<Notice>,
}

impl Findings {
    fn report(&mut self, mistake: Mistake) {
        if !self.is_full() {
            self.mistakes.push(mistake);
        }
    }

    /// Whether further mistakes would be dropped, so that their hints need not be worked out.
    fn is_full(&self) -> bool {
        self.mistakes.len() >= MAX_MISTAKES
    }
}

/// Resolves the file. The configuration means nothing where there are mistakes.
pub(super) fn resolve(root: Root, surroundings: &Surroundings<'_>) -> (Config, Findings) {
    let mut findings = Findings::default();
    let swapped = swap::placeholders(&root, surroundings.home, &mut findings);
    let declared = Declared::of(&root, &swapped);
    require_some(&root, &swapped, surroundings.misread, &mut findings);
    unique(root.providers.iter().map(|provider| &provider.name), "provider", &mut findings);
    unique(root.profiles.iter().map(|profile| &profile.name), "profile", &mut findings);
    names::check_aliases(&root, &declared, &mut findings);

    let choice = auto_router::default_profile(&root, &declared, surroundings.env, &mut findings);
    let display_timezone = zone::check(root.display_timezone.as_ref(), &mut findings);
    let state = state(&root, surroundings, &mut findings);
    let server = environment::server(root.server, surroundings.env, &mut findings.notices);
    let allow_paid = environment::allow_paid(root.allow_paid, surroundings.env, &mut findings.notices);

    let plugins = &root.plugins;
    let providers: Vec<_> = root
        .providers
        .into_iter()
        .filter_map(|raw| provider::resolve(raw, plugins, surroundings, &mut findings))
        .collect();
    let by_name: HashMap<&str, &Arc<Provider>> =
        providers.iter().map(|provider| (provider.name.as_str(), provider)).collect();
    let mut profiles: Vec<_> = root
        .profiles
        .into_iter()
        .map(|raw| profile::resolve(raw, &by_name, &declared, &mut findings))
        .collect();
    profiles.extend(swapped.into_iter().map(swap::placeholder));
    suitability::check(&profiles, &by_name, &mut findings.notices);
    budget::check(&providers, &profiles, root.monthly_budget, &mut findings.notices);

    let config = Config {
        providers,
        profiles,
        default_profile: choice.profile,
        auto_router: choice.auto_router,
        local_only: privacy::resolve(root.local_only),
        mode_aliases: aliases(root.mode_aliases),
        allow_paid,
        monthly_budget: root.monthly_budget,
        server,
        state,
        probing: root.probing,
        health_cache: root.health_cache,
        display_timezone,
        estimate_counts_tool_content: root.estimate_counts_tool_content,
    };
    (config, findings)
}

/// A list that could not be read is not called empty too.
fn require_some(root: &Root, swapped: &[String], misread: &[Mistake], findings: &mut Findings) {
    for (key, is_empty) in [("providers", root.providers.is_empty()), ("profiles", root.profiles.is_empty())]
    {
        let is_misread = misread.iter().any(|mistake| mistake.key.starts_with(key));
        if is_empty && swapped.is_empty() && !is_misread {
            let mistake = Mistake::new(format!("there are no {key}")).under(key);
            findings.report(mistake.hint("the folder examples/ has files to start from"));
        }
    }
}

fn aliases(raw: Vec<(Spanned<String>, Spanned<String>)>) -> BTreeMap<String, ProfileName> {
    raw.into_iter().map(|(mode, profile)| (mode.value, ProfileName::new(profile.value))).collect()
}

/// Where memory is kept if nobody says, for a home folder.
pub fn default_state_dir(home: &Path) -> PathBuf {
    home.join(".coderouter/state")
}

fn state(root: &Root, surroundings: &Surroundings<'_>, findings: &mut Findings) -> State {
    let dir = match root.state_dir.as_deref() {
        Some("") => None,
        Some(path) => Some(expand_home(path, surroundings.home)),
        None => surroundings.home.map(default_state_dir),
    };
    for (journal, keys) in [("audit_log", &root.audit), ("request_log", &root.requests)] {
        if keys.active && dir.is_none() {
            findings.notices.push(Notice::JournalWithoutState { journal });
        }
    }
    let journal = |keys: &JournalKeys| Journal { active: keys.active, max_bytes: keys.max_bytes };
    State { dir, audit: journal(&root.audit), requests: journal(&root.requests) }
}

/// A mistake about a name that nothing has.
fn unknown_name(what: &str, name: &str) -> String {
    format!("there is no {what} {}", quoted(name))
}
