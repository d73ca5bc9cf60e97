//! The incremental scanner: text in, cut anywhere; text, thinking and calls out, the same for every cutting.
//!
//! Prose passes on at once. From a place on that may begin a call, text is held until it is one or can't be one any
//! more. What is held is looked at again only as its length grows, so that the work stays linear.

mod judge;
mod lead;
mod markdown;
mod opening;
mod sink;
mod thinking;

use crate::candidate::{self, Noise};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::toolbox::Toolbox;
use lead::Lead;
use markdown::{Markdown, Place};
use opening::Behind;
use std::sync::Arc;
use thinking::Closer;

pub use sink::{Found, Limits, Reason, Rejected, Sink};
pub use thinking::implies_thinking;

/// Most bytes that are held for one candidate.
const MAX_HELD: usize = 8 << 20;

/// How many bytes may be looked at again for each byte that comes.
const AGAIN: usize = 8;

/// What may be looked at again at first, in bytes.
const AGAIN_AT_FIRST: usize = 16 << 10;
/// Where the scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing has been said.
    Start,
    /// In text.
    Text,
    /// Right behind a call.
    Behind,
    /// In thinking that leaked.
    Thinking(Closer),
    /// The model goes on with a made-up result: nothing of it counts.
    Invented,
}

/// Scans one text.
#[derive(Debug)]
pub struct Scanner {
    tools: Arc<Toolbox>,
    limits: Limits,
    phase: Phase,
    markdown: Markdown,
    lead: Lead,
    /// Text that is not decided.
    held: String,
    /// How many bytes of what is held `markdown` has gone over.
    ahead: usize,
    wait: Wait,
    credit: usize,
    /// Bytes that were read in vain at the end.
    spent: usize,
    taken: usize,
    /// Up to where in all that came no object is a call: text goes on behind them.
    goes_on: usize,
    /// Whether words went out since the beginning or the last call.
    said: bool,
    /// Whether a call was read just before, with nothing but markup since.
    adjacent: bool,
    /// The last call, while nothing stands behind it.
    last: Option<Found>,
    /// A call that ended the thinking.
    thought: Option<Found>,
    /// Whether markup of Harmony was seen, whose tokens all go.
    harmony: bool,
    /// Whether the answer is wrapped in an element.
    wrapped: bool,
    /// Whether thinking, or what wraps the answer, stands right before: blanks go with it.
    after_thinking: bool,
    /// Whether the thinking goes on with a made-up result, of which nothing counts.
    invents: bool,
    /// Whether a call was cut off by the output limit.
    cut_off: bool,
}

/// What became of a candidate.
enum Verdict {
    /// It was taken; scanning goes on at the place.
    Taken(usize),
    /// It is text.
    Refused,
}

impl Scanner {
    /// A scanner at the beginning of a text.
    pub fn new(tools: Arc<Toolbox>, limits: Limits) -> Self {
        let phase = if limits.is_thinking {
            Phase::Thinking(Closer::Never)
        } else if limits.starts_thinking {
            Phase::Thinking(Closer::Tag)
        } else {
            Phase::Start
        };
        Self {
            tools,
            limits,
            phase,
            markdown: Markdown::default(),
            lead: Lead::default(),
            held: String::new(),
            ahead: 0,
            wait: Wait::Any,
            credit: AGAIN_AT_FIRST,
            spent: 0,
            taken: 0,
            goes_on: 0,
            said: false,
            adjacent: false,
            last: None,
            thought: None,
            harmony: false,
            wrapped: false,
            after_thinking: false,
            invents: false,
            cut_off: false,
        }
    }

    /// Whether text is held.
    pub fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Whether a call was cut off by the output limit.
    pub fn was_cut_off(&self) -> bool {
        self.cut_off
    }

