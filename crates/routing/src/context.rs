//! Whether a prompt fits the window of a provider, what is done where it nearly doesn't, and what the client
//! hears. Each member of a chain is judged by its own window. What is cut is `trim`'s.

mod calibration;
mod measure;
mod room;
pub mod trim;
mod trimming;

pub use calibration::Calibration;
pub use measure::Measure;
pub use room::Room;
pub use trimming::{CONVERSATIONS_LIMIT, Trimming};

use canon::config::{ContextBudget, ContextBudgetAction, Profile, Provider};
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;
use trim::Trimmed;

/// How a prompt stands to the window of one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The provider.
    pub provider: ProviderName,
    /// How long the prompt is thought to be, in tokens.
    pub estimate: u64,
    /// The window and its levels.
    pub room: Room,
    /// What the profile wants done.
    pub standing: Standing,
    /// Whether the answer has the room that the client wants for it.
    pub output: OutputRoom,
}

/// What is done with a prompt at one provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: there is room, or the guard is off.
    Fits,
    /// It is told, and the prompt is sent as it is.
    Warning,
    /// Old turns go first.
    Trim,
    /// It is not sent to this provider.
    Overflow,
}

/// What the window leaves for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputRoom {
    /// As much as is wanted, or nobody has said how much.
    Enough,
    /// Less than is wanted: so many tokens, as far as the estimate can be trusted.
    Short(u64),
}

/// Judges a prompt of `estimate` tokens, and the answer of at most `max_output` tokens that is wanted, by the
/// window of one provider.
pub fn judge(
    estimate: u64,
    max_output: Option<u64>,
    provider: &Provider,
    budget: &ContextBudget,
) -> Judgement {
    let room = Room::of(provider, budget);
    let standing = match budget.action {
        ContextBudgetAction::Off => Standing::Fits,
        ContextBudgetAction::Trim if estimate >= room.trim => Standing::Trim,
        ContextBudgetAction::Reject if estimate >= room.trim => Standing::Overflow,
        _ if estimate >= room.warn => Standing::Warning,
        _ => Standing::Fits,
    };
    let left = room.window.saturating_sub(estimate);
    let output = match max_output {
        Some(wanted) if wanted > left => OutputRoom::Short(left),
        _ => OutputRoom::Enough,
    };
    Judgement { provider: provider.name.clone(), estimate, room, standing, output }
}

impl Judgement {
    /// The share of the window that the prompt takes; above 1 it does not fit.
    pub fn ratio(&self) -> f64 {
        self.estimate as f64 / self.room.window as f64
    }

    /// Whether the prompt is longer than the window, whatever the profile wants done about it.
    pub fn exceeds_window(&self) -> bool {
        self.estimate > self.room.window
    }

    /// The prompt that would still be taken, in tokens: the window, or the level from which the profile refuses where
    /// the prompt is below the window. Clients count from it how much has to go.
    pub fn limit(&self) -> u64 {
        let Self { estimate, room: Room { window, trim, .. }, .. } = self;
        if self.exceeds_window() { *window } else { (*trim).min(estimate.saturating_sub(1)) }
    }

    /// The refusal of the prompt for its provider.
    pub fn refusal(&self, profile: &Profile) -> Fault {
        overflow(self.estimate, self.limit(), self.room.window, &self.provider, profile)
    }
}

/// The refusal of a prompt, in the words that make a client compact.
pub(crate) fn overflow(
    estimate: u64,
    limit: u64,
    window: u64,
    provider: &ProviderName,
    profile: &Profile,
) -> Fault {
    let message = format!(
        "prompt is too long: {estimate} tokens > {limit} maximum (estimated, for the window of {window} tokens of \
         '{provider}' in the profile '{}')",
        profile.name
    );
    let kind = FaultKind::Overflow { prompt: Some(estimate), limit: Some(limit) };
    Fault { should_retry: Some(false), ..Fault::new(kind, message) }
}

/// The value of the header `X-CodeRouter-Context-Budget`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetStatus {
    /// The prompt is near the window.
    Warning,
    /// Old turns were dropped or shortened.
    Trimmed,
}

impl BudgetStatus {
    /// What the client is told about an attempt; nothing where there is room and nothing was cut.
    pub fn of(judgement: &Judgement, trimmed: Option<&Trimmed>) -> Option<Self> {
        match (trimmed, judgement.standing) {
            (Some(_), _) => Some(Self::Trimmed),
            (None, Standing::Fits) => None,
            (None, Standing::Warning | Standing::Trim | Standing::Overflow) => Some(Self::Warning),
        }
    }

    /// The word in the header.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Trimmed => "trimmed",
        }
    }
}

#[cfg(test)]
mod tests;
