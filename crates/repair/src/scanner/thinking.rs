//! Thinking that leaked into the text, in the delimiters of all families, and the beginning of a text, where it stands.

use super::{Found, Phase, Scanner, Sink, Spot, opening};

use super::opening::Behind;
use crate::candidate::{self, Header, Site};
use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::damage::Damage;
use crate::markup::{self, Role, Side, Style, Tag};

/// What ends the thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closer {
    /// Only the end of the text.
    Never,
    /// A closing tag: `</think>`, `</seed:think>`, `<|END_THINKING|>`.
    Tag,
    /// A fixed word.
    Word(&'static str),
    /// The end of a Harmony message, or the beginning of the next.
    Harmony,
}

/// What a tag in the middle of the text is.
pub(super) enum Token {
    /// No text: its end.
    Taken(usize),
    /// The beginning of a message for a tool.
    Message(Header),
    /// Text, or the beginning of something else.
    Other,
}

/// Openers that are no tags, and what ends the thinking they open.
const WORDS: &[(&str, Closer)] = &[
    ("[THINK]", Closer::Word("[/THINK]")),
    ("◁think▷", Closer::Word("◁/think▷")),
    ("<|channel>thought", Closer::Word("<channel|>")),
];

/// Where a word is what Harmony's tokens left of thinking, its end.
const STRIPPED_END: &str = "assistantfinal";

impl Scanner {
    /// The beginning of a text: thinking, or what wraps the answer, or the answer.
    pub(super) fn start(&mut self, text: &str, at: &mut usize, edge: Edge, sink: &mut dyn Sink) -> Read<()> {
        let mut cursor = Cursor::new(text, *at, edge);
        cursor.skip_blank();
        if cursor.peek()?.is_none() {
            self.phase = Phase::Text;
            return Ok(());
        }
        let from = *at;
        let opens = match self.opens(cursor) {
            Err(Stop::No | Stop::Cut) => None,
            other => other?,
        };
        if let Some((end, phase)) = opens {
            sink.dropped(&text[from..end]);
            *at = end;
            self.after_thinking = true;
            self.phase = phase;
            return Ok(());
        }
        if self.after_thinking && cursor.at > from {
            sink.dropped(&text[from..cursor.at]);
            *at = cursor.at;
        }
        self.phase = Phase::Text;
        Ok(())
    }

    /// What the text opens with, if it is not the answer itself: its end, and what comes then.
    fn opens(&mut self, mut cursor: Cursor<'_>) -> Read<Option<(usize, Phase)>> {
        for (word, closer) in WORDS {
            if cursor.take(word)? {
                return Ok(Some((cursor.at, Phase::Thinking(*closer))));
            }
        }
        if cursor.begins("analysis")? {
            let behind = &cursor.rest()["analysis".len()..];
            if behind.is_empty() {
                return cursor_more(cursor);
            }
            if behind.starts_with(|it: char| it.is_uppercase()) {
                return Ok(Some((cursor.at + "analysis".len(), Phase::Thinking(Closer::Word(STRIPPED_END)))));
            }
        }
        for word in [">>>all\n", "all\n>>>"] {
            if cursor.begins(word)? {
                return Ok(Some((cursor.at + word.find('\n').unwrap_or(0) + 1, Phase::Start)));
            }
        }
        if cursor.begins("to=")? {
            let mut behind = cursor;
            behind.at += 3;
            behind.take_while(|it| it.is_alphanumeric() || matches!(it, '_' | '.' | '-'))?;
            if behind.take("<|message|>")? {
                return Ok(Some((behind.at, Phase::Start)));
            }
        }
        let Some(tag) = markup::tag(cursor)? else { return Ok(None) };
        let end = cursor.at + tag.len;
        Ok(match (tag.role(), tag.side) {
            (Some(Role::Think), Side::Open) if tag.name != "endthinking" => {
                Some((end, Phase::Thinking(Closer::Tag)))
            }
            // The opening tag was in the prompt.
            (Some(Role::Think), _) => Some((end, Phase::Start)),
            (Some(Role::Answer), Side::Open) => {
                self.wrapped |= tag.style == Style::Plain;
                Some((end, Phase::Start))
            }
            (Some(Role::Harmony), Side::Open) => match candidate::header(cursor, &tag) {
                Ok(header) if header.recipient.is_none() => {
                    self.harmony = true;
                    let phase = if header.thinking { Phase::Thinking(Closer::Harmony) } else { Phase::Start };
                    Some((cursor.at + header.len, phase))
                }
                Ok(_) | Err(Stop::No | Stop::Cut) => None,
                Err(stop) => return Err(stop),
            },
            _ => None,
        })
    }

