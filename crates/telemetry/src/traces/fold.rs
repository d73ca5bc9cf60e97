//! The fold: facts of requests under way, and the spans of each that is over.

use super::call::{Call, Outcome};
use super::convention as names;
use super::span::{Kind, Mark, Span};
use super::told;
use crate::attribute::Attribute;
use crate::redact::Redactor;
use crate::under_way::{Begun, UnderWay};
use canon::event::{AttemptTrace, Event, Fact, Finished, FlowFact, RequestTrace, TokenCounts};
use canon::id::{ProviderName, RequestId};
use std::collections::VecDeque;
use std::time::SystemTime;

/// How many are kept that were refused before anybody was asked: of most of them no end is told.
const REFUSED: usize = 64;

/// The most attempts of one request that become spans.
const ATTEMPTS: usize = 64;

/// The most marks of one request.
const MARKS: usize = 128;

/// Traces of requests under way.
#[derive(Debug, Default)]
pub struct Traces {
    live: UnderWay<Live>,
    refused: VecDeque<(RequestId, Live)>,
    lost: u64,
}

/// What is told of a request that is over.
#[derive(Debug)]
pub struct Done {
    /// Its attempts, in the order they began.
    pub calls: Vec<Call>,
    /// Its spans, its own first; none where its trace is not kept.
    pub spans: Vec<Span>,
}

#[derive(Debug)]
struct Live {
    since: SystemTime,
    calls: Vec<Call>,
    marks: Vec<Mark>,
    lost_marks: u32,
}

impl Begun for Live {
    fn since(&self) -> SystemTime {
        self.since
    }
}

/// Takes one out of those that were refused.
fn taken(refused: &mut VecDeque<(RequestId, Live)>, id: RequestId) -> Option<Live> {
    let place = refused.iter().position(|(known, _)| *known == id)?;
    refused.remove(place).map(|(_, live)| live)
}

impl Traces {
    /// Takes a fact in; the end of a request makes its spans. Nobody may ask for facts of requests that have none.
    pub fn hear(&mut self, event: &Event, redactor: &Redactor) -> Option<Done> {
        let id = event.request?;
        match &event.fact {
            Fact::Finished(finished) => return self.finished(id, event.at, finished, redactor),
            Fact::Answered { .. } | Fact::AttemptFailed { .. } | Fact::CacheObserved(_) => {
                if let Some(live) = self.live.get_mut(id) {
                    live.ended(event.at, &event.fact);
                }
            }
            Fact::Attempted { provider, traced: Some(traced), .. } => {
                self.live(id, event.at)?.began(event.at, provider, traced);
            }
            fact => {
                let mark = told::attributes(fact, redactor);
                if let Some(attributes) = mark {
                    let name = crate::fact::heading(fact).0;
                    self.live(id, event.at)?.mark(Mark { at: event.at, name, attributes });
                }
                self.flow(id, event.at, fact);
            }
        }
        None
    }

    /// How many requests were too many to be known, since the last time this was asked.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    fn flow(&mut self, id: RequestId, at: SystemTime, fact: &Fact) {
        match fact {
            Fact::Flow(flow) => match &**flow {
                FlowFact::Hedged { rival, traced: Some(traced), .. } => {
                    self.live.get_mut(id).into_iter().for_each(|live| live.began(at, rival, traced));
                }
                FlowFact::HedgeWon { loser, .. } => {
                    self.live.get_mut(id).into_iter().for_each(|live| live.let_go(at, loser));
                }
                _ => {}
            },
            // Where nobody answered the end follows at once; else none is ever told.
            Fact::ErrorAnswered { .. } => {
                if let Some(live) = self.live.remove(id) {
                    self.refused.push_back((id, live));
                }
                if self.refused.len() > REFUSED {
                    self.refused.pop_front();
                }
            }
            _ => {}
        }
    }

    /// One that was refused after all goes on for a few facts more.
    fn live(&mut self, id: RequestId, at: SystemTime) -> Option<&mut Live> {
        let Self { live, refused, lost } = self;
        let live = live.begin(id, at, || taken(refused, id).unwrap_or_else(|| Live::since(at)));
        *lost += u64::from(live.is_none());
        live
    }

    fn finished(
        &mut self,
        id: RequestId,
        at: SystemTime,
        finished: &Finished,
        redactor: &Redactor,
    ) -> Option<Done> {
        let live = self.live.remove(id).or_else(|| taken(&mut self.refused, id));
        let trace = finished.trace.as_deref()?;
        let Live { mut calls, marks, lost_marks, .. } = live.unwrap_or_else(|| Live::since(at));
        settle(&mut calls, at, finished, redactor);
        let mut spans = Vec::new();
        if trace.context.flags.is_sampled() {
            let request = Span { marks, lost_marks, ..request(id, at, trace, finished, redactor) };
            let below = calls.iter().map(|call| call.span(trace));
            spans = [request].into_iter().chain(below).collect();
        }
        Some(Done { calls, spans })
    }
}

impl Live {
    fn since(since: SystemTime) -> Self {
        Self { since, calls: Vec::new(), marks: Vec::new(), lost_marks: 0 }
    }

