//! What the turns of a conversation weigh, whole and shortened, so that any cut is weighed in one step.

use super::outline::Outline;
use super::shorten;
use crate::context::Measure;
use crate::estimate;
use canon::request::Request;

/// The weights of one request, in tokens of a provider's measure.
#[derive(Debug)]
pub(super) struct Weights<'a> {
    measure: &'a Measure,
    /// Beside the turns: system text and tools. In quarters of a token, like all below.
    front: u64,
    /// The sum over the turns before each place; one more than turns.
    full: Vec<u64>,
    /// The same with large results shortened.
    short: Vec<u64>,
}

/// Where a conversation is cut: what stands before `from` goes, apart from what is pinned; what stands from there
/// to `shorten` is shortened. `lead <= from <= shorten <= floor` of the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) from: usize,
    pub(super) shorten: usize,
}

impl<'a> Weights<'a> {
    /// Weighs a request; only turns before `floor` can be shortened.
    pub(super) fn of(request: &Request, floor: usize, measure: &'a Measure) -> Self {
        let front = estimate::weigh_front(request, measure.tool_content);
        let (mut full, mut short) = (vec![0], vec![0]);
        for (at, turn) in request.messages.iter().enumerate() {
            let whole = estimate::weigh_turn(turn, measure.tool_content);
            let shortened = if at < floor { shorten::shortened(turn) } else { None };
            let less = shortened.map_or(whole, |turn| estimate::weigh_turn(&turn, measure.tool_content));
            full.push(full[at] + whole);
            short.push(short[at] + less.min(whole));
        }
        Self { measure, front, full, short }
    }

    /// The whole request.
    pub(super) fn whole(&self) -> u64 {
        self.measure.tokens(self.front + self.full.last().copied().unwrap_or(0))
    }

    /// What is left of it under a cut.
    pub(super) fn left(&self, outline: &Outline, place: Place) -> u64 {
        let Place { from, shorten } = place;
        let between = |sums: &[u64], from: usize, to: usize| sums[to] - sums[from];
        let pinned =
            outline.pinned(from).into_iter().map(|range| between(&self.full, range.start, range.end));
        let tail = between(&self.short, from, shorten) + between(&self.full, shorten, self.full.len() - 1);
        self.measure.tokens(self.front + pinned.sum::<u64>() + tail)
    }
}
