//! Guards, healing and passes that acted: how often is counted elsewhere, here is when each did last, and on whom.

use crate::fact::heading;
use crate::line::{Subject, subject};
use canon::event::{BackendFact, Event, Fact, FlowFact};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// By the names of their facts, of which there are only so many.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    latest: BTreeMap<&'static str, Acted>,
}

/// The last time one acted.
#[derive(Debug)]
pub(crate) struct Acted {
    /// When.
    pub(crate) at: SystemTime,
    /// On whom.
    pub(crate) provider: Option<String>,
    /// In which chain.
    pub(crate) profile: Option<String>,
}

impl Guards {
    pub(super) fn hear(&mut self, event: &Event) {
        if !acts(&event.fact) {
            return;
        }
        let Subject { provider, profile } = subject(&event.fact);
        let nothing = || Acted { at: event.at, provider: None, profile: None };
        let acted = self.latest.entry(heading(&event.fact).0).or_insert_with(nothing);
        acted.at = event.at;
        keep(&mut acted.provider, provider);
        keep(&mut acted.profile, profile);
    }

    /// The name of each and what it last did, the latest first.
    pub(crate) fn latest(&self) -> Vec<(&'static str, &Acted)> {
        let mut latest: Vec<_> = self.latest.iter().map(|(name, acted)| (*name, acted)).collect();
        latest.sort_by_key(|(_, acted)| std::cmp::Reverse(acted.at));
        latest
    }
}

/// Keeps a name in the room of the one before: most often it is the same.
fn keep(kept: &mut Option<String>, name: Option<&str>) {
    match (kept, name) {
        (Some(kept), Some(name)) => name.clone_into(kept),
        (kept, name) => *kept = name.map(str::to_owned),
    }
}

/// Whether a fact tells of something that was done about a request or a provider, beyond passing it on.
pub(super) fn acts(fact: &Fact) -> bool {
    match fact {
        Fact::ProviderSkipped { .. }
        | Fact::ChainBlocked { .. }
        | Fact::LocalOnly { .. }
        | Fact::PatternsGivenUp { .. }
        | Fact::UniformAuthFailure { .. }
        | Fact::Degraded { .. }
        | Fact::ToolLoopSeen(_)
        | Fact::ToolCountSeen(_)
        | Fact::ToolChoiceEmulated(_)
        | Fact::ToolReasked { .. }
        | Fact::OutputFiltered { .. }
        | Fact::CacheControlStripped { .. }
        | Fact::StreamTruncated { .. }
        | Fact::EmptyAnswer { .. }
        | Fact::PartialSurfaced { .. }
        | Fact::Quality(_) => true,
        Fact::Flow(flow) => !matches!(**flow, FlowFact::PrefixBroken { .. }),
        Fact::Backend(backend) => !matches!(
            **backend,
            BackendFact::ProbesStarted { .. } | BackendFact::Probed { .. } | BackendFact::ProbeRound { .. }
        ),
        _ => false,
    }
}
