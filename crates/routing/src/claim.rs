//! Taking a provider for one attempt, and giving it back with what came of it: the only two ways in which memory of
//! providers changes. What follows for the next plan is the passes'.

mod settlement;

pub use settlement::{Ending, Settlement};

use crate::conversation::Conversation;
use crate::view::View;
use canon::config::{Config, Profile, Provider};
use canon::event::SkipReason;
use canon::id::{ProfileName, ProviderName};
use canon::moment::Now;
use std::sync::Arc;

/// How urgent a request is at a provider that takes few at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it.
    #[default]
    Main,
    /// Titles, summaries, sub-agents: it must not hold up what somebody waits for.
    Background,
}

/// Whether a provider's turn has come as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It has.
    Planned,
    /// Everybody else has failed or is busy: doubts no longer count, what is forbidden stays so.
    LastResort,
}

/// Who asks for a provider, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Claiming<'a> {
    /// The configuration in force.
    pub config: &'a Config,
    /// The chain.
    pub profile: &'a Profile,
    /// The provider.
    pub provider: &'a Arc<Provider>,
    /// The conversation.
    pub conversation: Conversation,
    /// More prompt tokens than there can be.
    pub tokens_bound: u64,
    /// The most tokens the request wants back.
    pub max_output: Option<u64>,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether its turn has come as planned.
    pub turn: Turn,
    /// The moment.
    pub now: Now,
}

/// A provider, taken for one attempt. It has to be given back by [`View::settle`].
#[derive(Debug)]
#[must_use = "what was claimed has to be settled"]
pub struct Claim {
    pub(crate) provider: Arc<Provider>,
    pub(crate) profile: ProfileName,
    pub(crate) conversation: Conversation,
    pub(crate) began: Now,
}

impl Claim {
    /// The provider that was taken.
    pub fn provider(&self) -> &ProviderName {
        &self.provider.name
    }
}

impl View {
    /// Takes a provider for an attempt.
    ///
    /// # Errors
    /// With the reason, where it may not be asked right now.
    pub fn claim(&self, claiming: &Claiming<'_>) -> Result<Claim, SkipReason> {
        let mut memory = self.memory();
        memory.record_of(claiming.provider);
        Ok(Claim {
            provider: Arc::clone(claiming.provider),
            profile: claiming.profile.name.clone(),
            conversation: claiming.conversation,
            began: claiming.now,
        })
    }
}
