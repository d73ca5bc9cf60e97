//! What the findings mean for whole chains: an agent lives if one provider of its chain answers, calls tools and holds its
//! prompt.

use super::checkup::Examined;
use super::finding::Verdict;
use crate::ledger::ToolForm;
use crate::servers::AGENT_CONTEXT;
use canon::config::{Config, Profile, Provider, Support};

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
    let for_agents = answering.iter().find(|(provider, found)| is_fit(provider, found));
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

/// Whether agents get calls from it; who was not seen to call any is believed to be able, unless it is declared not to.
fn calls_tools(provider: &Provider, found: &Examined) -> bool {
    let is_refused = found.finding("tool_calls").is_some_and(|finding| finding.verdict.gravity() > 0);
    match found.learned().tools {
        Some(form) => form != ToolForm::None,
        None => !is_refused && provider.facts.tools != Support::No,
    }
}

/// The probes that an agent's work depends on, beside those of tools.
const VITAL: [&str; 3] = ["num_ctx", "agent", "long_prompt"];

/// Whether an agent could work with a provider alone: it calls tools, and holds an agent's prompt as far as is known.
fn is_fit(provider: &Provider, found: &Examined) -> bool {
    let context = found.learned().context.or(provider.facts.max_context_tokens);
    let is_well = |name: &str| found.finding(name).is_none_or(|finding| finding.verdict.gravity() == 0);
    calls_tools(provider, found)
        && context.is_none_or(|context| context >= AGENT_CONTEXT)
        && VITAL.into_iter().all(is_well)
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

#[cfg(test)]
mod tests {
    use super::super::finding::Finding;
    use super::*;
    use crate::discovery;
    use crate::ledger::Learned;

    #[test]
    fn who_refuses_tools_is_not_fit_for_agents() {
        let text = "providers:\n  - {name: a, base_url: \"http://127.0.0.1:9/v1\", model: m}\n\
                    profiles:\n  - {name: default, providers: [a]}\n";
        let mut config = discovery::load(text).unwrap().config;
        let verdict = |config: &Config, finding: Finding| {
            let finding = Finding { probe: "tool_calls", ..finding };
            let examined = Examined { name: "a".to_owned(), findings: vec![finding], ..Examined::default() };
            standings(config, &[examined])[0].verdict
        };
        let structured = Learned { tools: Some(ToolForm::Structured), ..Learned::default() };
        assert_eq!(verdict(&config, Finding::skip("no answer")), Verdict::Ok);
        assert_eq!(verdict(&config, Finding::tuning("it refuses requests with tools")), Verdict::NeedsTuning);
        std::sync::Arc::make_mut(&mut config.providers[0]).facts.tools = Support::No;
        assert_eq!(verdict(&config, Finding::ok("the configuration knows it")), Verdict::NeedsTuning);
        assert_eq!(verdict(&config, Finding::tuning("it can").learned(structured)), Verdict::Ok);
    }
}