    /// Thinking: passed on up to its end; a call counts only if the thinking ends with it.
    pub(super) fn thinking(
        &mut self,
        closer: Closer,
        text: &str,
        at: &mut usize,
        edge: Edge,
        sink: &mut dyn Sink,
    ) -> Read<()> {
        let (end, behind, known) = match closing(closer, text, *at, edge) {
            Ok(Some((end, behind))) => (end, behind, true),
            Ok(None) => (text.len(), text.len(), false),
            Err((end, _)) => (end, end, false),
        };
        let undecided = !known && edge == Edge::Open;
        if self.invents {
            sink.dropped(&text[*at..behind]);
            *at = behind;
            self.leave_thinking(known);
            return if undecided { Err(Stop::More(Wait::Any)) } else { Ok(()) };
        }
        let inside = Cursor::new(&text[..end], *at, if known { Edge::Stopped } else { edge });
        let mut seek = *at + std::mem::take(&mut self.ahead);
        match self.call_at_end(inside, &mut seek) {
            Ok(Some((begin, call))) => {
                let until = self.without_end(text, *at, begin);
                self.think(text, *at, until, sink);
                sink.dropped(&text[until..end]);
                self.thought = Some(call);
                // Nothing but a made-up result can tell that the thinking ends here while more may come.
                self.invents = undecided;
            }
            Ok(None) if undecided => {
                let safe =
                    self.without_end(text, *at, opening::safe_end(&text[..end], *at, self.lead.last_char()));
                self.ponder(&text[*at..safe], sink);
                *at = safe;
                self.ahead = seek.max(safe) - safe;
                return Err(Stop::More(Wait::Any));
            }
            // What ends with the text keeps its blanks.
            Ok(None) if !known => self.ponder(&text[*at..end], sink),
            Ok(None) => self.think(text, *at, end, sink),
            Err((begin, stop)) => {
                let safe = self.without_end(text, *at, begin);
                self.ponder(&text[*at..safe], sink);
                *at = safe;
                self.ahead = seek.max(safe) - safe;
                return Err(stop);
            }
        }
        sink.dropped(&text[end..behind]);
        *at = behind;
        self.leave_thinking(known);
        Ok(())
    }

    fn leave_thinking(&mut self, left: bool) {
        self.after_thinking = true;
        if left {
            self.said = false;
            self.invents = false;
            self.phase = Phase::Start;
            self.markdown = super::Markdown::default();
        }
    }

    /// Passes thinking on; blanks before what follows go.
    fn think(&mut self, text: &str, from: usize, to: usize, sink: &mut dyn Sink) {
        let end = self.settled_end(text, from, to);
        self.ponder(&text[from..end], sink);
        if to > end {
            sink.dropped(&text[end..to]);
        }
    }

    /// Where thinking up to a place ends without line ends and the token that ends a message.
    fn without_end(&self, text: &str, from: usize, to: usize) -> usize {
        const END: &str = "<|end|>";
        let inside = &text[from..to];
        let words = inside.trim_end();
        // At the end of what is there, the token may have come in part.
        let partial = to == text.len();
        let len =
            (1..=END.len()).rev().find(|len| words.ends_with(&END[..*len]) && (*len == END.len() || partial));
        match len {
            Some(len) => self.settled_end(text, from, from + words.len() - len),
            None => self.settled_end(text, from, to),
        }
    }

    pub(super) fn ponder(&mut self, text: &str, sink: &mut dyn Sink) {
        if !text.is_empty() {
            self.said |= !text.trim().is_empty();
            self.lead.push(text);
            sink.thinking(text);
        }
    }

    /// The call that thinking ends with: where it begins, and what it is. The place is told with the error too.
    fn call_at_end(
        &mut self,
        cursor: Cursor<'_>,
        seek: &mut usize,
    ) -> Result<Option<(usize, Found)>, (usize, Stop)> {
        let text = cursor.text;
        *seek = (*seek).min(text.len());
        loop {
            let place = self.markdown.advance(text, seek, cursor.edge).map_err(|stop| (*seek, stop))?;
            if place == super::Place::Plain {
                return Ok(None);
            }
            let line_start = self.markdown.at_line_start();
            let begin = match self.beginning(cursor.at, text, *seek, place, cursor.edge) {
                Err(stop @ Stop::More(_)) => return Err((*seek, stop)),
                other => other.unwrap_or(None),
            };
            let Some(begin) = begin.filter(|begin| *begin >= cursor.at) else {
                self.step_over(text, seek, place);
                continue;
            };
            let spot = Spot { begin, line_start };
            match self.thought_at(Cursor { at: begin, ..cursor }, cursor.at, spot) {
                Ok(call) => return Ok(Some((begin, call))),
                Err(Stop::More(wait)) => return Err((begin, Stop::More(wait))),
                Err(_) => self.step_over(text, seek, place),
            }
        }
    }

    fn thought_at(&mut self, cursor: Cursor<'_>, from: usize, spot: Spot) -> Read<Found> {
        if cursor.edge != Edge::Open {
            self.spent += cursor.rest().len();
            if self.spent > 8 * self.taken + (256 << 10) {
                return Err(Stop::No);
            }
        }
        let before = &cursor.text[from..spot.begin];
        if self.is_quoted(before) || self.lead.presents_example(before) {
            return Err(Stop::No);
        }
        let glued = Behind { text: before, last: self.lead.last_char() }.ends_in_word(before.len());
        let site = Site { tools: &self.tools, adjacent: false, line_start: spot.line_start, glued };
        let found = candidate::read(cursor, None, site)?;
        let mut behind = cursor;
        behind.at = found.end;
        if !candidate::skip_noise(&mut behind)? {
            return Err(Stop::No);
        }
        let mut calls = found.calls;
        let Some(written) = calls.pop().filter(|_| calls.is_empty()) else { return Err(Stop::No) };
        let fit = self.tools.fit(&written.name, written.arguments).map_err(|_| Stop::No)?;
        let mut call = Found::of(fit, written.id, found.format, found.damage);
        call.damage.add(Damage::InReasoning);
        if self.limits.undamaged_only && !call.damage.is_harmless() {
            return Err(Stop::No);
        }
        Ok(call)
    }

