//! The world of one night: its clock, its agenda, and everybody in it. Turns are in `turns`, probes in `healing`,
//! and what must hold in `laws`.

use crate::agent::{Agent, Habit, padding};
use crate::backend::Backend;
use crate::dice::Dice;
use crate::meter::Meter;
use crate::past::Past;
use crate::purse::Purse;
use crate::script::TROUBLE;
use crate::setting::{self, Theme};
use crate::transcript::{Length, Transcript};
use crate::walk::{Moment, Walk};
use canon::config::Config;
use canon::event::Fact;
use canon::id::ProviderName;
use canon::moment::Now;
use canon::text::Text;
use routing::conversation::Conversation;
use routing::view::View;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// How long everybody is well at the end.
const CALM: Duration = Duration::from_secs(3_600);

/// The agents of a night.
const AGENTS: usize = 6;

/// How much of what happens goes into the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Who answered whom, when.
    Brief,
    /// Every fact in its order too.
    Whole,
}

/// What can happen next.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// An agent speaks.
    Speak(usize),
    /// The head of an agent's attempt comes.
    Head(usize, u64),
    /// An agent's attempt ends.
    End(usize, u64),
    /// An agent's wait is over.
    Wake(usize, u64),
    /// An agent loses its patience with a turn.
    Leave(usize, u64),
    /// All providers are probed.
    Round,
    /// A provider that is out is probed.
    Recover(usize, routing::exclusion::RecoveryBackoff),
    /// A probe's result comes; with the recovery it belongs to.
    Probed(usize, Result<(), &'static str>, Option<routing::exclusion::RecoveryBackoff>),
}

/// What a night came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Turns that were begun.
    pub turns: u64,
    /// Attempts.
    pub attempts: u64,
    /// Turns that ended with an error.
    pub errors: u64,
    /// Turns that waited for somebody to be free.
    pub waits: u64,
    /// Turns whose first provider the law of recovery named.
    pub bound: u64,
    /// Times that a provider was taken out.
    pub exclusions: u64,
}

/// One night.
pub struct Night {
    /// What it was rolled from.
    pub seed: u64,
    /// What it came to so far.
    pub tally: Tally,
    /// What happened.
    pub transcript: Transcript,
    /// The router's memory.
    pub view: View,
    pub(crate) config: Config,
    pub(crate) at: Duration,
    pub(crate) agents: Vec<Agent>,
    /// Each agent's turn, while it has one.
    pub(crate) walks: Vec<Option<Walk>>,
    pub(crate) backends: Vec<Backend>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) pasts: Vec<Past>,
    pub(crate) purse: Purse,
    /// Who answered each conversation last.
    pub(crate) homes: HashMap<Conversation, (usize, Duration)>,
    /// Who broke which conversation in mid-answer.
    pub(crate) breaks: HashMap<(Conversation, usize), Duration>,
    /// The providers whose recovery is under way.
    pub(crate) recovering: BTreeSet<usize>,
    pub(crate) padding: Text,
    telling: Telling,
    pub(crate) habit: Habit,
    start: Now,
    agenda: BTreeMap<(Duration, u64), Event>,
    serial: u64,
}

impl Night {
    /// Lives through the night of a seed.
    pub fn lived(seed: u64, theme: Theme, telling: Telling) -> Self {
        Self::lived_by(seed, theme, telling, Habit::Bursts)
    }

    /// The same, with agents of a habit.
    pub fn lived_by(seed: u64, theme: Theme, telling: Telling, habit: Habit) -> Self {
        let mut night = Self::rolled(seed, theme, telling, habit);
        night.begin();
        while let Some(((at, _), event)) = night.agenda.pop_first() {
            if at > TROUBLE + CALM {
                break;
            }
            night.at = at;
            night.happen(event);
        }
        night.check_the_end();
        night
    }

    fn rolled(seed: u64, theme: Theme, telling: Telling, habit: Habit) -> Self {
        let mut dice = Dice::of(seed, 0);
        let config = setting::rolled(seed, theme, &mut dice);
        let night = |(place, provider)| Backend::rolled(provider, Dice::of(seed, 100 + place as u64));
        let backends: Vec<Backend> = config.providers.iter().enumerate().map(night).collect();
        // Some nights have a month's end in them.
        let wall = UNIX_EPOCH + Duration::from_secs(1_798_761_600) - dice.seconds(1..90_000);
        Self {
            seed,
            view: View::new(&config),
            meters: config.providers.iter().map(|provider| Meter::new(provider.limits)).collect(),
            pasts: vec![Past::default(); backends.len()],
            agents: (0..AGENTS)
                .map(|number| Agent::new(number, habit, Dice::of(seed, 200 + number as u64)))
                .collect(),
            walks: (0..AGENTS).map(|_| None).collect(),
            start: Now { at: Instant::now(), wall },
            tally: Tally::default(),
            transcript: Transcript::default(),
            at: Duration::ZERO,
            purse: Purse::default(),
            homes: HashMap::new(),
            breaks: HashMap::new(),
            recovering: BTreeSet::new(),
            padding: padding(),
            agenda: BTreeMap::new(),
            serial: 0,
            config,
            backends,
            telling,
            habit,
        }
    }

    fn begin(&mut self) {
        for agent in 0..AGENTS {
            self.later(Duration::from_secs(agent as u64), Event::Speak(agent));
        }
        if self.config.probing.active {
            self.later(self.config.probing.interval, Event::Round);
        }
    }

    fn happen(&mut self, event: Event) {
        self.purse.turn_to(self.now().month());
        match event {
            Event::Speak(agent) => self.speak(agent),
            Event::Head(agent, ticket) => self.head(agent, ticket),
            Event::End(agent, ticket) => self.end(agent, ticket),
            Event::Wake(agent, ticket) => self.wake(agent, ticket),
            Event::Leave(agent, number) => self.leave(agent, number),
            Event::Round => self.round(),
            Event::Recover(place, waits) => self.recover(place, waits),
            Event::Probed(place, result, recovery) => self.probed(place, result, recovery),
        }
    }

    /// The time as the router sees it.
    pub(crate) fn now(&self) -> Now {
        self.start.plus(self.at)
    }

    /// The moment as a walk needs it.
    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment { config: &self.config, view: &self.view, now: self.now(), at: self.at }
    }

    /// Puts something on the agenda, behind everything that is there for the same time. Gives its number.
    pub(crate) fn later(&mut self, wait: Duration, event: Event) {
        self.serial += 1;
        self.agenda.insert((self.at + wait, self.serial), event);
    }

    /// A number that nothing else has.
    pub(crate) fn ticket(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The place of a provider in the configuration.
    pub(crate) fn place(&self, name: &ProviderName) -> usize {
        let place = self.config.providers.iter().position(|provider| provider.name == *name);
        place.expect("chains name only providers that there are")
    }

    /// Writes down that something happened.
    pub(crate) fn tell(&mut self, what: impl std::fmt::Debug) {
        let at = self.at;
        write!(self.transcript, "{at:?} {what:?}").expect("a digest takes everything");
    }

    /// Writes down facts, where all of them are told.
    pub(crate) fn tell_facts(&mut self, facts: impl IntoIterator<Item = Fact>) {
        if self.telling == Telling::Whole {
            facts.into_iter().for_each(|fact| self.tell(fact));
        }
    }

    /// How much the router remembers, by the length of what it prints.
    pub(crate) fn remembered(&self) -> usize {
        let mut length = Length::default();
        write!(length, "{:?}", self.view).expect("a length takes everything");
        length.0
    }
}