    fn began(&mut self, at: SystemTime, provider: &ProviderName, traced: &AttemptTrace) {
        // One that was begun beside another is told again when it is the only one left.
        let is_known = self.calls.iter().any(|call| call.traced.span == traced.span);
        if is_known || self.calls.len() >= ATTEMPTS {
            return;
        }
        self.calls.push(Call {
            provider: provider.clone(),
            traced: traced.clone(),
            start: at,
            end: SystemTime::UNIX_EPOCH,
            outcome: Outcome::LetGo,
            status: None,
            first_token: None,
            model: None,
            tokens: TokenCounts::default(),
        });
    }

    fn ended(&mut self, at: SystemTime, fact: &Fact) {
        match fact {
            Fact::Answered { provider, first_token, .. } => {
                let Some(call) = self.open(provider) else { return };
                (call.end, call.outcome, call.status) = (at, Outcome::Answered, Some(200));
                call.first_token = *first_token;
            }
            Fact::AttemptFailed { provider, status, .. } => {
                let Some(call) = self.open(provider) else { return };
                (call.end, call.outcome, call.status) = (at, Outcome::Failed(UNKNOWN), *status);
            }
            Fact::CacheObserved(observed) => {
                let mut calls = self.calls.iter_mut().rev();
                if let Some(call) = calls.find(|call| call.provider == observed.provider) {
                    call.tokens = TokenCounts::from(&observed.usage);
                }
            }
            _ => {}
        }
    }

    fn let_go(&mut self, at: SystemTime, provider: &ProviderName) {
        if let Some(call) = self.open(provider) {
            call.end = at;
        }
    }

    fn open(&mut self, provider: &ProviderName) -> Option<&mut Call> {
        let is_open = |call: &&mut Call| call.provider == *provider && call.end == SystemTime::UNIX_EPOCH;
        self.calls.iter_mut().rev().find(is_open)
    }

    fn mark(&mut self, mark: Mark) {
        if self.marks.len() < MARKS {
            self.marks.push(mark);
        } else {
            self.lost_marks = self.lost_marks.saturating_add(1);
        }
    }
}

/// The word for a failure that has no better one.
const UNKNOWN: &str = "_OTHER";

/// What only the end of a request tells of its attempts: those still open are over, why each failed, which model
/// answered.
fn settle(calls: &mut [Call], at: SystemTime, finished: &Finished, redactor: &Redactor) {
    for call in calls.iter_mut().filter(|call| call.end == SystemTime::UNIX_EPOCH) {
        call.end = at;
    }
    let mut departures: Vec<_> =
        finished.departures.iter().filter(|it| it.attempted && it.reason != "hedged").collect();
    for call in calls.iter_mut().filter(|call| matches!(call.outcome, Outcome::Failed(_))) {
        let same = |call: &Call| departures.iter().position(|it| it.from == call.provider);
        if let Some(place) = same(call) {
            call.outcome = Outcome::Failed(departures.remove(place).reason);
        }
    }
    if let Some(call) = calls.iter_mut().rev().find(|call| Some(&call.provider) == finished.provider.as_ref())
    {
        call.model = finished.model.as_ref().map(|model| redactor.clean(model.as_str()).into_owned());
    }
}

/// The span of a client's request.
fn request(
    id: RequestId,
    at: SystemTime,
    trace: &RequestTrace,
    finished: &Finished,
    redactor: &Redactor,
) -> Span {
    let clean = |text: &str| redactor.clean(text).into_owned();
    // What a client did wrong is no failure of the server's.
    let failed = finished.status >= 500 || finished.outcome == "broken";
    let mut attributes: Vec<Attribute> = vec![
        (names::METHOD, "POST".into()),
        (names::ROUTE, trace.route.into()),
        (names::PATH, trace.route.into()),
        (names::SCHEME, "http".into()),
        (names::STATUS, finished.status.into()),
        ("coderouter.request_id", id.to_string().into()),
        ("coderouter.outcome", finished.outcome.into()),
        ("coderouter.attempts", finished.attempts.into()),
        ("coderouter.stream", finished.stream.into()),
        ("coderouter.cost_usd", finished.cost.dollars().into()),
        ("coderouter.cache_savings_usd", finished.savings.dollars().into()),
    ];
    let profile = finished.profile.as_ref();
    attributes.extend(profile.map(|profile| ("coderouter.profile", clean(profile.as_str()).into())));
    let provider = finished.provider.as_ref();
    attributes.extend(provider.map(|provider| ("coderouter.provider", clean(provider.as_str()).into())));
    if failed {
        let why = if finished.status >= 400 { finished.status.to_string() } else { finished.outcome.into() };
        attributes.push((names::ERROR, why.into()));
    }
    Span {
        context: trace.context,
        parent: trace.parent,
        kind: Kind::Server,
        name: format!("POST {}", trace.route),
        start: at.checked_sub(finished.took).unwrap_or(at),
        end: at,
        attributes,
        marks: Vec::new(),
        lost_marks: 0,
        failed,
    }
}
