//! Judging candidates: whether the calls that were read are meant, and fit a declared tool.

use super::opening::{self, Behind};
use super::thinking::Token;
use super::{Found, MAX_HELD, Phase, Reason, Rejected, Scanner, Sink, Spot, Verdict};
use crate::candidate::{self, Match, Proof, Site, Written};
use crate::cursor::{Cursor, Edge, Read, Stop};
use crate::damage::Damage;
use crate::format::Format;
use crate::markup::{self, Role, Tag};
use crate::toolbox::Misfit;

impl Scanner {
    /// Judges a candidate.
    pub(super) fn judge(
        &mut self,
        text: &str,
        from: usize,
        place: Spot,
        edge: Edge,
        sink: &mut dyn Sink,
    ) -> Read<Verdict> {
        let begin = place.begin;
        if edge != Edge::Open {
            // Candidates that need the end of the text are read to it: not more often than the length pays for.
            if self.spent > 8 * self.taken + (256 << 10) {
                return Ok(Verdict::Refused);
            }
            self.spent += text.len() - begin;
        } else if text.len() - begin > MAX_HELD {
            return Ok(Verdict::Refused);
        }
        let before = &text[from..begin];
        if self.is_quoted(before)
            || (text.as_bytes()[begin] == b'{' && self.place(text, begin) < self.goes_on)
        {
            return Ok(Verdict::Refused);
        }
        let cursor = Cursor::new(text, begin, edge);
        let tag = match markup::tag(cursor) {
            Err(stop @ Stop::More(_)) => return Err(stop),
            read => read.unwrap_or(None),
        };
        let mut header = None;
        // Written in escapes it is no token.
        if let Some(tag) = tag.as_ref().filter(|_| cursor.rest().starts_with('<')) {
            match self.token(cursor, tag, from, place, sink) {
                Ok(Token::Taken(end)) => return Ok(Verdict::Taken(end)),
                Ok(Token::Message(it)) => header = Some(it),
                Ok(Token::Other) | Err(Stop::No | Stop::Cut) => {}
                Err(stop) => return Err(stop),
            }
        }
        let adjacent = self.is_adjacent(before);
        let glued = Behind { text: before, last: self.lead.last_char() }.ends_in_word(before.len());
        let site = Site { tools: &self.tools, adjacent, line_start: place.line_start, glued };
        let found = match header {
            Some(header) => candidate::message(cursor, header, site),
            None => candidate::read(cursor, tag.as_ref(), site),
        };
        let found = match found {
            Ok(found) => found,
            Err(Stop::No) => {
                if let Some(name) = tag.as_ref().and_then(|tag| opening::written_name(cursor, tag)) {
                    let why = Reason::Misfit(Misfit::Unknown);
                    sink.misfit(Rejected { name, format: Format::UNKNOWN, why });
                }
                return Ok(self.refuse(tag));
            }
            Err(Stop::Cut) => return Ok(self.cut_short(text, from, begin, sink)),
            Err(stop) => return Err(stop),
        };
        self.accept(cursor, tag, from, found, sink)
    }

    /// Calls that were read: whether they are meant, and fit.
    fn accept(
        &mut self,
        cursor: Cursor<'_>,
        tag: Option<Tag<'_>>,
        from: usize,
        found: Match<'_>,
        sink: &mut dyn Sink,
    ) -> Read<Verdict> {
        let (text, begin) = (cursor.text, cursor.at);
        let before = &text[from..begin];
        let Match { end, calls: written, format, damage, proof } = found;
        if proof == Proof::Form && !self.ends_reply(Cursor { at: end, ..cursor })? {
            // What follows refuses each of them.
            self.goes_on = self.place(text, end);
            for call in written {
                sink.misfit(Rejected { name: call.name.into_owned(), format, why: Reason::GoesOn });
            }
            return Ok(Verdict::Refused);
        }
        if !self.is_adjacent(before) && self.lead.presents_example(before) {
            let name = written.first().map_or_else(String::new, |it| it.name.to_string());
            sink.misfit(Rejected { name, format, why: Reason::Example });
            return Ok(Verdict::Refused);
        }
        let mut calls = Vec::with_capacity(written.len());
        for Written { name, arguments, id } in written {
            match self.tools.fit(&name, arguments) {
                Ok(fit) => calls.push(Found::of(fit, id, format, damage)),
                Err(misfit) => {
                    sink.misfit(Rejected { name: name.into_owned(), format, why: Reason::Misfit(misfit) });
                    return Ok(self.refuse(tag));
                }
            }
        }
        if self.limits.undamaged_only
            && let Some(call) = calls.iter().find(|call| !call.damage.is_harmless())
        {
            sink.misfit(Rejected { name: call.name.to_string(), format, why: Reason::Mended });
            return Ok(Verdict::Refused);
        }
        self.pass(text, from, begin, sink);
        sink.dropped(&text[begin..end]);
        for call in calls {
            self.emit(call, sink);
        }
        self.cut_off |= damage.has(Damage::CutOff);
        self.phase = Phase::Behind;
        self.said = false;
        self.adjacent = proof == Proof::Markup;
        self.markdown.restart_line();
        Ok(Verdict::Taken(end))
    }