    /// What a tag in the middle of the text is; where it is no text, what stands before it is passed on.
    pub(super) fn token(
        &mut self,
        cursor: Cursor<'_>,
        tag: &Tag<'_>,
        from: usize,
        spot: Spot,
        sink: &mut dyn Sink,
    ) -> Read<Token> {
        let text = cursor.text;
        let mut end = spot.begin + tag.len;
        let phase = match (tag.role(), tag.side) {
            (Some(Role::Harmony), Side::Open) => match candidate::header(cursor, tag) {
                Ok(header) if header.recipient.is_none() => {
                    self.harmony = true;
                    end = spot.begin + header.len;
                    if header.thinking { Phase::Thinking(Closer::Harmony) } else { Phase::Start }
                }
                Ok(header) => return Ok(Token::Message(header)),
                Err(Stop::No | Stop::Cut) => return Ok(Token::Other),
                Err(stop) => return Err(stop),
            },
            (Some(Role::Stop | Role::End), _) if self.harmony && tag.style == Style::Barred => Phase::Start,
            (Some(Role::Answer), _)
                if tag.style != Style::Plain || (self.wrapped && tag.side == Side::Close) =>
            {
                Phase::Start
            }
            (Some(Role::Think), Side::Close) if spot.line_start || ends_line(cursor, tag.len)? => {
                Phase::Start
            }
            (Some(Role::Think), Side::Open) if self.limits.thinking_anywhere && spot.line_start => {
                Phase::Thinking(Closer::Tag)
            }
            _ => return Ok(Token::Other),
        };
        // What is taken out stands between lines, not between a line and a call.
        self.say(&text[from..spot.begin], sink);
        sink.dropped(&text[spot.begin..end]);
        self.after_thinking = true;
        self.phase = phase;
        Ok(Token::Taken(end))
    }
}

fn cursor_more<T>(cursor: Cursor<'_>) -> Read<Option<T>> {
    if cursor.edge == Edge::Open { Err(Stop::More(Wait::Any)) } else { Ok(None) }
}

/// Whether a whole text ends thinking that it does not begin: the opening tag was in the prompt.
pub fn implies_thinking(text: &str) -> bool {
    match closing(Closer::Tag, text, 0, Edge::Stopped) {
        Ok(Some((end, _))) => {
            let before = text[..end].trim_start();
            let opens = markup::tag(Cursor::new(before, 0, Edge::Stopped)).ok().flatten();
            let marked =
                opens.is_some_and(|tag| tag.role() == Some(Role::Think) || tag.role() == Some(Role::Harmony));
            !before.is_empty() && !marked && !before.contains("<think") && !before.contains('`')
        }
        _ => false,
    }
}

/// Whether nothing follows a tag on its line.
fn ends_line(mut cursor: Cursor<'_>, len: usize) -> Read<bool> {
    cursor.at += len;
    cursor.skip_spaces();
    Ok(matches!(cursor.peek()?, None | Some(b'\n' | b'\r')))
}

/// Where thinking ends: the place, and where its closer ends. With the error comes the place that may be the closer.
fn closing(
    closer: Closer,
    text: &str,
    from: usize,
    edge: Edge,
) -> Result<Option<(usize, usize)>, (usize, Stop)> {
    let bytes = text.as_bytes();
    let lead = match closer {
        Closer::Never => return Ok(None),
        Closer::Tag | Closer::Harmony => b'<',
        Closer::Word(word) => word.as_bytes()[0],
    };
    let mut at = from;
    while let Some(len) = memchr::memchr(lead, &bytes[at..]) {
        at += len;
        let cursor = Cursor::new(text, at, edge);
        let end = match closer {
            Closer::Word(word) => cursor.begins(word).map(|found| found.then_some(at + word.len())),
            Closer::Harmony => markup::tag(cursor).map(|tag| {
                let tag = tag?;
                match tag.role() {
                    Some(Role::Stop | Role::End) => Some(at + tag.len),
                    Some(Role::Harmony) => Some(at),
                    _ => None,
                }
            }),
            Closer::Tag | Closer::Never => markup::tag(cursor).map(|tag| {
                let tag = tag.filter(|tag| tag.role() == Some(Role::Think))?;
                (tag.side == Side::Close || tag.name == "endthinking").then_some(at + tag.len)
            }),
        };
        match end {
            Ok(Some(end)) => return Ok(Some((at, end))),
            Ok(None) => at += 1,
            Err(stop) => return Err((at, stop)),
        }
    }
    Ok(None)
}
