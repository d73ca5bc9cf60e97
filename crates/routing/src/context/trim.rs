//! What of a conversation goes so that its prompt fits a window, decided once and kept until the prompt has grown
//! into the window again.
//!
//! Old tool results are shortened first, then old turns are dropped. The instructions, the task and the latest
//! turns stay, and calls stay with their results. Between two steps nothing but the end of the prompt changes,
//! so that a backend's prompt cache holds. The conversation itself is never written; a shape applies the cut.

mod mark;
mod outline;
mod shorten;
mod weights;

use super::{Measure, Room};
use canon::request::{Message, Request, Sourced};
use mark::Mark;
use outline::Outline;
use std::ops::Range;
use weights::{Place, Weights};

/// What goes of one request, and what that comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Turns that stay as they are though they stand before `from`; rising, apart from each other.
    pinned: [Range<usize>; 3],
    /// The first turn of those that stay.
    from: usize,
    /// The first turn whose results are not shortened; `from <= shorten`.
    shorten: usize,
    /// For those who tell it.
    pub trimmed: Trimmed,
}

/// What a cut comes to. Tokens are those of the provider's measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trimmed {
    /// Turns of the request.
    pub messages_before: usize,
    /// Turns left.
    pub messages_after: usize,
    /// Tool results shortened in those.
    pub results_shortened: usize,
    /// The prompt as it came.
    pub tokens_before: u64,
    /// The prompt as it goes; never more.
    pub tokens_after: u64,
    /// The provider's window.
    pub window: u64,
    /// Whether the cut is a new one.
    pub step: Step,
    /// Whether enough could go.
    pub aim: Aim,
}

impl Trimmed {
    /// Turns dropped.
    pub fn messages_removed(&self) -> usize {
        self.messages_before - self.messages_after
    }

    /// Whether what is left is still longer than the window.
    pub fn exceeds_window(&self) -> bool {
        self.tokens_after > self.window
    }
}

/// Whether a cut was made for this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was: the prompt had grown to the level where turns are cut.
    Taken,
    /// It is the one of an earlier turn, whose prompt this one begins with.
    Kept,
}

/// Whether the step brought the prompt down to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// It did.
    Met,
    /// What must stay is more than the target.
    Missed,
}

/// Where a conversation is cut, to be found again in its next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    from: Mark,
    shorten: Mark,
    /// The prompt at which the cut has done its service, in tokens.
    limit: u64,
    aim: Aim,
}

/// What was decided for one attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What goes; nothing where there is room, or where nothing may go.
    pub cut: Option<Cut>,
    /// What the conversation's next request has to know; nothing where it was never cut.
    pub held: Option<Held>,
}

/// Decides what of a request goes, given where its conversation was cut before. To be asked for every attempt
/// under the action `trim`: a cut is kept while the prompt as it came is above the target, even where all of it
/// would fit for a moment.
pub fn decide(request: &Request, measure: &Measure, room: &Room, held: Option<Held>) -> Decision {
    // Small requests beside the conversation, such as for its title, come under the same name; they make
    // nobody forget the cut.
    let uncut = Decision { cut: None, held };
    let whole = measure.request(request);
    if whole < room.target || (whole < room.trim && held.is_none()) {
        return uncut;
    }
    let Some(survey) = Survey::of(request, measure, room) else { return uncut };
    let kept = held.and_then(|held| Some((held.place(&survey)?, held)));
    match kept {
        Some((place, held)) if survey.left(place) < held.limit => {
            Decision { cut: survey.cut(place, Step::Kept, held.aim), held: Some(held) }
        }
        _ if whole < room.trim => uncut,
        _ => survey.step(kept.map_or(survey.uncut(), |(place, _)| place)),
    }
}

/// All that a decision is made from.
struct Survey<'a> {
    turns: &'a [Sourced<Message>],
    outline: Outline,
    weights: Weights<'a>,
    room: &'a Room,
}

impl<'a> Survey<'a> {
    /// Surveys a request; none of one without turns.
    fn of(request: &'a Request, measure: &'a Measure, room: &'a Room) -> Option<Self> {
        let outline = Outline::of(&request.messages, room.preserve_last)?;
        let weights = Weights::of(request, outline.floor, measure);
        Some(Self { turns: &request.messages, outline, weights, room })
    }

    /// Where nothing is cut.
    fn uncut(&self) -> Place {
        Place { from: self.outline.lead, shorten: self.outline.lead }
    }

    /// The tokens left under a cut.
    fn left(&self, place: Place) -> u64 {
        self.weights.left(&self.outline, place)
    }

