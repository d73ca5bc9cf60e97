//! Where in a Markdown text a place is, as far as it says whether a call can be meant there: not in code, quotes or
//! tables.

use crate::cursor::{Cursor, Edge, Read, Stop, Wait};
use crate::markup::{self, Side};

/// The state at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Markdown {
    line: Line,
    /// The mark and length of the fence that is open.
    fence: Option<(u8, usize)>,
    /// How many backticks the open code span has.
    code: usize,
    /// Brackets of data that are open in this paragraph.
    braces: usize,
    /// The tag whose end must pass before a call can be meant again.
    shield: Option<String>,
    /// Whether nothing but blanks has come since the last line end.
    blank: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Start,
    Text,
    Quoted,
}

/// What a place in the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A call may begin here.
    Candidate,
    /// A word at the beginning of a line, which may begin a call.
    FirstWord,
    /// Text.
    Plain,
}

/// Bytes that mean something in the middle of a line.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let mut at = 0;
    let list = b"\n`<[{}]:=\\&~>";
    while at < list.len() {
        marks[list[at] as usize] = true;
        at += 1;
    }
    // The lead byte of `◁`.
    marks[0xe2] = true;
    marks
};

impl Markdown {
    /// Whether the next byte is the first of a line that is no blank.
    pub(super) fn at_line_start(&self) -> bool {
        self.line == Line::Start && self.fence.is_none()
    }

    /// Whether data is open around the place.
    pub(super) fn inside_data(&self) -> bool {
        self.braces > 0
    }

    /// Whether no call can be meant here.
    fn is_shielded(&self) -> bool {
        self.fence.is_some() || self.code > 0 || self.line == Line::Quoted || self.shield.is_some()
    }

    /// Lets nothing be a call until a tag of this name has closed, or a paragraph has ended.
    pub(super) fn shield(&mut self, tag: String) {
        self.shield = Some(tag);
    }

    /// A new text begins.
    pub(super) fn restart_line(&mut self) {
        self.line = Line::Text;
    }

    /// Goes on over plain text from `at`; ends before a place that must be looked at, or at the end of the text.
    ///
    /// # Errors
    /// If more must come to tell what is at the place that `at` was moved to.
    pub(super) fn advance(&mut self, text: &str, at: &mut usize, edge: Edge) -> Read<Place> {
        let bytes = text.as_bytes();
        while *at < bytes.len() {
            if self.fence.is_some() {
                self.in_fence(text, at, edge)?;
                continue;
            }
            if self.line == Line::Start {
                if let Some(place) = self.line_start(text, at, edge)? {
                    return Ok(place);
                }
                continue;
            }
            if self.code > 0 || self.line == Line::Quoted {
                let stop = memchr::memchr2(b'\n', b'`', &bytes[*at..]);
                *at += stop.unwrap_or(bytes.len() - *at);
            } else {
                *at += bytes[*at..]
                    .iter()
                    .position(|byte| MARKS[usize::from(*byte)])
                    .unwrap_or(bytes.len() - *at);
            }
            let Some(byte) = bytes.get(*at) else { break };
            match byte {
                b'\n' => self.newline(at),
                b'`' => self.backticks(text, at, edge)?,
                b'}' => {
                    self.braces = self.braces.saturating_sub(1);
                    *at += 1;
                }
                _ if self.is_shielded() => self.shielded(text, at, edge)?,
                _ => return Ok(Place::Candidate),
            }
        }
        Ok(Place::Plain)
    }

    /// What was thought to begin a call is text; `at` moves over as much of it as is certain.
    pub(super) fn refuse(&mut self, text: &str, at: &mut usize) {
        let rest = &text.as_bytes()[*at..];
        let Some(first) = rest.first() else { return };
        if matches!(first, b'`' | b'~')
            && rest.len() >= 3
            && self.line == Line::Start
            && rest[..3].iter().all(|byte| byte == first)
        {
            let len = rest.iter().take_while(|byte| *byte == first).count();
            self.fence = Some((*first, len));
            self.line = Line::Text;
            *at += len;
            return;
        }
        self.braces += usize::from(*first == b'{');
        self.line = Line::Text;
        self.blank = false;
        *at += text[*at..].chars().next().map_or(1, char::len_utf8);
    }

    fn newline(&mut self, at: &mut usize) {
        if self.blank {
            self.braces = 0;
            self.shield = None;
        }
        self.line = Line::Start;
        self.blank = true;
        self.code = 0;
        *at += 1;
    }