    /// Takes text in.
    pub fn push(&mut self, text: &str, sink: &mut dyn Sink) {
        self.taken += text.len();
        if self.held.is_empty() {
            let done = self.run(text, Edge::Open, sink);
            self.held.push_str(&text[done..]);
            return;
        }
        self.held.push_str(text);
        self.credit += AGAIN * text.len();
        let hopeless =
            matches!(self.wait, Wait::Byte(byte) if memchr::memchr(byte, text.as_bytes()).is_none());
        if hopeless || self.credit < self.held.len() {
            return;
        }
        self.credit -= self.held.len();
        self.again(Edge::Open, sink);
    }

    /// Takes the end of the text in. Whether the model stopped or was stopped is what `edge` says.
    pub fn finish(&mut self, edge: Edge, sink: &mut dyn Sink) {
        self.again(edge, sink);
        if let Some(call) = self.thought.take() {
            sink.call(call);
        }
    }

    fn again(&mut self, edge: Edge, sink: &mut dyn Sink) {
        let held = std::mem::take(&mut self.held);
        let done = self.run(&held, edge, sink);
        self.held = held;
        self.held.drain(..done);
    }

    /// Scans as far as can be told; returns how many bytes are done with.
    fn run(&mut self, text: &str, edge: Edge, sink: &mut dyn Sink) -> usize {
        self.wait = Wait::Any;
        let mut at = 0;
        while at < text.len() {
            let before = (at, self.phase);
            let stop = match self.phase {
                Phase::Start => self.start(text, &mut at, edge, sink),
                Phase::Text => self.text(text, &mut at, edge, sink),
                Phase::Behind => self.behind(text, &mut at, edge, sink),
                Phase::Thinking(closer) => self.thinking(closer, text, &mut at, edge, sink),
                Phase::Invented => {
                    sink.dropped(&text[at..]);
                    return text.len();
                }
            };
            match stop {
                Err(Stop::More(wait)) => {
                    self.wait = wait;
                    return at;
                }
                // Nothing is left undecided once all of the text is there.
                _ if (at, self.phase) == before => {
                    let thinks = matches!(self.phase, Phase::Thinking(_));
                    if thinks {
                        self.ponder(&text[at..], sink);
                    } else {
                        self.say(&text[at..], sink);
                    }
                    return text.len();
                }
                _ => self.ahead = 0,
            }
        }
        at
    }

    /// Text: passes it on up to what may be a call.
    fn text(&mut self, text: &str, at: &mut usize, edge: Edge, sink: &mut dyn Sink) -> Read<()> {
        let mut seek = *at + std::mem::take(&mut self.ahead);
        // Several marks may give the same candidate away.
        let mut refused = None;
        loop {
            let place = match self.markdown.advance(text, &mut seek, edge) {
                Ok(Place::Plain) => {
                    self.pass_plain(text, at, edge, sink);
                    self.ahead = seek - *at;
                    return if self.ahead > 0 { Err(Stop::More(Wait::Any)) } else { Ok(()) };
                }
                Ok(place) => place,
                Err(stop) => return Err(self.hold(text, at, seek, seek, stop, sink)),
            };
            let line_start = self.markdown.at_line_start();
            let begin = match self.beginning(*at, text, seek, place, edge) {
                Ok(begin) => begin,
                Err(stop @ Stop::More(_)) => return Err(self.hold(text, at, seek, seek, stop, sink)),
                Err(_) => None,
            };
            let Some(begin) = begin.filter(|begin| *begin >= *at && refused != Some(*begin)) else {
                self.step_over(text, &mut seek, place);
                continue;
            };
            match self.judge(text, *at, Spot { begin, line_start }, edge, sink) {
                Ok(Verdict::Taken(end)) => {
                    *at = end;
                    return Ok(());
                }
                Ok(Verdict::Refused) | Err(Stop::No | Stop::Cut) => {
                    refused = Some(begin);
                    self.step_over(text, &mut seek, place);
                }
                Err(stop) => return Err(self.hold(text, at, begin, seek, stop, sink)),
            }
        }
    }

