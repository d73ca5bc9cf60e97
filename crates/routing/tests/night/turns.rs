//! Turns of agents: planned, walked attempt by attempt, settled, and heard.

use crate::agent::{Habit, Heard};
use crate::backend::{self, Asked, Course, End, Seen};
use crate::night::{Event, Night};
use crate::purse;
use crate::walk::{Attempt, Step, Walk};
use canon::config::{DriftAction, EmptyResponseAction, PartialStitchAction, Provider, Support};
use canon::event::{Fact, QualityFact};
use canon::fault::{Fault, FaultKind, Phase};
use canon::target::Droppable;
use canon::usage::Usage;
use routing::claim::{self, Claim, Ending, Settlement};
use routing::estimate::ToolContent;
use routing::needs::Needs;
use routing::plan::{Situation, plan};
use routing::pressure::is_memory_pressure;
use std::sync::Arc;
use std::time::Duration;

/// The output that a request without a limit is taken to want.
pub const USUAL_OUTPUT: u64 = 8_192;

/// The turns after which agents speak seldom.
const WORK: u64 = 1_050;

/// What they pause longer then.
const REST: Duration = Duration::from_secs(600);

impl Night {
    /// An agent speaks: its turn is planned and begins.
    pub(crate) fn speak(&mut self, agent: usize) {
        self.check_exclusions();
        let turn = self.agents[agent].turn(self.config.profiles.len());
        let request = turn.request(&self.padding);
        let needs = Needs::of(&request, turn.bytes, ToolContent::Counted);
        let plan = plan(&Situation {
            config: &self.config,
            profile: &self.config.profiles[turn.profile],
            needs: &needs,
            view: &self.view,
            memory: &self.view.memory(),
            conversation: turn.conversation,
            priority: turn.priority,
            local_only: turn.local_only,
            now: self.now(),
        });
        self.tally.turns += 1;
        self.tell_facts(plan.facts());
        let walk = Walk::new(turn, plan, self.tally.turns);
        self.check_plan(&walk);
        if let Some(patience) = turn.patience {
            self.later(patience, Event::Leave(agent, walk.number));
        }
        self.go_on(agent, walk);
    }

    /// A wait is over.
    pub(crate) fn wake(&mut self, agent: usize, ticket: u64) {
        let is_meant = |walk: &mut Walk| walk.is_waiting && walk.ticket == ticket;
        if let Some(mut walk) = self.walks[agent].take_if(is_meant) {
            walk.is_waiting = false;
            self.go_on(agent, walk);
        }
    }

    fn go_on(&mut self, agent: usize, mut walk: Walk) {
        let is_first = walk.asked.is_empty() && walk.ticket == 0;
        let due = if is_first { self.due(&walk) } else { None };
        let step = walk.step(self.moment());
        self.check_refusals(&walk);
        self.tally.bound += u64::from(due.is_some());
        if let Some(due) = due {
            self.check_first(&walk, due, &step);
        }
        match step {
            Step::Try(provider, claim, is_last) => {
                self.promise(&walk, &claim);
                self.attempt(agent, walk, &provider, *claim, is_last, false);
            }
            Step::Wait(wait) => {
                self.tally.waits += 1;
                walk.is_waiting = true;
                walk.ticket = self.ticket();
                self.later(wait, Event::Wake(agent, walk.ticket));
                self.walks[agent] = Some(walk);
            }
            Step::Over => {
                self.check_unanswered(&walk);
                self.finish(agent, &walk, Heard::Error);
            }
        }
    }

    /// Enters the money that is promised to an attempt.
    fn promise(&mut self, walk: &Walk, claim: &Claim) {
        let dollars = claim.reservation().map_or(0.0, |held| held.bound.dollars());
        self.purse.add(claim.provider(), &walk.plan.profile.name, dollars, self.now().month());
    }

    fn attempt(
        &mut self,
        agent: usize,
        mut walk: Walk,
        provider: &Arc<Provider>,
        mut claim: Claim,
        is_last: bool,
        is_again: bool,
    ) {
        let (turn, place) = (walk.turn, self.place(&provider.name));
        let refuses = self.view.refusals(provider).contains(&Droppable::Thinking);
        let asked = Asked {
            conversation: turn.conversation,
            prompt: turn.prompt(),
            max_output: claim.lowered_output().or(turn.max_output).unwrap_or(USUAL_OUTPUT),
            stream: turn.stream,
            thinking: turn.thinking && !refuses && provider.facts.thinking != Support::No,
            is_last,
        };
        let course = self.backends[place].ask(&asked, self.at);
        let used = course.used.prompt() + course.used.output.unwrap_or(0);
        let bound = turn.prompt_bound() + turn.max_output.unwrap_or(USUAL_OUTPUT);
        let number = self.meters[place].sent(bound, used, self.at);
        let promised = claim.reservation().map_or(0.0, |held| held.bound.dollars());
        self.pasts[place].under_way += 1;
        self.tally.attempts += 1;
        self.check_attempt(&walk, place, &course);
        self.check_books(&walk.plan.profile, provider);
        self.tell((agent, place, is_last, asked.max_output, course.took));
        self.tell_facts(claim.facts());
        walk.ticket = self.ticket();
        if course.has_head && self.backends[place].stock.is_some() {
            self.later(course.first.unwrap_or(course.took), Event::Head(agent, walk.ticket));
        }
        self.later(course.took, Event::End(agent, walk.ticket));
        walk.asked.push(Arc::clone(provider));
        let (provider, began) = (Arc::clone(provider), self.at);
        walk.attempt =
            Some(Attempt { claim, provider, number, began, promised, asked, course, is_last, is_again });
        self.walks[agent] = Some(walk);
    }