    fn line_start(&mut self, text: &str, at: &mut usize, edge: Edge) -> Read<Option<Place>> {
        let bytes = text.as_bytes();
        match bytes[*at] {
            b' ' | b'\t' | b'\r' => *at += 1,
            b'\n' => self.newline(at),
            b'>' if !text[*at..].starts_with(">>>") => {
                if edge == Edge::Open
                    && bytes.len() - *at < 3
                    && bytes[*at..].iter().all(|byte| *byte == b'>')
                {
                    return Err(Stop::More(Wait::Any));
                }
                self.line = Line::Quoted;
                self.blank = false;
            }
            b'|' => {
                self.line = Line::Quoted;
                self.blank = false;
            }
            b'`' | b'~' => {
                let rest = &bytes[*at..];
                let len = rest.iter().take_while(|byte| **byte == rest[0]).count();
                if len == rest.len() && len < 3 && edge == Edge::Open {
                    return Err(Stop::More(Wait::Any));
                }
                if len >= 3 {
                    if self.shield.is_some() {
                        self.refuse(text, at);
                        return Ok(None);
                    }
                    return Ok(Some(Place::Candidate));
                }
                self.line = Line::Text;
                self.blank = false;
            }
            _ if self.is_shielded() => {
                self.line = Line::Text;
                self.blank = false;
            }
            byte if byte.is_ascii_alphabetic() || matches!(byte, b'>' | b'*' | b'_') => {
                return Ok(Some(Place::FirstWord));
            }
            byte => {
                self.blank = false;
                // A mark is looked at as the first of its line.
                if MARKS[usize::from(byte)] && byte != b'}' {
                    return Ok(Some(Place::Candidate));
                }
                self.line = Line::Text;
            }
        }
        Ok(None)
    }

    /// The first word of a line is no call.
    pub(super) fn refuse_word(&mut self) {
        self.line = Line::Text;
        self.blank = false;
    }

    fn in_fence(&mut self, text: &str, at: &mut usize, edge: Edge) -> Read<()> {
        let Some((mark, len)) = self.fence else { return Ok(()) };
        let bytes = text.as_bytes();
        if self.line != Line::Start {
            match memchr::memchr(b'\n', &bytes[*at..]) {
                Some(line) => {
                    *at += line + 1;
                    self.line = Line::Start;
                }
                None => *at = bytes.len(),
            }
            return Ok(());
        }
        let indent = bytes[*at..].iter().take_while(|byte| **byte == b' ').count();
        let from = *at + indent;
        let run = bytes[from..].iter().take_while(|byte| **byte == mark).count();
        if from + run == bytes.len() && run < len && edge == Edge::Open {
            return Err(Stop::More(Wait::Any));
        }
        if run >= len && indent < 4 {
            // Whether the line holds nothing else decides; what follows on it is seen as text either way.
            self.fence = None;
            self.line = Line::Text;
            *at = from + run;
        } else {
            self.line = Line::Text;
        }
        Ok(())
    }

    fn backticks(&mut self, text: &str, at: &mut usize, edge: Edge) -> Read<()> {
        let bytes = text.as_bytes();
        let run = bytes[*at..].iter().take_while(|byte| **byte == b'`').count();
        // A run at the end may go on.
        if *at + run == bytes.len() && edge == Edge::Open {
            return Err(Stop::More(Wait::Any));
        }
        if self.line != Line::Quoted {
            match self.code {
                0 => self.code = run,
                open if open == run => self.code = 0,
                _ => {}
            }
        }
        *at += run;
        Ok(())
    }

    /// A mark in a shielded place; the end of the shield is looked for.
    fn shielded(&mut self, text: &str, at: &mut usize, edge: Edge) -> Read<()> {
        let cursor = Cursor::new(text, *at, edge);
        if self.shield.is_some() && matches!(text.as_bytes()[*at], b'<' | b']' | b'\\' | b'&') {
            let closed = match markup::tag(cursor) {
                Ok(tag) => tag.filter(|tag| tag.side == Side::Close),
                Err(Stop::More(wait)) => return Err(Stop::More(wait)),
                Err(_) => None,
            };
            if closed.is_some_and(|tag| self.shield.as_deref() == Some(&*tag.name)) {
                self.shield = None;
            }
        }
        *at += text[*at..].chars().next().map_or(1, char::len_utf8);
        Ok(())
    }
}
