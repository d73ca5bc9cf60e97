//! The outline of a conversation: where it may be cut, and what stays in front of a cut.
//!
//! A cut leaves out what stands between the front and one turn. It never parts a call from its results, so what
//! is left is as legal as what came.

use canon::request::{Content, Message, Part, PartKind, Role, Sourced};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// Where a conversation may be cut. Places are indices of turns.
#[derive(Debug)]
pub(super) struct Outline {
    /// How many turns of instructions stand in front.
    pub(super) lead: usize,
    /// The first turn of the preserved tail, `lead <= floor < turns`; nothing from here on is touched.
    pub(super) floor: usize,
    /// Where a cut may lie, rising, from `lead`, which cuts nothing, to `floor`.
    pub(super) starts: Vec<usize>,
    /// Whether the model speaks in a turn; one each.
    answers: Vec<bool>,
    /// The turns in which a person speaks, rising.
    people: Vec<Person>,
}

/// A turn in which a person speaks, not a tool.
#[derive(Debug)]
struct Person {
    at: usize,
    /// From the answer without calls right before it, where there is one: it keeps the roles apart.
    from: usize,
    /// Up to the end of the instructions right behind it.
    to: usize,
}

impl Outline {
    /// Outlines a conversation whose last `preserve_last` turns stay; none of one without turns.
    pub(super) fn of(turns: &[Sourced<Message>], preserve_last: usize) -> Option<Self> {
        let last = turns.len().checked_sub(1)?;
        let lead = turns.iter().take_while(|turn| instructs(turn)).count().min(last);
        let ties = ties(turns);
        let tail = turns.len().saturating_sub(preserve_last.max(1)).max(lead);
        let whole = whole_before(&ties, turns.len());
        let floor = (lead..=tail).rev().find(|at| whole[*at]).unwrap_or(lead);
        let starts = (lead..=floor).filter(|at| *at == lead || whole[*at]).collect();
        let answers = turns.iter().map(|turn| turn.role == Role::Assistant).collect();
        Some(Self { lead, floor, starts, answers, people: people(turns, lead, &ties) })
    }

    /// What stays in front of a cut: the instructions, the task, which is the first that a person said, and
    /// the last that a person said before the cut. It follows from what stands before the cut alone, so it
    /// stays while the conversation grows.
    pub(super) fn pinned(&self, cut: usize) -> [Range<usize>; 3] {
        let before = &self.people[..self.people.partition_point(|person| person.at < cut)];
        let (task, order) = match before {
            [] => (0..0, 0..0),
            [task] => (task.at..task.to, 0..0),
            [task, .., order] => (task.at..task.to, order.from..order.to),
        };
        [0..self.lead, task, order].map(|range| range.start.min(cut)..range.end.min(cut))
    }

    /// Whether the roles take turns where a cut joins: the model answers what is pinned, or a person begins.
    pub(super) fn alternates(&self, cut: usize) -> bool {
        match self.people.first() {
            Some(task) if task.at < cut => self.answers[cut],
            Some(task) => task.at == cut,
            None => true,
        }
    }
}

/// Whether a turn instructs the model rather than talks to it.
fn instructs(turn: &Message) -> bool {
    matches!(turn.role, Role::System | Role::Developer)
}

fn parts(turn: &Message) -> &[Part] {
    match &turn.content {
        Content::Parts(parts) => parts,
        Content::Absent | Content::Text(_) => &[],
    }
}

/// For each turn with results, the earliest turn whose calls they answer. A result belongs to the latest call
/// of its id: weak models use one id again and again.
fn ties(turns: &[Sourced<Message>]) -> Vec<Option<usize>> {
    let mut calls: HashMap<Cow<'_, str>, usize> = HashMap::new();
    let tie = |(at, turn)| {
        let mut earliest: Option<usize> = None;
        for part in parts(turn) {
            match &part.kind {
                PartKind::Call(call) => drop(calls.insert(call.id.read(), at)),
                PartKind::CallResult(result) => {
                    let called = calls.get(&result.call_id.read()).copied();
                    earliest = earliest.into_iter().chain(called).min();
                }
                _ => {}
            }
        }
        earliest
    };
    turns.iter().map(|turn| &**turn).enumerate().map(tie).collect()
}

/// For each place, whether no call before it has a result at or behind it.
fn whole_before(ties: &[Option<usize>], turns: usize) -> Vec<bool> {
    let mut last_result: Vec<usize> = (0..turns).collect();
    for (result, call) in ties.iter().enumerate() {
        if let Some(call) = call {
            last_result[*call] = last_result[*call].max(result);
        }
    }
    let mut reach = 0;
    let whole = |(at, last): (usize, &usize)| {
        let is_whole = at == 0 || reach < at;
        reach = reach.max(*last);
        is_whole
    };
    last_result.iter().enumerate().map(whole).collect()
}

fn people(turns: &[Sourced<Message>], lead: usize, ties: &[Option<usize>]) -> Vec<Person> {
    let mut people = Vec::new();
    // The next turn that is no instruction.
    let mut behind = turns.len();
    for at in (lead..turns.len()).rev() {
        if instructs(&turns[at]) {
            continue;
        }
        if turns[at].role == Role::User && ties[at].is_none() {
            let answered = at > lead && turns[at - 1].role == Role::Assistant;
            let plain =
                answered && !parts(&turns[at - 1]).iter().any(|part| matches!(part.kind, PartKind::Call(_)));
            people.push(Person { at, from: at - usize::from(plain), to: behind });
        }
        behind = at;
    }
    people.reverse();
    people
}