    /// The head of an answer comes, and tells what is left of the provider's own limit.
    pub(crate) fn head(&mut self, agent: usize, ticket: u64) {
        let Some(walk) = self.walks[agent].as_ref().filter(|walk| walk.ticket == ticket) else { return };
        let Some(attempt) = &walk.attempt else { return };
        let place = self.place(&attempt.provider.name);
        if let Some(stock) = &mut self.backends[place].stock {
            let headers = stock.headers(self.at);
            self.meters[place].told = Some(stock.as_told(self.at));
            attempt.claim.heard(&headers, self.now());
        }
    }

    /// An attempt ends.
    pub(crate) fn end(&mut self, agent: usize, ticket: u64) {
        let Some(mut walk) = self.walks[agent].take_if(|walk| walk.ticket == ticket) else { return };
        let Some(attempt) = walk.attempt.take() else { return };
        match attempt.course.end.clone() {
            End::Unusable(fault) | End::Failed(fault, _) if walk.is_committed => {
                self.broken(agent, walk, attempt, &fault);
            }
            End::Answered => self.answered(agent, &walk, attempt),
            End::Empty if walk.is_committed => {
                let fault = Fault::new(FaultKind::Empty, "nothing more came");
                self.broken(agent, walk, attempt, &fault);
            }
            End::Empty => {
                let takes = walk.plan.profile.empty_response != EmptyResponseAction::Fallback;
                if takes || attempt.is_last {
                    if !takes {
                        self.check_unanswered(&walk);
                    }
                    return self.answered(agent, &walk, attempt);
                }
                let fault = Fault::new(FaultKind::Empty, "the answer had no text and no call");
                self.failed(agent, walk, attempt, &fault);
            }
            End::Unusable(fault) | End::Failed(fault, Seen::Nothing) => {
                self.failed(agent, walk, attempt, &fault);
            }
            End::Failed(fault, Seen::Part) => self.broken(agent, walk, attempt, &fault),
        }
    }

    fn answered(&mut self, agent: usize, walk: &Walk, attempt: Attempt) {
        let place = self.place(&attempt.provider.name);
        let ending = Ending::Answered { first_token: attempt.course.first, stream: walk.turn.stream };
        let first = attempt.course.first.unwrap_or(attempt.course.took / 3);
        let is_good = attempt.course.answer.is_some_and(|answer| answer.called);
        let past = &mut self.pasts[place];
        past.success = Some(self.at);
        past.slow = if first > 2 * self.backends[place].usual { Some(self.at) } else { past.slow };
        let good = &mut past.good[walk.turn.profile];
        *good = if is_good { *good + 1 } else { 0 };
        self.meters[place].answered(attempt.began);
        self.homes.insert(walk.turn.conversation, (place, self.at));
        self.settle(walk, attempt, ending);
        self.finish(agent, walk, Heard::Answer);
    }

    /// An attempt failed before the client had seen anything: the same provider may be asked again, else the next.
    fn failed(&mut self, agent: usize, mut walk: Walk, attempt: Attempt, fault: &Fault) {
        let (provider, is_last) = (Arc::clone(&attempt.provider), attempt.is_last);
        let complains = matches!(attempt.course.end, End::Unusable(_)) && !attempt.is_again;
        let refused = fault.kind == FaultKind::Rejected
            && !self.view.refusals(&provider).contains(&Droppable::Thinking);
        if refused {
            self.view.refused(&provider, Droppable::Thinking);
        }
        walk.failed(&provider, fault);
        self.blamed(&walk, &attempt, fault, false);
        self.settle(&walk, attempt, Ending::Failed { fault, midstream: false });
        let again = complains || refused;
        match again.then(|| walk.claim(&provider, claim::Turn::LastResort, self.moment())) {
            Some(Ok(claim)) => {
                self.promise(&walk, &claim);
                self.attempt(agent, walk, &provider, claim, is_last, true);
            }
            _ => self.go_on(agent, walk),
        }
    }

    /// An answer broke off that the client has seen a part of: somebody goes on with it, or it ends there.
    fn broken(&mut self, agent: usize, mut walk: Walk, attempt: Attempt, fault: &Fault) {
        walk.is_committed = true;
        let stitch = walk.plan.profile.partial_stitch;
        let resumes = stitch == PartialStitchAction::Resume;
        let next = if resumes { walk.successor(self.moment()) } else { None };
        if let Some((_, claim, _)) = &next {
            self.promise(&walk, claim);
        }
        self.blamed(&walk, &attempt, fault, true);
        self.settle(&walk, attempt, Ending::Failed { fault, midstream: true });
        match next {
            Some((provider, claim, is_last)) => {
                self.attempt(agent, walk, &provider, claim, is_last, true);
            }
            None if stitch == PartialStitchAction::Off => self.finish(agent, &walk, Heard::Broken),
            None => self.finish(agent, &walk, Heard::Answer),
        }
    }