    /// Gives a call out, unless the same one stands right before it.
    fn emit(&mut self, call: Found, sink: &mut dyn Sink) {
        if let Some(found) = self.thought.take() {
            // The turn has a call of its own: what was only thought does not count.
            sink.misfit(Rejected {
                name: found.name.to_string(),
                format: found.format,
                why: Reason::Repeated,
            });
        }
        let same = self
            .last
            .as_ref()
            .is_some_and(|last| last.name == call.name && last.arguments.same(&call.arguments));
        if same {
            sink.misfit(Rejected { name: call.name.to_string(), format: call.format, why: Reason::Repeated });
            return;
        }
        self.last = Some(call.clone());
        sink.call(call);
    }

    /// A tag that names a tool nobody declared shields what is inside of it.
    fn refuse(&mut self, tag: Option<Tag<'_>>) -> Verdict {
        let shields = |tag: &Tag<'_>| {
            tag.opens() && matches!(tag.role(), Some(Role::Call | Role::Section | Role::Named))
        };
        if let Some(tag) = tag.filter(shields) {
            self.markdown.shield(tag.name.into_owned());
        }
        Verdict::Refused
    }

    /// A call that the output limit cut off is dropped, if one was meant.
    fn cut_short(&mut self, text: &str, from: usize, begin: usize, sink: &mut dyn Sink) -> Verdict {
        let rest = &text[begin..];
        let meant = opening::is_markup(rest) || self.tools.named_in(rest).is_some();
        if self.lead.presents_example(&text[from..begin]) || !meant {
            return Verdict::Refused;
        }
        self.pass(text, from, begin, sink);
        sink.dropped(rest);
        let name = self.tools.named_in(rest).unwrap_or_default();
        sink.misfit(Rejected { name, format: Format::UNKNOWN, why: Reason::CutOff });
        self.cut_off = true;
        Verdict::Taken(text.len())
    }

    /// Where in all that came a place in its end is.
    fn place(&self, text: &str, at: usize) -> usize {
        self.taken - (text.len() - at)
    }

    /// Whether nothing but markup follows: the end of the text, a made-up result, or another call.
    fn ends_reply(&self, mut at: Cursor<'_>) -> Read<bool> {
        if self.markdown.inside_data() {
            at.skip_blank();
            return Ok(at.peek()?.is_none());
        }
        if candidate::skip_noise(&mut at)? {
            return Ok(true);
        }
        let next = markup::tag(at)?;
        let markup = next.is_some_and(|tag| {
            tag.opens() && matches!(tag.role(), Some(Role::Call | Role::Section | Role::Named))
        });
        Ok(markup || at.begins("```json")? || at.begins("```tool")? || at.begins("```\n{")?)
    }

    /// Whether nothing but markup stands between the last call and a place, seen from what has not gone out.
    fn is_adjacent(&self, before: &str) -> bool {
        self.adjacent && before.trim().is_empty()
    }

    /// Whether a quotation mark stands right before.
    pub(super) fn is_quoted(&self, before: &str) -> bool {
        let last = before.chars().next_back().or_else(|| self.lead.last_char());
        !self.is_adjacent(before) && last.is_some_and(|it| matches!(it, '"' | '\'' | '`' | '“' | '‘' | '«'))
    }
}
