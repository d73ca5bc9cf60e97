//! Going on with an answer that broke off, at another provider, from the text that the client has.
//!
//! Only text is continued: what was released of calls or thinking can't be taken back, and a demanded form can't be
//! sewn together. The seam itself is a filter over the second answer's deltas.

use super::Ask;
use super::client::{Client, Told};
use canon::config::{PartialStitchAction, Prefill};
use canon::delta::{Block, Delta};
use canon::request::{Content, Message, Reasoning, Request, Role, Sourced};
use canon::text::Text;
use canon::usage::Usage;

/// Longest text that is continued, in bytes: it goes out once more as a part of the prompt.
const MAX_SAID: usize = 256 * 1024;

/// A shorter repetition is chance: many words begin as others end.
const MIN_OVERLAP: usize = 16;

/// How much of what was said the continuation may repeat before it goes on, unless it repeats all of it.
const MAX_OVERLAP: usize = 2_000;

/// What the client has, if that can be continued.
pub fn continuable<'a>(ask: &Ask, client: &'a Client) -> Option<&'a Told> {
    let request = ask.request()?;
    let wanted = ask.plan.profile.partial_stitch == PartialStitchAction::Resume && request.output.is_none();
    client
        .told()
        .filter(|told| wanted && told.is_text && told.text.len() <= MAX_SAID && !told.text.trim().is_empty())
}

/// The request with the beginning of its answer.
pub fn continuation(request: &Request, told: &Told) -> Request {
    let mut request = request.clone();
    let said = Text::plain(told.text.trim_end().to_owned());
    let turn = Message {
        role: Role::Assistant,
        content: Content::Text(said),
        extra: canon::extra::Extra::default(),
    };
    request.messages.edit().push(Sourced::new(turn));
    // No wire takes both the beginning of an answer and a demand to think first.
    request.reasoning = Reasoning::default();
    request
}

/// Fields by which a backend knows that it has to go on.
pub fn fields(prefill: Prefill) -> &'static [(&'static str, &'static str)] {
    match prefill {
        Prefill::Vllm => &[("continue_final_message", "true"), ("add_generation_prompt", "false")],
        Prefill::None | Prefill::Plain => &[],
    }
}

/// Sews a second answer to the text of a first.
#[derive(Debug)]
pub struct Seam {
    said: String,
    /// Whether the client has a text block open.
    is_open: bool,
    /// Tokens that the first answer has cost, roughly.
    written: u64,
    state: State,
    /// The beginning of the second answer, while it may still be a repetition.
    waiting: String,
    /// Bytes that were a repetition.
    pub overlap: usize,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// No text has come.
    Before,
    /// Inside a block that the client must not see.
    Hidden,
    /// Text has come that may repeat what was said.
    Matching,
    /// What comes goes on.
    Through,
}

impl Seam {
    /// A seam behind what the client has.
    pub fn behind(told: &Told) -> Self {
        Self {
            said: told.text.clone(),
            is_open: told.is_open,
            written: routing::estimate::estimate_text(&told.text),
            state: State::Before,
            waiting: String::new(),
            overlap: 0,
        }
    }

    /// Whether anything of the second answer has gone on.
    pub fn is_through(&self) -> bool {
        self.state == State::Through
    }

    /// Bytes of text that the client had.
    pub fn said_length(&self) -> usize {
        self.said.len()
    }

    /// Takes out of the second answer's usage what the first had written: the client gets one sum, but nobody is paid
    /// for another's tokens.
    pub fn disown(&self, usage: &mut Usage) {
        usage.output = usage.output.map(|output| output.saturating_sub(self.written));
    }

    /// Makes deltas of the second answer go on where the first broke off.
    pub fn apply(&mut self, deltas: &mut Vec<Delta>) {
        let mut sewn = Vec::with_capacity(deltas.len());
        for delta in deltas.drain(..) {
            self.take(delta, &mut sewn);
        }
        *deltas = sewn;
    }

    fn take(&mut self, delta: Delta, out: &mut Vec<Delta>) {
        match (&self.state, delta) {
            (_, Delta::Start(head)) => out.push(self.counted(Box::new(head.usage.clone()))),
            (_, Delta::Usage(usage)) => out.push(self.counted(usage)),
            (State::Hidden, Delta::Close) => self.state = State::Before,
            (State::Hidden, _) => {}
            (State::Before, Delta::Open(Block::Thinking | Block::Redacted(_))) => self.state = State::Hidden,
            (State::Before, Delta::Open(Block::Text)) => self.state = State::Matching,
            (State::Before, delta @ (Delta::Finish(_) | Delta::End)) => {
                self.state = State::Through;
                out.extend(self.is_open.then_some(Delta::Close));
                out.push(delta);
            }
            (State::Before, delta) => {
                self.state = State::Through;
                out.extend(self.is_open.then_some(Delta::Close));
                out.push(delta);
            }
            (State::Matching, Delta::Text(text)) => {
                self.waiting.push_str(&text.read());
                if !self.may_repeat() {
                    self.go_through(out);
                }
            }
            (State::Matching, delta) => {
                self.go_through(out);
                out.push(delta);
            }
            (State::Through, delta) => out.push(delta),
        }
    }

