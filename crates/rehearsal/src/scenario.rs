//! Scenarios: acts worth starting by name, each with a sentence for people, and the language that strings
//! them into a script.

mod answers;
mod breaks;
mod hostile;
mod refusals;

use thiserror::Error;

use crate::act::Act;
use crate::answer::Answer;
use crate::overflow::{self, Overflow};
use crate::quirk::Quirk;
use crate::reply::Reply;
use crate::script::Script;
use crate::task::Task;

/// An act with a name.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name on a command line.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// The number it takes, if any.
    pub argument: Option<Argument>,
    build: fn(u64) -> Act,
}

/// The number that a scenario takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it counts, unit included.
    pub meaning: &'static str,
    /// What it is where none is given.
    pub default: u64,
}

impl Scenario {
    /// The act, with the argument or its default.
    pub fn act(&self, argument: Option<u64>) -> Act {
        (self.build)(argument.or(self.argument.map(|known| known.default)).unwrap_or_default())
    }

    const fn plain(name: &'static str, summary: &'static str, build: fn(u64) -> Act) -> Self {
        Self { name, summary, argument: None, build }
    }

    const fn counted(
        name: &'static str,
        summary: &'static str,
        argument: (&'static str, u64),
        build: fn(u64) -> Act,
    ) -> Self {
        let argument = Some(Argument { meaning: argument.0, default: argument.1 });
        Self { name, summary, argument, build }
    }
}

/// Every scenario of its own; quirks and overflows have names too, see [`names`].
pub const ALL: &[&[Scenario]] = &[answers::ALL, refusals::ALL, breaks::ALL, hostile::ALL];

/// Every name a script may use, with its summary: scenarios, `overflow-…`, and quirks.
pub fn names() -> impl Iterator<Item = (String, &'static str)> {
    let scenarios =
        ALL.iter().copied().flatten().map(|scenario| (String::from(scenario.name), scenario.summary));
    let overflows = overflows().map(|overflow| (format!("overflow-{}", overflow.name), overflow.summary));
    let quirks = Quirk::all().map(|quirk| (String::from(quirk.name()), quirk.summary()));
    scenarios.chain(overflows).chain(quirks)
}

/// The act of this name, with its argument if it takes one.
pub fn act(name: &str, argument: Option<u64>) -> Option<Act> {
    if let Some(scenario) = ALL.iter().copied().flatten().find(|scenario| scenario.name == name) {
        return (argument.is_none() || scenario.argument.is_some()).then(|| scenario.act(argument));
    }
    if argument.is_some() {
        return None;
    }
    if let Some(wording) = name.strip_prefix("overflow-") {
        return overflows()
            .find(|overflow| overflow.name == wording)
            .map(|overflow| overflow.response().into());
    }
    Quirk::all().find(|quirk| quirk.name() == name).map(quirky)
}

/// Why a script in words means nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnknownScenario {
    /// Nothing has that name, or what has it takes no number.
    #[error("no scenario is called `{0}`")]
    Name(String),
    /// A count or an argument is no whole number.
    #[error("`{0}` is not a number")]
    Number(String),
    /// A count is zero or beyond what anybody rehearses.
    #[error("`*{0}` is not between 1 and {LONGEST}")]
    Count(usize),
}

/// The highest count of one act.
const LONGEST: usize = 1000;

/// The script of a text: see [`Script::from_name`].
pub(crate) fn parse(text: &str) -> Result<Script, UnknownScenario> {
    let route = |text: &str| {
        let text = text.trim();
        match text.split_once(char::is_whitespace).filter(|_| text.starts_with('/')) {
            Some((prefix, acts)) => Ok((String::from(prefix), parse_acts(acts)?)),
            None => Ok((String::new(), parse_acts(text)?)),
        }
    };
    let mut routes = text.split(';').map(route).collect::<Result<Vec<_>, _>>()?;
    match routes.pop() {
        Some((prefix, script)) if prefix.is_empty() && routes.is_empty() => Ok(script),
        last => Ok(Script::by_prefix(routes.into_iter().chain(last))),
    }
}

fn parse_acts(text: &str) -> Result<Script, UnknownScenario> {
    let mut script: Option<Script> = None;
    for word in text.split(',').map(str::trim) {
        let (name, count) = match word.rsplit_once('*') {
            Some((name, count)) => (name, number(count)?),
            None => (word, 1),
        };
        if !(1..=LONGEST).contains(&count) {
            return Err(UnknownScenario::Count(count));
        }
        let (name, argument) = match name.split_once(':') {
            Some((name, argument)) => (name, Some(number(argument)? as u64)),
            None => (name, None),
        };
        let act = act(name, argument).ok_or_else(|| UnknownScenario::Name(String::from(word)))?;
        for _ in 0..count {
            script = Some(match script {
                None => Script::first(act.clone()),
                Some(script) => script.then(act.clone()),
            });
        }
    }
    script.ok_or_else(|| UnknownScenario::Name(String::from(text)))
}

fn number(text: &str) -> Result<usize, UnknownScenario> {
    text.trim().parse().map_err(|_| UnknownScenario::Number(String::from(text.trim())))
}

fn overflows() -> impl Iterator<Item = &'static Overflow> {
    overflow::PROMPT.iter().chain(overflow::OUTPUT)
}

/// The agent's task, delivered with the quirk, so that quirks of calls show too.
fn quirky(quirk: Quirk) -> Act {
    agent(move |answer| answer.quirk(quirk))
}

/// The agent's task, each answer delivered in this way.
fn agent(deliver: impl Fn(Answer) -> Answer + Send + Sync + 'static) -> Act {
    let task = Task::create_file();
    Act::decide(move |seen| deliver(Answer::from(task.reply(seen))).into())
}

/// The text of answers that break.
fn speech() -> Reply {
    Reply::words("This answer has a good many words so that it can break off somewhere in the middle.")
}