    /// Passes on what stands before a place that is not decided, blanks before it left out, and holds the rest.
    fn hold(
        &mut self,
        text: &str,
        at: &mut usize,
        place: usize,
        seek: usize,
        why: Stop,
        sink: &mut dyn Sink,
    ) -> Stop {
        let end = self.settled_end(text, *at, place);
        self.say(&text[*at..end], sink);
        *at = end;
        self.ahead = seek - end;
        why
    }

    fn step_over(&mut self, text: &str, seek: &mut usize, place: Place) {
        if place == Place::FirstWord {
            self.markdown.refuse_word();
        } else {
            self.markdown.refuse(text, seek);
        }
    }

    /// Where a candidate for the mark or word at `seek` begins, if there is one.
    fn beginning(
        &self,
        from: usize,
        text: &str,
        seek: usize,
        place: Place,
        edge: Edge,
    ) -> Read<Option<usize>> {
        if place == Place::FirstWord {
            let cursor = Cursor::new(text, seek, edge);
            let word =
                candidate::could_begin_word(cursor, &self.tools)? || candidate::opens_word(text, seek, edge)?;
            return Ok(word.then_some(seek));
        }
        let behind = Behind { text: &text[from..seek], last: self.lead.last_char() };
        opening::beginning(Cursor::new(text, seek, edge), behind, &self.tools)
    }

    /// Right behind a call: markup goes, a made-up result ends the text, anything else is text.
    fn behind(&mut self, text: &str, at: &mut usize, edge: Edge, sink: &mut dyn Sink) -> Read<()> {
        let mut cursor = Cursor::new(text, *at, edge);
        if cursor.skip_blank() {
            sink.dropped(&text[*at..cursor.at]);
            *at = cursor.at;
            return Ok(());
        }
        let noise = match candidate::noise(cursor) {
            Err(Stop::Cut) => {
                sink.dropped(&text[*at..]);
                *at = text.len();
                self.cut_off = true;
                return Ok(());
            }
            other => other?,
        };
        match noise {
            Some(Noise::Closers(len) | Noise::Stray(len)) => {
                sink.dropped(&text[*at..*at + len]);
                *at += len;
            }
            Some(Noise::Result) => self.phase = Phase::Invented,
            None => {
                self.phase = Phase::Text;
                self.markdown = Markdown::default();
                self.lead.clear();
            }
        }
        Ok(())
    }

    /// Passes text on, all of it at the end of the text; else not what may still be the beginning of something.
    fn pass_plain(&mut self, text: &str, at: &mut usize, edge: Edge, sink: &mut dyn Sink) {
        let end = match edge {
            Edge::Open => self.settled_end(text, *at, opening::safe_end(text, *at, self.lead.last_char())),
            Edge::Stopped | Edge::Cut => text.len(),
        };
        self.say(&text[*at..end], sink);
        *at = end;
    }

    /// Passes on what stands before a call; the blanks between go.
    fn pass(&mut self, text: &str, from: usize, begin: usize, sink: &mut dyn Sink) {
        let end = self.settled_end(text, from, begin);
        self.say(&text[from..end], sink);
        if end < begin {
            sink.dropped(&text[end..begin]);
        }
    }

    /// Up to where the text before a place goes out whatever comes there: line ends wait, as those before a call go.
    fn settled_end(&self, text: &str, from: usize, to: usize) -> usize {
        let inside = &text[from..to];
        let words = inside.trim_end().len();
        if words == 0 && !self.said {
            return from;
        }
        from + inside[words..].find(['\n', '\r']).map_or(inside.len(), |at| words + at)
    }

    fn say(&mut self, text: &str, sink: &mut dyn Sink) {
        if text.is_empty() {
            return;
        }
        self.lead.push(text);
        if !text.trim().is_empty() {
            self.adjacent = false;
            self.last = None;
            self.said = true;
        }
        sink.text(text);
    }
}

/// Where a candidate begins.
#[derive(Clone, Copy)]
struct Spot {
    begin: usize,
    line_start: bool,
}
