//! LiteLLM's proxy: `config.yaml`.
//!
//! Its deployments share names, and a request names one. Here every deployment is a provider, every name a profile, and
//! a rule chooses the profile by the request's model.

mod deployment;
mod groups;
mod settings;

use super::account::Account;
use super::names::{Names, exactly};
use super::settle_money;
use super::source::At;
use crate::config::draft::{Outline, Profile, Rule};
use serde_json::json;

/// Turns it into ours.
pub fn import(root: &At<'_>, account: &mut Account) -> Outline {
    let mut outline = Outline::default();
    let mut providers = Names::default();
    let mut profiles = Names::default();
    // Each name of theirs beside ours.
    let mut groups: Vec<(String, String)> = Vec::new();
    for item in root.get("model_list").map(|list| list.items(account)).unwrap_or_default() {
        let Some(name_at) = item.get("model_name") else {
            account.mistake(item.mistake("the deployment has no model_name"));
            continue;
        };
        let Some(name) = name_at.text(account) else { continue };
        let Some(provider) = deployment::read(&item, name, &mut providers, account) else {
            account.leave_out(&item, "left out with its deployment");
            continue;
        };
        let known = groups.iter().position(|(theirs, _)| theirs == name);
        let at = known.unwrap_or_else(|| {
            let ours = profiles.give(name);
            outline.profiles.push(Profile { name: ours.clone(), ..Profile::default() });
            groups.push((name.to_owned(), ours));
            groups.len() - 1
        });
        outline.profiles[at].providers.push(provider.name.clone());
        account.exactly(&name_at, format!("profile {}, and provider {} in it", groups[at].1, provider.name));
        outline.providers.push(provider);
    }
    rules(&groups, &mut outline, account);
    let mut groups = groups::Groups { names: groups, aliases: Vec::new() };
    settings::import(root, &mut groups, &mut outline, account);
    for (alias, profile) in &groups.aliases {
        outline.rules.push(rule(alias, profile));
    }
    settle_money(&mut outline, account);
    outline
}

/// A rule a name; the first is what requests get that name something else.
fn rules(groups: &[(String, String)], outline: &mut Outline, account: &mut Account) {
    let Some(first) = groups.iter().find(|(theirs, _)| theirs == "*").or(groups.first()) else { return };
    outline.default_profile.clone_from(&first.1);
    // What is named in full comes before what is named with a star.
    let mut sorted: Vec<&(String, String)> = groups.iter().filter(|(theirs, _)| theirs != "*").collect();
    sorted.sort_by_key(|(theirs, _)| theirs.contains('*'));
    outline.rules.extend(sorted.into_iter().map(|(theirs, ours)| rule(theirs, ours)));
    account.advise(format!(
        "a model that model_list does not name gets profile {}, where LiteLLM refuses it",
        outline.default_profile
    ));
}

fn rule(name: &str, profile: &str) -> Rule {
    let pattern: Vec<String> = name.split('*').map(exactly).collect();
    Rule {
        id: format!("model-{}", super::names::slug(name)),
        matcher: ("model_pattern", json!(pattern.join(".*"))),
        profile: profile.to_owned(),
    }
}
