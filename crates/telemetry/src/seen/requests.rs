//! Requests of clients: those on their way, and the latest that are over.

use crate::fact::heading;
use crate::under_way::{Begun, UnderWay};
use canon::event::{Event, Fact, Finished, FlowFact};
use canon::id::{ProviderName, RequestId};
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// How many that are over are kept.
const DONE: usize = 100;

/// How many are kept that were refused before they went anywhere: of most of them no end is told.
const REFUSED: usize = 64;

/// The most names of guards that are kept of one request.
const GUARDS: usize = 16;

/// All requests.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    live: UnderWay<Live>,
    refused: VecDeque<RequestId>,
    done: VecDeque<Done>,
}

/// A request on its way.
#[derive(Debug)]
pub(crate) struct Live {
    /// Its first fact.
    pub(crate) since: SystemTime,
    /// Whom it is at, or waits for.
    pub(crate) provider: Option<ProviderName>,
    /// The number of the attempt, from 1; 0 before the first.
    pub(crate) attempt: usize,
    attempt_since: SystemTime,
    /// Who was started beside the provider.
    rival: Option<ProviderName>,
    answered: Option<(Duration, Option<Duration>)>,
    side: Side,
}

impl Begun for Live {
    fn since(&self) -> SystemTime {
        self.since
    }
}

/// What is known of a request beside its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// What the prompt cache did.
    pub(crate) cache: Option<&'static str>,
    /// Calls that were mended.
    pub(crate) repairs: u64,
    /// The guards and other measures that it met, each once.
    pub(crate) guards: Vec<&'static str>,
}

/// A request that is over.
#[derive(Debug)]
pub(crate) struct Done {
    /// Its id.
    pub(crate) id: RequestId,
    /// When it was over.
    pub(crate) at: SystemTime,
    /// How it ended.
    pub(crate) finished: Finished,
    /// What else is known.
    pub(crate) side: Side,
}

/// What a fact means that it does not say itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Step {
    /// The attempt was begun beside another one and was counted then.
    pub(super) is_known_attempt: bool,
    /// The tokens of the answer, and the seconds in which they came.
    pub(super) speed: Option<(u64, f64)>,
    /// From the attempt to this fact.
    pub(super) took: Option<Duration>,
}

impl Requests {
    /// Takes a fact in.
    pub(super) fn hear(&mut self, event: &Event) -> Step {
        let Some(id) = event.request else { return Step::default() };
        match &event.fact {
            Fact::TokensCounted { .. } => Step::default(),
            Fact::ErrorAnswered { .. } => self.refused(id),
            Fact::Finished(finished) => self.finished(id, event.at, finished),
            fact => {
                let Some(live) = self.live(id, event.at) else { return Step::default() };
                live.hear(event.at, fact)
            }
        }
    }

    /// Those that have got as far as a provider.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = (RequestId, &Live)> {
        self.live.iter().filter(|(_, live)| live.provider.is_some())
    }

    /// Those that are over, the latest first.
    pub(crate) fn over(&self) -> impl Iterator<Item = &Done> {
        self.done.iter().rev()
    }

    fn live(&mut self, id: RequestId, at: SystemTime) -> Option<&mut Live> {
        self.live.begin(id, at, || Live::new(at))
    }

    /// An error was answered. If the request has been nowhere, this may be the last that is heard of it.
    fn refused(&mut self, id: RequestId) -> Step {
        if self.live.get_mut(id).is_some_and(|live| live.provider.is_none()) {
            if self.refused.len() == REFUSED
                && let Some(oldest) = self.refused.pop_front()
            {
                self.live.remove(oldest);
            }
            self.refused.push_back(id);
        }
        Step::default()
    }

    fn finished(&mut self, id: RequestId, at: SystemTime, finished: &Finished) -> Step {
        let live = self.live.remove(id);
        let speed = live.as_ref().and_then(|live| live.speed(finished));
        let gone = if self.done.len() == DONE { self.done.pop_front() } else { None };
        drop(gone);
        let side = live.map(|live| live.side).unwrap_or_default();
        self.done.push_back(Done { id, at, finished: finished.clone(), side });
        Step { speed, ..Step::default() }
    }
}

impl Live {
    fn new(at: SystemTime) -> Self {
        Self {
            since: at,
            provider: None,
            attempt: 0,
            attempt_since: at,
            rival: None,
            answered: None,
            side: Side::default(),
        }
    }

    fn hear(&mut self, at: SystemTime, fact: &Fact) -> Step {
        match fact {
            Fact::Attempted { provider, .. } => return self.attempted(at, provider),
            Fact::Answered { took, first_token, .. } => {
                self.answered = Some((*took, *first_token));
                return Step { took: Some(*took), ..Step::default() };
            }
            Fact::AttemptFailed { provider, .. } => return self.failed(at, provider),
            Fact::Flow(flow) => self.flow(flow),
            Fact::CacheObserved(observed) => self.side.cache = Some(observed.outcome()),
            Fact::ToolRepaired(repaired) if repaired.repaired => self.side.repairs += 1,
            _ => {}
        }
        if super::guards::acts(fact) && !matches!(fact, Fact::ProviderSkipped { .. }) {
            self.side.met(heading(fact).0);
        }
        Step::default()
    }

    fn attempted(&mut self, at: SystemTime, provider: &ProviderName) -> Step {
        let is_known_attempt = self.rival.as_ref() == Some(provider);
        if is_known_attempt {
            self.rival = None;
        }
        self.provider = Some(provider.clone());
        self.attempt += 1;
        self.attempt_since = at;
        self.answered = None;
        Step { is_known_attempt, ..Step::default() }
    }

    fn failed(&mut self, at: SystemTime, provider: &ProviderName) -> Step {
        if self.rival.as_ref() == Some(provider) {
            self.rival = None;
            return Step::default();
        }
        Step { took: at.duration_since(self.attempt_since).ok(), ..Step::default() }
    }

    fn flow(&mut self, flow: &FlowFact) {
        match flow {
            FlowFact::Queued { provider, .. } => self.provider = Some(provider.clone()),
            FlowFact::Hedged { rival, .. } => self.rival = Some(rival.clone()),
            // The winner may have been the rival: then it is attempted next.
            FlowFact::HedgeWon { loser, .. } if self.rival.as_ref() == Some(loser) => self.rival = None,
            _ => {}
        }
    }

    /// How quickly an answer came. A stream is measured from its first content on; what came all at once tells nothing.
    fn speed(&self, finished: &Finished) -> Option<(u64, f64)> {
        const LEAST: f64 = 0.1;
        let (took, first_token) = self.answered.filter(|_| finished.outcome == "answered")?;
        let tokens = finished.tokens.output.filter(|tokens| *tokens > 1)?;
        let before = first_token.filter(|_| finished.stream).unwrap_or_default();
        let seconds = took.saturating_sub(before).as_secs_f64();
        (seconds >= LEAST).then_some((tokens, seconds))
    }
}

impl Side {
    fn met(&mut self, name: &'static str) {
        if self.guards.len() < GUARDS && !self.guards.contains(&name) {
            self.guards.push(name);
        }
    }
}
