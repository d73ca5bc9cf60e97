//! `Router` and `fallback`: which model for which kind of request, and who comes next.

use super::Model;
use crate::config::draft::{Outline, Profile, Rule};
use crate::importing::account::Account;
use crate::importing::source::At;
use serde_json::json;

/// A kind of requests, and how it is told from others here.
struct Kind {
    name: &'static str,
    matcher: Option<&'static str>,
    note: &'static str,
}

/// The kinds in the order in which they are looked for.
const KINDS: &[Kind] = &[
    Kind {
        name: "longContext",
        matcher: Some("content_token_count_min"),
        note: "tokens are estimated otherwise, and earlier answers of the session don't count",
    },
    Kind { name: "background", matcher: Some("model_pattern"), note: "" },
    Kind {
        name: "webSearch",
        matcher: None,
        note: "no rule sees it in a request; ask for the model claude-coderouter-webSearch",
    },
    Kind {
        name: "think",
        matcher: None,
        note: "no rule sees it in a request; ask for the model claude-coderouter-think",
    },
    Kind {
        name: "image",
        matcher: Some("has_image"),
        note: "the whole request goes there, not the picture alone",
    },
];

/// The threshold where none is set.
const LONG: f64 = 60000.0;

/// Makes profiles and rules.
pub fn import(root: &At<'_>, models: &[Model], outline: &mut Outline, account: &mut Account) {
    let Some(router) = root.get("Router") else { return };
    let settings = router.settings(account);
    let fallback = root.get("fallback");
    if let Some(at) = settings.iter().find(|(key, _)| *key == "default").map(|(_, at)| at)
        && let Some(profile) = chain("default", at, fallback.as_ref(), models, account)
    {
        account.exactly(at, "profile default");
        outline.profiles.push(profile);
    }
    for kind in KINDS {
        let Some((_, at)) = settings.iter().find(|(key, _)| *key == kind.name) else { continue };
        let Some(profile) = chain(kind.name, at, fallback.as_ref(), models, account) else { continue };
        outline.profiles.push(profile);
        if let Some(matcher) = kind.matcher {
            let value = match matcher {
                "content_token_count_min" => json!(threshold(&router, account)),
                "model_pattern" => json!(".*(claude.*haiku|haiku.*claude).*"),
                _ => json!(true),
            };
            let rule =
                Rule { id: kind.name.to_owned(), matcher: (matcher, value), profile: kind.name.to_owned() };
            outline.rules.push(rule);
        }
        if kind.note.is_empty() {
            account.exactly(at, format!("profile {} and a rule that chooses it", kind.name));
        } else {
            account.roughly(at, format!("profile {}; {}", kind.name, kind.note));
        }
    }
    for (key, at) in &settings {
        let is_known = *key == "default" || KINDS.iter().any(|kind| kind.name == *key);
        match *key {
            "longContextThreshold" if outline.rules.iter().any(|rule| rule.id == "longContext") => {
                account.roughly(at, "content_token_count_min of the rule longContext");
            }
            "longContextThreshold" => account.not(at, "Router has no longContext"),
            _ if is_known => {}
            _ => account.unknown(at),
        }
    }
    leftovers(fallback.as_ref(), outline, account);
}

fn threshold(router: &At<'_>, account: &mut Account) -> u64 {
    let set = router.get("longContextThreshold").and_then(|at| at.number(account)).unwrap_or(LONG);
    // Theirs is passed, ours is reached.
    (set as u64).saturating_add(1)
}

/// The chain of a kind: its model, then those that it falls back to.
fn chain(
    kind: &str,
    at: &At<'_>,
    fallback: Option<&At<'_>>,
    models: &[Model],
    account: &mut Account,
) -> Option<Profile> {
    let mut providers = vec![named(at, models, account)?];
    if let Some(next) = fallback.and_then(|fallback| fallback.get(kind)) {
        for item in next.items(account) {
            let Some(name) = named(&item, models, account) else { continue };
            account.exactly(&item, format!("next in profile {kind}"));
            if !providers.contains(&name) {
                providers.push(name);
            }
        }
    }
    Some(Profile { name: kind.to_owned(), providers, ..Profile::default() })
}

/// The provider here that `provider,model` means.
fn named(at: &At<'_>, models: &[Model], account: &mut Account) -> Option<String> {
    let text = at.text(account)?;
    let parts = text.split_once(',').map(|(provider, model)| (provider.trim(), model.trim()));
    let found = parts.and_then(|(provider, model)| {
        models.iter().find(|known| known.provider == provider && known.model == model)
    });
    if found.is_none() {
        let known: Vec<String> =
            models.iter().map(|known| format!("{},{}", known.provider, known.model)).take(8).collect();
        let known = if known.is_empty() { String::new() } else { format!("; known: {}", known.join("  ")) };
        account.mistake(
            at.mistake(format!("`{}` names no model of a provider", text.escape_debug()))
                .hint(format!("it is written provider,model{known}")),
        );
    }
    found.map(|model| model.name.clone())
}

/// Fallbacks of kinds that have no model, and models that stand in no chain.
fn leftovers(fallback: Option<&At<'_>>, outline: &Outline, account: &mut Account) {
    for (key, at) in fallback.map(|at| at.settings(account)).unwrap_or_default() {
        if !outline.profiles.iter().any(|profile| profile.name == key) {
            account.not(&at, format!("Router has no {key}, so nothing falls back to it"));
        }
    }
    let is_used = |name: &String| outline.profiles.iter().any(|profile| profile.providers.contains(name));
    let idle: Vec<&str> = outline
        .providers
        .iter()
        .map(|provider| &provider.name)
        .filter(|name| !is_used(name))
        .map(String::as_str)
        .collect();
    if !idle.is_empty() {
        account.advise(format!(
            "in no chain: {}; a profile has to name what is to be used, where `/model provider,model` did before",
            idle.join(", ")
        ));
    }
}