    /// Counts with what the first answer had written.
    fn counted(&self, mut usage: Box<Usage>) -> Delta {
        usage.output = usage.output.map(|output| output.saturating_add(self.written));
        Delta::Usage(usage)
    }

    /// Whether more has to come before it is known how much is a repetition.
    fn may_repeat(&self) -> bool {
        self.waiting.len() < self.said.len().min(MAX_OVERLAP) || self.said.starts_with(&self.waiting)
    }

    /// Lets go what is new of that which waits.
    fn go_through(&mut self, out: &mut Vec<Delta>) {
        self.overlap = repeated(&self.said, &self.waiting);
        let text = self.waiting[self.overlap..].to_owned();
        self.waiting = String::new();
        self.state = State::Through;
        if !self.is_open {
            out.push(Delta::Open(Block::Text));
        }
        if !text.is_empty() {
            out.push(Delta::Text(Text::plain(text)));
        }
    }
}

/// How many bytes at the beginning of `next` repeat the end of `said`, or all of it.
fn repeated(said: &str, next: &str) -> usize {
    if next.starts_with(said) {
        return said.len();
    }
    let longest = said.len().min(next.len()).min(MAX_OVERLAP);
    let blanks = said.len() - said.trim_end().len();
    let is_cut = |length: &usize| next.is_char_boundary(*length) && said.ends_with(&next[..*length]);
    let overlap = (MIN_OVERLAP..=longest).rev().find(is_cut);
    // Blanks at its end were not sent as a part of the beginning, so they come again.
    overlap.or_else(|| (1..=blanks.min(next.len())).rev().find(is_cut)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use canon::delta::{Finish, StopReason};

    const SAID: &str = "The quick brown fox jumps over the lazy dog. ";

    fn sewn(said: &str, pieces: &[&str]) -> String {
        let told = Told { text: said.to_owned(), is_text: true, is_open: true };
        let mut seam = Seam::behind(&told);
        let mut deltas = vec![Delta::Open(Block::Text)];
        deltas.extend(pieces.iter().map(|piece| Delta::Text(Text::plain((*piece).to_owned()))));
        deltas.push(Delta::Close);
        deltas.push(Delta::Finish(Box::new(Finish::new(StopReason::EndTurn))));
        let mut text = said.to_owned();
        for delta in deltas {
            let mut one = vec![delta];
            seam.apply(&mut one);
            for delta in one {
                match delta {
                    Delta::Text(more) => text.push_str(&more.read()),
                    Delta::Open(_) => panic!("a second block was opened"),
                    _ => {}
                }
            }
        }
        text
    }

    #[test]
    fn a_continuation_goes_on_in_the_same_block() {
        let whole = format!("{SAID}Then it sleeps.");
        assert_eq!(sewn(SAID, &["Then it", " sleeps."]), whole);
        assert_eq!(sewn(SAID, &[" Then it sleeps."]), whole, "the blank it was cut at");
        assert_eq!(sewn(SAID, &["over the lazy dog.", " Then it sleeps."]), whole, "a repeated end");
        assert_eq!(sewn(SAID, &[SAID, "Then it sleeps."]), whole, "all of it repeated");
        assert_eq!(sewn("I say hel", &["lo to you"]), "I say hello to you", "chance is no repetition");
        assert_eq!(sewn(SAID, &[]), SAID);
    }

    #[test]
    fn cuts_do_not_matter() {
        let next = "jumps over the lazy dog. Then \u{e9}t\u{e9} sleeps.";
        let whole = sewn(SAID, &[next]);
        for cut in (0..next.len()).filter(|cut| next.is_char_boundary(*cut)) {
            assert_eq!(sewn(SAID, &[&next[..cut], &next[cut..]]), whole);
        }
    }

    #[test]
    fn what_it_thinks_first_stays_unseen() {
        let told = Told { text: SAID.to_owned(), is_text: true, is_open: true };
        let mut seam = Seam::behind(&told);
        let thinking = |text: &str| Delta::Thinking(Text::plain(text.to_owned()));
        let mut deltas = vec![Delta::Open(Block::Thinking), thinking("hm"), Delta::Close];
        seam.apply(&mut deltas);
        assert_eq!(deltas, []);
        let call = Block::Call { id: "1".into(), name: "Write".into(), signature: None };
        let mut deltas = vec![Delta::Open(call.clone())];
        seam.apply(&mut deltas);
        assert_eq!(deltas, [Delta::Close, Delta::Open(call)]);
    }
}
