//! Reads a tree into typed settings, collecting every mistake instead of stopping at the first.
//!
//! A block of settings is declared once, as a function over a [`Block`]: run over a mapping it reads it, run over
//! nothing it describes itself, which is how the JSON Schema for editors is made.

mod block;
mod json;
mod number;
mod shape;
mod text;
mod variable;

use std::fmt::Write as _;

pub(crate) use block::{Block, Setting, describe, nested, read_block};
pub(crate) use json::json_fields;
pub(crate) use number::{nonzero, number, seconds, share, whole};
pub(crate) use shape::{Shape, list, map, spanned};
pub(crate) use text::{
    Address, base_url, flag, is_name, model_name, name, pattern, text, variable_name, whole_pattern, word,
};

use super::environment::Env;
use super::near::nearest;
use super::place::Place;
use super::report::{Mistake, quoted};
use super::tree::{Kind, Node, Scalar};

/// How many mistakes are kept; a file that has more is past counting.
pub(crate) const MAX_MISTAKES: usize = 200;

/// The one text that editors accept where a number or a boolean belongs.
const VARIABLE: &str = "\\$\\{";

/// What a walk over a tree gathers.
pub(crate) struct Reader<'e> {
    env: &'e Env,
    path: Vec<Step>,
    pub(crate) mistakes: Vec<Mistake>,
    /// Places of values that must not be shown.
    pub(crate) secrets: Vec<Place>,
    /// The keys that were set, in file order.
    pub(crate) keys: Vec<SetKey>,
}

/// A step from a mapping or list to what is in it.
enum Step {
    Key(String),
    Index(usize),
}

/// A key that the file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetKey {
    /// Its path with `[]` for every index: `profiles[].adaptive`.
    pub(crate) pattern: String,
    /// Its path: `profiles[0].adaptive`.
    pub(crate) path: String,
    pub(crate) at: Place,
    /// Its value where that is a single text.
    pub(crate) value: Option<String>,
}

/// A value that remembers where it stands, for checks that need the whole file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    /// None where the value is a default.
    pub(crate) at: Option<Place>,
    pub(crate) key: String,
}

impl<T> Spanned<T> {
    /// A mistake at this value.
    pub(crate) fn mistake(&self, message: impl Into<String>) -> Mistake {
        match self.at {
            Some(at) => Mistake::at(at, message),
            None => Mistake::new(message),
        }
        .under(self.key.clone())
    }
}

impl<'e> Reader<'e> {
    pub(crate) fn new(env: &'e Env) -> Self {
        Self { env, path: Vec::new(), mistakes: Vec::new(), secrets: Vec::new(), keys: Vec::new() }
    }

    /// Whether further mistakes would be dropped, so that they need not be worked out.
    fn is_full(&self) -> bool {
        self.mistakes.len() >= MAX_MISTAKES
    }

    /// Records a mistake; one that names no key is about what is being read.
    pub(crate) fn report(&mut self, mistake: Mistake) {
        if !self.is_full() {
            let mistake = if mistake.key.is_empty() { mistake.under(self.path()) } else { mistake };
            self.mistakes.push(mistake);
        }
    }

    /// The path of what is being read.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.extend([".", key]),
                Step::Index(index) => {
                    let _ = write!(path, "[{index}]");
                }
            }
        }
        path
    }

    fn pattern(&self) -> String {
        let mut pattern = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if pattern.is_empty() => pattern.push_str(key),
                Step::Key(key) => pattern.extend([".", key]),
                Step::Index(_) => pattern.push_str("[]"),
            }
        }
        pattern
    }

    fn within<R>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let outcome = read(self);
        self.path.pop();
        outcome
    }

    /// The text of a scalar with its variables replaced; none, and a mistake, where it is something else.
    fn scalar(&mut self, node: &Node, expected: &str) -> Option<Scalar> {
        let Kind::Scalar(scalar) = &node.kind else {
            self.unexpected(node, expected);
            return None;
        };
        match variable::replace(&scalar.text, self.env) {
            Ok(text) => Some(Scalar { text: text.into_owned(), plain: scalar.plain }),
            Err(mistake) => {
                self.report(mistake.into_mistake(node.at));
                None
            }
        }
    }

    /// The text of a scalar as it is written.
    fn verbatim(&mut self, node: &Node, expected: &str) -> Option<String> {
        match &node.kind {
            Kind::Scalar(scalar) => Some(scalar.text.clone()),
            Kind::List(_) | Kind::Map(_) => {
                self.unexpected(node, expected);
                None
            }
        }
    }

    /// Records that something else was expected here. What the file says is repeated as it is written, before
    /// variables were replaced, since those may hold secrets.
    fn unexpected(&mut self, node: &Node, expected: &str) {
        self.unexpected_word(node, expected, None);
    }

    /// The same where one of a few words was expected.
    fn unexpected_word(&mut self, node: &Node, expected: &str, words: Option<&[&str]>) {
        if self.is_full() {
            return;
        }
        let found = match &node.kind {
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Scalar(_) if node.is_null() => "nothing".to_owned(),
            Kind::Scalar(scalar) => quoted(&scalar.text),
        };
        let near = match &node.kind {
            Kind::Scalar(scalar) => nearest(&scalar.text, words.unwrap_or_default().iter().copied()),
            Kind::Map(_) | Kind::List(_) => None,
        };
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        self.report(Mistake::at(node.at, format!("expected {expected}, found {found}")).hint_if(hint));
    }
}