    /// A client loses patience.
    pub(crate) fn leave(&mut self, agent: usize, number: u64) {
        let Some(mut walk) = self.walks[agent].take_if(|walk| walk.number == number) else { return };
        if let Some(mut attempt) = walk.attempt.take() {
            let heard = attempt.course.first.is_some_and(|first| attempt.began + first <= self.at);
            let read = Usage { input: Some(attempt.asked.prompt), ..Usage::default() };
            attempt.course.used = if heard { backend::spoken(&attempt.asked) } else { read };
            (attempt.course.tells_usage, attempt.course.answer) = (false, None);
            let place = self.place(&attempt.provider.name);
            self.pasts[place].void = Some(self.at);
            self.settle(&walk, attempt, Ending::Abandoned);
        }
        self.finish(agent, &walk, Heard::Nothing);
    }

    /// Notes what a fault should be held against a provider for.
    fn blamed(&mut self, walk: &Walk, attempt: &Attempt, fault: &Fault, midstream: bool) {
        let (place, at) = (self.place(&attempt.provider.name), self.at);
        let past = &mut self.pasts[place];
        if fault.counts_against_health() {
            past.failure = at;
            past.good[walk.turn.profile] = 0;
        } else {
            past.void = Some(at);
        }
        if is_memory_pressure(&fault.message) {
            past.pressed = Some(at);
        }
        self.meters[place].failed(fault, at);
        let has_read = matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte | Phase::FirstToken));
        if midstream {
            self.breaks.insert((walk.turn.conversation, place), at);
        } else if attempt.provider.local && has_read {
            self.homes.insert(walk.turn.conversation, (place, at));
        }
    }

    /// Gives a provider back.
    fn settle(&mut self, walk: &Walk, attempt: Attempt, ending: Ending<'_>) {
        let Attempt { claim, provider, number, promised, course, began, .. } = attempt;
        let place = self.place(&provider.name);
        let profile = &walk.plan.profile;
        let told = if course.tells_usage { course.used.clone() } else { Usage::default() };
        let is_watched = profile.drift.action != DriftAction::Off;
        let settled = self.view.settle(
            claim,
            &Settlement {
                plan: &walk.plan,
                ending,
                usage: &told,
                input_estimate: walk.turn.prompt(),
                measured: None,
                output_chars: course.used.output.unwrap_or(0) * 4,
                observation: backend::observation(&course).filter(|_| is_watched),
                now: self.now(),
            },
        );
        self.pasts[place].under_way -= 1;
        let tokens = course.used.prompt() + course.used.output.unwrap_or(0);
        self.meters[place].ended(number, course.tells_usage.then_some(tokens));
        if let Some(charge) = &settled.charge {
            let real = purse::charge(&course.used, &provider.cost) - promised;
            self.purse.add(&provider.name, &profile.name, real, charge.month);
        }
        self.check_books(profile, &provider);
        self.moved_back(walk, &settled.facts);
        self.tell((place, settled.excluded, settled.reload, began));
        self.tell_facts(settled.facts);
        if settled.excluded {
            self.heal(place);
        }
        self.wake_all();
    }

    /// Notes who was moved back for its answers.
    fn moved_back(&mut self, walk: &Walk, facts: &[Fact]) {
        for fact in facts {
            let Fact::Quality(quality) = fact else { continue };
            if let QualityFact::DriftPromoted { provider, .. } = &**quality {
                let place = self.place(provider);
                self.check_drift(walk, place);
                self.pasts[place].moved_back[walk.turn.profile] = Some(self.at);
            }
        }
    }

    /// Everybody that waits looks again.
    fn wake_all(&mut self) {
        for agent in 0..self.walks.len() {
            let waiting = self.walks[agent].as_ref().filter(|walk| walk.is_waiting);
            if let Some(ticket) = waiting.map(|walk| walk.ticket) {
                self.later(Duration::ZERO, Event::Wake(agent, ticket));
            }
        }
    }

    fn finish(&mut self, agent: usize, walk: &Walk, heard: Heard) {
        self.tell((agent, walk.number, heard));
        self.tally.errors += u64::from(heard == Heard::Error);
        let pause = self.agents[agent].heard(heard);
        // Who has worked for a whole night speaks seldom in what is left of it.
        let is_tired = self.tally.turns > WORK && self.habit == Habit::Bursts;
        let fatigue = if is_tired { REST } else { Duration::ZERO };
        self.later(pause + fatigue, Event::Speak(agent));
    }
}

/// Whether a course ended in a refusal that the provider's own limit led to.
pub fn is_over_stock(course: &Course, is_limiting: bool) -> bool {
    match &course.end {
        End::Failed(fault, _) => fault.kind == FaultKind::RateLimit && !is_limiting,
        _ => false,
    }
}
