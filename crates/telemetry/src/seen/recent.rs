//! The latest facts about attempts in short, as `/metrics.json` has always had them, and each provider's last error.

use super::names::Names;
use super::requests::Step;
use super::tally::clipped;
use crate::fact::heading;
use canon::event::{Event, Fact, QualityFact};
use canon::id::{ProfileName, ProviderName, RequestId};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

/// How many are kept.
const RECENT: usize = 256;

/// The latest facts about attempts.
#[derive(Debug)]
pub(crate) struct Recent {
    entries: VecDeque<Entry>,
    errors: BTreeMap<Box<str>, LastError>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Entry {
    /// When.
    pub(crate) at: SystemTime,
    /// The fact's name in logs.
    pub(crate) event: &'static str,
    /// Its request.
    pub(crate) request: Option<RequestId>,
    /// The provider.
    pub(crate) provider: Option<ProviderName>,
    /// The chain.
    pub(crate) profile: Option<ProfileName>,
    /// Whether a stream was asked for.
    pub(crate) stream: Option<bool>,
    /// The status of a failure.
    pub(crate) status: Option<u16>,
    /// Whether another try might help.
    pub(crate) retryable: Option<bool>,
    /// From the attempt to its end.
    pub(crate) took: Option<Duration>,
    /// What went wrong, as it was told.
    pub(crate) error: Option<Box<str>>,
}

/// The last error of a provider.
#[derive(Debug)]
pub(crate) struct LastError {
    /// When.
    pub(crate) at: SystemTime,
    /// The status it answered with.
    pub(crate) status: Option<u16>,
    /// Whether another try might help.
    pub(crate) retryable: bool,
    /// What went wrong, as it was told.
    pub(crate) error: Box<str>,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self { entries: VecDeque::with_capacity(RECENT), errors: BTreeMap::new() }
    }

    /// Takes a fact in; `names` are those of the providers that are counted.
    pub(super) fn hear(&mut self, event: &Event, step: &Step, names: &mut Names) {
        let Some(entry) = entry(event, step) else { return };
        if let Fact::AttemptFailed { provider, status, retryable, error, .. } = &event.fact {
            let error = clipped(error).into();
            let last = LastError { at: event.at, status: *status, retryable: *retryable, error };
            self.errors.insert(names.label(provider.as_str()).into(), last);
        }
        if self.entries.len() == RECENT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The latest ones, oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The last error of a provider.
    pub(crate) fn error_of(&self, provider: &str) -> Option<&LastError> {
        self.errors.get(provider)
    }
}

/// A fact in short, if it is one that is kept so.
fn entry(event: &Event, step: &Step) -> Option<Entry> {
    let entry = |provider: &ProviderName| Entry {
        at: event.at,
        event: heading(&event.fact).0,
        request: event.request,
        provider: Some(provider.clone()),
        profile: None,
        stream: None,
        status: None,
        retryable: None,
        took: step.took,
        error: None,
    };
    Some(match &event.fact {
        Fact::Attempted { provider, stream, .. }
        | Fact::Answered { provider, stream, .. }
        | Fact::EmptyAnswer { provider, stream, .. } => Entry { stream: Some(*stream), ..entry(provider) },
        Fact::AttemptFailed { provider, status, retryable, error, .. } => Entry {
            status: *status,
            retryable: Some(*retryable),
            error: Some(clipped(error).into()),
            ..entry(provider)
        },
        Fact::StreamTruncated { provider, .. } => entry(provider),
        Fact::PartialSurfaced { provider, profile, .. } => {
            Entry { profile: Some(profile.clone()), ..entry(provider) }
        }
        Fact::Quality(quality) => match &**quality {
            QualityFact::DriftDetected { provider, profile, .. }
            | QualityFact::DriftPromoted { provider, profile, .. } => {
                Entry { profile: Some(profile.clone()), ..entry(provider) }
            }
            _ => return None,
        },
        _ => return None,
    })
}
