//! What came of an attempt, and what is remembered of it.

use super::Claim;
use crate::view::View;
use canon::config::{Config, Profile};
use canon::event::Fact;
use canon::fault::{Fault, FaultKind, Phase};
use canon::moment::Now;
use canon::usage::Usage;
use std::time::Duration;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// The answer came whole.
    Answered {
        /// From the attempt to the first content.
        first_token: Option<Duration>,
        /// Whether it was a stream.
        stream: bool,
    },
    /// It failed.
    Failed {
        /// Why.
        fault: &'a Fault,
        /// Whether content had gone to the client.
        midstream: bool,
    },
    /// Nobody wanted the answer any more: the client went away, or another provider was quicker.
    Abandoned,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// The configuration it went by.
    pub config: &'a Config,
    /// The chain it belonged to.
    pub profile: &'a Profile,
    /// How it ended.
    pub ending: Ending<'a>,
    /// What was used, as far as it is known.
    pub usage: &'a Usage,
    /// The moment.
    pub now: Now,
}

impl View {
    /// Gives a provider back and remembers what came of the attempt. What follows is returned to be told.
    pub fn settle(&self, claim: Claim, settlement: &Settlement<'_>) -> Vec<Fact> {
        let mut memory = self.memory();
        let now = settlement.now.at;
        let name = &claim.provider.name;
        match settlement.ending {
            Ending::Answered { .. } => memory.homes.settle(claim.conversation, name, now),
            Ending::Failed { fault, midstream } => {
                if midstream {
                    memory.breaks.add(claim.conversation, name, now);
                } else if claim.provider.local && has_read(fault) {
                    memory.homes.settle(claim.conversation, name, now);
                }
            }
            Ending::Abandoned => {}
        }
        Vec::new()
    }
}

/// Whether a local server has most likely read a part of the prompt, and keeps it: its next try gets further.
fn has_read(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte | Phase::FirstToken))
}
