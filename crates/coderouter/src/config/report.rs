//! What is wrong with a configuration: every mistake with its file, line and column, the line itself, and a cure.
//!
//! A report never shows a secret: values of unknown keys and whatever looks like a key or password are masked.

mod mask;

use std::fmt;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

pub(crate) use mask::{holds_secret, mask_text};

use super::place::{Lines, Place};

/// How many mistakes of one file are shown; the rest is counted.
const MAX_SHOWN: usize = 50;

/// How many characters of a line are drawn.
const MAX_LINE: usize = 160;

/// From how many bytes on a line is not drawn at all.
const MAX_DRAWN: usize = 4096;

/// How many characters of a value a message repeats.
const MAX_QUOTED: usize = 40;

/// One mistake.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mistake {
    /// Where it stands; none where a whole file or the environment is meant.
    at: Option<Place>,
    /// The key's path, such as `providers[2].timeout_s`; may be empty.
    pub(crate) key: String,
    message: String,
    also: Option<(Place, &'static str)>,
    hints: Vec<String>,
}

impl Mistake {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    pub(crate) fn at(at: Place, message: impl Into<String>) -> Self {
        Self { at: Some(at), message: message.into(), ..Self::default() }
    }

    /// Another place that has to do with it.
    pub(crate) fn also(self, at: Place, label: &'static str) -> Self {
        Self { also: Some((at, label)), ..self }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// A hint that may be missing.
    pub(crate) fn hint_if(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    pub(crate) fn under(self, key: impl Into<String>) -> Self {
        Self { key: key.into(), ..self }
    }
}

/// The mistakes of one file, or of the environment.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The file; none for the environment.
    path: Option<PathBuf>,
    text: String,
    /// Places whose text is never shown.
    secrets: Vec<Place>,
    mistakes: Vec<Mistake>,
}

impl Part {
    pub(crate) fn of_file(path: &Path, text: &str, secrets: Vec<Place>, mut mistakes: Vec<Mistake>) -> Self {
        mistakes.sort_by_key(|mistake| mistake.at.map(|at| at.start));
        Self { path: Some(path.to_owned()), text: text.to_owned(), secrets, mistakes }
    }

    /// A file that could not be read at all.
    pub(crate) fn unreadable(path: &Path, mistake: Mistake) -> Self {
        Self::of_file(path, "", Vec::new(), vec![mistake])
    }

    pub(crate) fn of_environment(mistakes: Vec<Mistake>) -> Self {
        Self { path: None, text: String::new(), secrets: Vec::new(), mistakes }
    }

    fn origin(&self) -> String {
        self.path.as_ref().map_or_else(|| "environment".to_owned(), |path| path.display().to_string())
    }
}

/// Everything that is wrong, file by file. `Display` draws it for people, [`Report::to_json`] for programs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    parts: Vec<Part>,
}

impl Report {
    pub(crate) fn push(&mut self, part: Part) {
        if !part.mistakes.is_empty() {
            self.parts.push(part);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The number of mistakes.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.mistakes.len()).sum()
    }

    /// The mistakes as `{"errors": [{file, line, column, key, message, hints}]}`; unknown places are null.
    pub fn to_json(&self) -> Value {
        let errors: Vec<Value> = self
            .parts
            .iter()
            .flat_map(|part| {
                let lines = Lines::of(&part.text);
                part.mistakes.iter().map(move |mistake| mistake_json(part, &lines, mistake))
            })
            .collect();
        json!({ "errors": errors })
    }
}

impl std::error::Error for Report {}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            let lines = Lines::of(&part.text);
            for mistake in part.mistakes.iter().take(MAX_SHOWN) {
                writeln!(f, "{}\n", draw(part, &lines, mistake))?;
            }
            if part.mistakes.len() > MAX_SHOWN {
                let rest = part.mistakes.len() - MAX_SHOWN;
                writeln!(f, "... and {rest} more in {}\n", part.origin())?;
            }
        }
        match self.len() {
            1 => write!(f, "1 mistake found"),
            count => write!(f, "{count} mistakes found"),
        }
    }
}

fn mistake_json(part: &Part, lines: &Lines<'_>, mistake: &Mistake) -> Value {
    let line = mistake.at.map(|at| lines.line(at));
    json!({
        "file": part.path.as_ref().map(|path| path.display().to_string()),
        "line": line.map(|line| line.number),
        "column": line.map(|line| line.column),
        "key": if mistake.key.is_empty() { Value::Null } else { json!(mask_text(&mistake.key)) },
        "message": mask_text(&mistake.message),
        "hints": mistake.hints,
    })
}

fn draw(part: &Part, lines: &Lines<'_>, mistake: &Mistake) -> String {
    let message = mask_text(&mistake.message);
    let key = mask_text(&mistake.key);
    let mut group = Group::with_title(Level::ERROR.primary_title(message));
    group = match mistake.at {
        Some(at) => group.element(spot(part, lines, at, AnnotationKind::Primary, None)),
        None => group.element(Origin::path(part.origin())),
    };
    if let Some((at, label)) = mistake.also {
        group = group.element(spot(part, lines, at, AnnotationKind::Context, Some(label)));
    }
    if !key.is_empty() {
        group = group.element(Level::NOTE.with_name("key").message(key));
    }
    for hint in &mistake.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    Renderer::plain().render(&[group])
}

/// The one line of a place, with the place underlined.
fn spot<'a>(
    part: &'a Part,
    lines: &Lines<'a>,
    at: Place,
    kind: AnnotationKind,
    label: Option<&'static str>,
) -> Element<'a> {
    let line = lines.line(at);
    if line.text.len() > MAX_DRAWN {
        return Origin::path(part.origin()).line(line.number).char_column(line.column).into();
    }
    let masked = mask::mask_line(line.text, line.start, &part.secrets);
    let shown = masked.char_indices().nth(MAX_LINE).map_or(masked.len(), |(cut, _)| cut);
    let start = masked.floor_char_boundary(at.start.saturating_sub(line.start).min(shown));
    let end = masked.floor_char_boundary(at.end.saturating_sub(line.start).clamp(start, shown));
    let annotation = kind.span(start..end).label(label);
    Snippet::source(masked[..shown].to_owned())
        .line_start(line.number)
        .path(part.origin())
        .annotation(annotation)
        .into()
}

/// A text of the user's as messages show it: in backticks, short, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let start: String = text.chars().take(MAX_QUOTED).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(MAX_QUOTED).is_some() { "..." } else { "" };
    format!("`{start}{rest}`")
}
