//! Plans as JSON, and the chains as an agent's ordinary request would find them now.

use canon::config::Config;
use canon::dialect::Dialect;
use canon::moment::Now;
use canon::request::Request;
use routing::conversation::Conversation;
use routing::needs::{Needs, Recorded};
use routing::plan::{Plan, Situation, Verdict};
use routing::rates::Priority;
use routing::view::View;
use serde_json::{Value, json};

/// How long the prompt of an ordinary request is, in tokens: short enough for every window.
const ORDINARY: Recorded = Recorded { tokens: 1_000, tools: false, pictures: false };

/// Every profile's chain as it would be tried now.
pub(super) fn all(config: &Config, view: &View, now: Now) -> Value {
    let request = Request::new(Dialect::Anthropic);
    let chains = config.profiles.iter().map(|profile| {
        let plan = routing::plan::plan(&Situation {
            config,
            profile,
            needs: &Needs::recorded(&request, ORDINARY),
            view,
            memory: &view.memory(),
            conversation: Conversation::named(""),
            priority: Priority::Main,
            local_only: false,
            now,
        });
        json!({
            "profile": profile.name.as_str(),
            "is_default": profile.name == config.default_profile,
            "last_resort": plan.is_last_resort,
            "providers": providers(&plan),
        })
    });
    chains.collect()
}

/// A plan: its table for people, and each provider's turn and reason for machines.
pub fn told(plan: &Plan) -> Value {
    json!({
        "profile": plan.profile.name.as_str(),
        "providers": providers(plan),
        "last_resort": plan.is_last_resort,
        "table": plan.to_string(),
    })
}

fn providers(plan: &Plan) -> Value {
    let providers = plan.verdicts.iter().map(|(name, verdict)| {
        let (word, reason) = match verdict {
            Verdict::Keep => ("keep", None),
            Verdict::Sooner => ("first", None),
            Verdict::Later(reason) => ("later", Some(reason.word())),
            Verdict::Skip(reason) => ("skip", Some(reason.word())),
        };
        json!({
            "provider": name.as_str(),
            "turn": plan.turn(name),
            "verdict": word,
            "reason": reason,
            "why": verdict.to_string(),
        })
    });
    providers.collect()
}
