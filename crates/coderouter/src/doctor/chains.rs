//! What the findings mean for whole chains: an agent lives if one provider of its chain answers, calls tools and holds its
//! prompt.

use super::checkup::Examined;
use super::finding::Verdict;
use crate::ledger::ToolForm;
use crate::servers::AGENT_CONTEXT;
use canon::config::{Config, Profile};

/// How a chain stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The profile.
    pub profile: String,
    /// How bad it is.
    pub verdict: Verdict,
    /// What that means, in a sentence.
    pub words: String,
}

/// How the chains stand whose providers were all examined, or left out because they may not be asked.
pub fn standings(config: &Config, examined: &[Examined]) -> Vec<Standing> {
    config.profiles.iter().filter_map(|profile| standing(config, profile, examined)).collect()
}

fn standing(config: &Config, profile: &Profile, examined: &[Examined]) -> Option<Standing> {
    let mut members = Vec::new();
    for provider in config.chain(profile) {
        let found = examined.iter().find(|examined| examined.name == provider.name.as_str());
        match found {
            Some(found) => members.push((provider, found)),
            None if provider.paid && !config.allow_paid => {}
            None => return None,
        }
    }
    let answering: Vec<_> = members.iter().filter(|(_, found)| !found.worst().is_blocker()).collect();
    let for_agents = answering.iter().find(|(provider, found)| {
        let learned = found.learned();
        let context = learned.context.or(provider.facts.max_context_tokens);
        learned.tools != Some(ToolForm::None) && context.is_none_or(|context| context >= AGENT_CONTEXT)
    });
    let (verdict, words) = match (members.is_empty(), answering.is_empty(), for_agents) {
        (true, ..) => (Verdict::Skip, "all of its providers cost money, and allow_paid is false".to_owned()),
        (_, true, _) => (Verdict::TransportError, nobody(&members.iter().map(|(_, found)| *found).collect::<Vec<_>>())),
        (.., Some((_, found))) => {
            let count = format!("{} of {} answer", answering.len(), members.len());
            (Verdict::Ok, format!("{count}; `{}` is fit for agents", found.name))
        }
        (.., None) => (
            Verdict::NeedsTuning,
            "short questions are answered, but nobody in it calls tools and holds an agent's prompt (32,768 tokens)".to_owned(),
        ),
    };
    Some(Standing { profile: profile.name.as_str().to_owned(), verdict, words })
}

/// Why nobody answers, where it is the same for all.
fn nobody(members: &[&Examined]) -> String {
    let all = |verdict| members.iter().all(|found| found.worst() == verdict);
    if all(Verdict::AuthFail) {
        "nobody answers, and each lacks a key that is let in: are the keys exported in the shell that starts the router?".to_owned()
    } else if members.iter().all(|found| {
        found.finding("auth+basic-chat").is_some_and(|first| first.verdict == Verdict::TransportError)
    }) {
        "nobody can be reached: is a local server running, and is this machine online?".to_owned()
    } else {
        "nobody answers".to_owned()
    }
}