    /// Takes a step from where the conversation was cut before; stays there if nothing is gained.
    fn step(&self, start: Place) -> Decision {
        let next = self.deeper(start);
        let gains = self.left(next) < self.left(start);
        let (place, step) = if gains { (next, Step::Taken) } else { (start, Step::Kept) };
        let left = self.left(place);
        let aim = if left <= self.room.target { Aim::Met } else { Aim::Missed };
        let cut = self.cut(place, step, aim);
        let held = cut.as_ref().and_then(|_| Held::of(self, place, left, aim));
        Decision { cut, held }
    }

    /// The next place where enough goes: the oldest results are shortened first, and where that is not enough,
    /// the oldest turns dropped too. Where nothing is enough, all goes that may, or
    /// nearly all if the roles then take turns.
    fn deeper(&self, start: Place) -> Place {
        let (floor, target) = (self.outline.floor, self.room.target);
        let shortened = (start.shorten..=floor).map(|shorten| Place { shorten, ..start });
        if let Some(enough) = shortened.into_iter().find(|place| self.left(*place) <= target) {
            return enough;
        }
        let all = Place { shorten: floor, ..start };
        let shorten = if self.left(all) < self.left(start) { floor } else { start.shorten };
        let dropped = |from: usize| Place { from, shorten: shorten.max(from) };
        let further = self.outline.starts.iter().filter(|from| **from > start.from);
        let further = further.map(|from| dropped(*from));
        let mut enough = further.clone().filter(|place| self.left(*place) <= target);
        let first = enough.next();
        let is_smooth = |place: &Place| self.outline.alternates(place.from);
        let fits = |place: &Place| is_smooth(place) && self.left(*place) <= self.room.window;
        let smooth = first.into_iter().chain(enough).find(is_smooth);
        smooth.or(first).or_else(|| further.rev().find(fits)).unwrap_or(dropped(floor))
    }

    /// The cut at a place; none where nothing goes.
    fn cut(&self, place: Place, step: Step, aim: Aim) -> Option<Cut> {
        let Place { from, shorten } = place;
        let pinned = self.outline.pinned(from);
        let stays = self.turns.len() - from + pinned.iter().map(ExactSizeIterator::len).sum::<usize>();
        let trimmed = Trimmed {
            messages_before: self.turns.len(),
            messages_after: stays,
            results_shortened: self.turns[from..shorten]
                .iter()
                .map(|turn| shorten::large_results(turn))
                .sum(),
            tokens_before: self.weights.whole(),
            tokens_after: self.left(place),
            window: self.room.window,
            step,
            aim,
        };
        let changes = trimmed.messages_removed() > 0 || trimmed.results_shortened > 0;
        changes.then_some(Cut { pinned, from, shorten, trimmed })
    }
}

impl Held {
    /// A cut that met its target serves up to the level where turns are cut. One that missed it serves until half
    /// of what it left of the window is filled: cutting again at every turn would gain little and cost the whole
    /// prompt cache each time.
    fn of(survey: &Survey<'_>, place: Place, left: u64, aim: Aim) -> Option<Self> {
        let Room { window, trim, .. } = *survey.room;
        let limit = match aim {
            Aim::Met => trim,
            Aim::Missed => trim.max(left + window.saturating_sub(left) / 2),
        };
        let mark = |at| Mark::of(survey.turns, at);
        Some(Self { from: mark(place.from)?, shorten: mark(place.shorten)?, limit, aim })
    }

    /// Where the cut lies in a later request; nowhere if the client has changed what is around it.
    fn place(&self, survey: &Survey<'_>) -> Option<Place> {
        let from = self.from.find(survey.turns)?;
        survey.outline.starts.binary_search(&from).ok()?;
        let shorten = self.shorten.find(survey.turns).unwrap_or(from).clamp(from, survey.outline.floor);
        Some(Place { from, shorten })
    }
}

impl Cut {
    /// Whether it was made for a request like this one.
    pub fn is_of(&self, request: &Request) -> bool {
        request.messages.len() == self.trimmed.messages_before
    }

    /// Takes out what goes, from the request it was made for. Turns that stay as they are keep their sources.
    pub fn apply(&self, request: &mut Request) {
        let stays = |at: usize| at >= self.from || self.pinned.iter().any(|range| range.contains(&at));
        let turns = request.messages.edit();
        for turn in turns.iter_mut().take(self.shorten).skip(self.from) {
            if let Some(short) = shorten::shortened(turn) {
                *turn.edit() = short;
            }
        }
        let mut at = 0..;
        turns.retain(|_| at.next().is_some_and(stays));
    }
}

#[cfg(test)]
pub(super) mod tests;
