//! Reading one candidate: a place where a call may begin, in text that may not be all there.
//!
//! Every reader here is a function of the text alone: what it says of a text it says of every longer one, so that how
//! the text was cut can't matter.

mod bare;
mod fenced;
mod harmony;
mod json;
mod lost;
mod marked;
mod noise;
mod python;
mod shape;
mod tagged;
mod word;

pub use harmony::{Header, header, message};
pub use noise::{Noise, noise, skip_noise};
pub use word::{WORDS_BEFORE_EQUALS, could_begin_word, opens_word};

use crate::cursor::{Cursor, Read};
use crate::damage::Damages;
use crate::format::Format;
use crate::markup::Tag;
use crate::toolbox::{Arguments, Toolbox};
use std::borrow::Cow;

/// A call as it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written<'a> {
    /// The tool's name, in the model's spelling.
    pub name: Cow<'a, str>,
    /// Its arguments.
    pub arguments: Arguments<'a>,
    /// An id that the backend wants back as it was.
    pub id: Option<Cow<'a, str>>,
}

impl Written<'_> {
    /// The same call, with nothing borrowed.
    pub fn into_owned(self) -> Written<'static> {
        Written {
            name: Cow::Owned(self.name.into_owned()),
            arguments: self.arguments.into_owned(),
            id: self.id.map(|id| Cow::Owned(id.into_owned())),
        }
    }
}

/// What vouches for it that a call was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Markup that means calls and nothing else.
    Markup,
    /// Only the form: it must end the reply.
    Form,
}

/// Calls that were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// Where they end in the text.
    pub end: usize,
    /// The calls, in order.
    pub calls: Vec<Written<'a>>,
    /// The family they were written in.
    pub format: Format,
    /// What was wrong with the writing.
    pub damage: Damages,
    /// Why they are calls.
    pub proof: Proof,
}

/// What a reader knows beside the text.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The declared tools.
    pub tools: &'a Toolbox,
    /// Whether a call in markup was read just before, with nothing but markup since.
    pub adjacent: bool,
    /// Whether the place is at the beginning of a line.
    pub line_start: bool,
    /// Whether a letter stands right before.
    pub glued: bool,
}

/// Reads the calls at the cursor, where the tag stands if one was read there.
///
/// # Errors
/// If there are none, or more must come to tell.
pub fn read<'a>(start: Cursor<'a>, tag: Option<&Tag<'a>>, site: Site<'_>) -> Read<Match<'a>> {
    if let Some(tag) = tag {
        return marked::opened(start, tag, site);
    }
    match start.rest().as_bytes().first() {
        Some(b'{') => bare::object(start, site),
        Some(b'[') => word::bracket(start, site),
        Some(b'`' | b'~') => fenced::read(start, site),
        Some(b'<' | b'\\' | b'&' | b']') => marked::read(start, site),
        _ => word::read(start, site),
    }
}
