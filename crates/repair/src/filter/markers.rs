//! `strip_stop_markers`: tokens of chat templates that end a turn, removed where a model can leak them: at the start, at
//! the end, and alone on a line. In code, in quotes and in the middle of a sentence they are text.

use crate::cursor::{Cursor, Edge, Stop};
use crate::markup::{self, Role};

/// The longest marker, in bytes.
const LONGEST: usize = 48;

/// Words that no tag is, or that are more than one.
const WORDS: &[&str] =
    &["<|im_start|>assistant\n", "<|channel>thought", "<|turn>model\n", "<start_of_turn>model\n"];

/// Removes stop markers, across pieces.
#[derive(Debug, Default)]
pub(super) struct StopMarkers {
    held: String,
    /// What stands before: nothing but blanks since the last line end.
    line_has_text: bool,
    /// How many backticks are open on this line.
    code: usize,
    fence: bool,
    /// The last character that went out.
    last: Option<char>,
    fired: bool,
}

impl StopMarkers {
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    pub(super) fn fired(&self) -> bool {
        self.fired
    }

    pub(super) fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        self.run(Edge::Open)
    }

    pub(super) fn finish(&mut self) -> String {
        self.run(Edge::Stopped)
    }

    fn run(&mut self, edge: Edge) -> String {
        let text = std::mem::take(&mut self.held);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < text.len() {
            let next = text[at..].find('<').map_or(text.len(), |len| at + len);
            self.pass(&text[at..next], &mut out);
            at = next;
            if at == text.len() {
                break;
            }
            match self.marker(Cursor::new(&text, at, edge)) {
                Ok(Some(len)) => {
                    self.fired = true;
                    at += len;
                }
                Ok(None) => {
                    self.pass("<", &mut out);
                    at += 1;
                }
                Err(_) => {
                    text[at..].clone_into(&mut self.held);
                    break;
                }
            }
        }
        out
    }

    /// The length of the marker at the cursor, if it is one that leaked.
    fn marker(&self, at: Cursor<'_>) -> Result<Option<usize>, Stop> {
        if self.code > 0 || self.fence || matches!(self.last, Some('"' | '\'' | '“' | '`')) {
            return Ok(None);
        }
        let mut len = None;
        for word in WORDS {
            if at.begins(word)? {
                len = Some(word.len());
            }
        }
        let Some(len) = len.map_or_else(|| tag(at), |len| Ok(Some(len)))? else { return Ok(None) };
        if !self.line_has_text {
            return Ok(Some(len));
        }
        let mut behind = at;
        behind.at += len;
        behind.skip_spaces();
        Ok(matches!(behind.peek()?, None | Some(b'\n' | b'\r' | b'<')).then_some(len))
    }

    fn pass(&mut self, text: &str, out: &mut String) {
        for it in text.chars() {
            match it {
                '\n' => {
                    self.line_has_text = false;
                    self.code = 0;
                }
                '`' => {
                    self.code =
                        if self.last == Some('`') { self.code + 1 } else { usize::from(self.code == 0) };
                    // The third of three at the beginning of a line.
                    if self.code == 3 || (out.ends_with("``") && !self.line_has_text) {
                        self.fence = !self.fence;
                        self.code = 0;
                    }
                }
                it if !it.is_whitespace() => self.line_has_text = true,
                _ => {}
            }
            out.push(it);
            self.last = Some(it);
        }
    }
}

fn tag(at: Cursor<'_>) -> Result<Option<usize>, Stop> {
    if at.edge == Edge::Open && at.rest().len() > LONGEST && !at.rest()[..LONGEST].contains('>') {
        return Ok(None);
    }
    let tag = markup::tag(at)?;
    Ok(tag.filter(|tag| tag.role() == Some(Role::Stop) || matches!(&*tag.name, "pythontag" | "toolcall" | "toolsep" if tag.style == markup::Style::Barred)).map(|tag| tag.len))
}
