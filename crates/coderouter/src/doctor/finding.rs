//! What one probe found.

use super::fix::Fix;
use crate::ledger::Learned;
use std::time::Duration;

/// How a probe ended. The names and badges are those of the Python program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It works.
    Ok,
    /// It was not looked at, or says nothing.
    Skip,
    /// It works badly, and something can be done.
    NeedsTuning,
    /// The backend does not have what is asked for.
    Unsupported,
    /// The backend does not let us in.
    AuthFail,
    /// The backend can't be reached, or gives no answer of its protocol.
    TransportError,
}

impl Verdict {
    /// Its name for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skip => "skip",
            Self::NeedsTuning => "needs_tuning",
            Self::Unsupported => "unsupported",
            Self::AuthFail => "auth_fail",
            Self::TransportError => "transport_error",
        }
    }

    /// Its badge for people.
    pub const fn badge(self) -> &'static str {
        match self {
            Self::Ok => "[OK]",
            Self::Skip => "[SKIP]",
            Self::NeedsTuning => "[NEEDS TUNING]",
            Self::Unsupported => "[UNSUPPORTED]",
            Self::AuthFail => "[AUTH FAIL]",
            Self::TransportError => "[TRANSPORT ERROR]",
        }
    }

    /// Whether nothing can be asked of the backend at all.
    pub const fn is_blocker(self) -> bool {
        matches!(self, Self::Unsupported | Self::AuthFail | Self::TransportError)
    }

    /// How bad it is: 0 well, 1 to be tuned, 2 a blocker.
    pub const fn gravity(self) -> u8 {
        match self {
            Self::Ok | Self::Skip => 0,
            Self::NeedsTuning => 1,
            Self::Unsupported | Self::AuthFail | Self::TransportError => 2,
        }
    }
}

/// What one probe found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The probe's name.
    pub probe: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen, in one or a few sentences.
    pub detail: String,
    /// What the user will notice if nothing is done.
    pub feels: Option<&'static str>,
    /// What to do, where the configuration is not the place for it.
    pub advice: Vec<String>,
    /// What may help in the configuration; where there are several, the first that helps is enough.
    pub fixes: Vec<Fix>,
    /// What is now known of the model.
    pub learned: Learned,
    /// How long it took.
    pub took: Duration,
}

impl Finding {
    /// A finding with nothing but a verdict and what was seen. The probe's name and time are added by who runs it.
    pub fn new(verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            probe: "",
            verdict,
            detail: detail.into(),
            feels: None,
            advice: Vec::new(),
            fixes: Vec::new(),
            learned: Learned::default(),
            took: Duration::ZERO,
        }
    }

    /// All is well.
    pub fn ok(detail: impl Into<String>) -> Self {
        Self::new(Verdict::Ok, detail)
    }

    /// It was not looked at, and why.
    pub fn skip(detail: impl Into<String>) -> Self {
        Self::new(Verdict::Skip, detail)
    }

    /// It works badly.
    pub fn tuning(detail: impl Into<String>) -> Self {
        Self::new(Verdict::NeedsTuning, detail)
    }

    /// The same with what the user will notice.
    #[must_use]
    pub fn feels(mut self, words: &'static str) -> Self {
        self.feels = Some(words);
        self
    }

    /// The same with something to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice.push(advice.into());
        self
    }

    /// The same with something that may help.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// The same with what was learned.
    #[must_use]
    pub fn learned(mut self, learned: Learned) -> Self {
        self.learned = learned;
        self
    }
}
