//! One tool call of a stream while its pieces come in.

use super::outline::Outline;
use crate::openai::chunk::{CallForm, CallPiece};
use canon::delta::{Block, Delta};
use canon::escape;
use canon::text::Text;

/// One call.
#[derive(Debug, Default)]
pub(super) struct Slot {
    index: Option<u64>,
    id: Option<Text>,
    name: Option<Text>,
    outline: Outline,
    waiting: Vec<Text>,
    stage: Stage,
    /// The id the call was told with.
    told_id: Option<Text>,
    custom: bool,
    /// Whether the first piece was all that the beginning of a call needs.
    began_in_form: bool,
}

/// How far a call was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stage {
    #[default]
    Unopened,
    Open,
    Closed,
}

impl Slot {
    /// A call that begins with a piece, which is still to be taken in.
    pub(super) fn new(piece: &CallPiece) -> Self {
        Self {
            index: piece.index,
            custom: piece.form == CallForm::Custom,
            began_in_form: piece.begins_in_form(),
            ..Self::default()
        }
    }

    pub(super) fn index(&self) -> Option<u64> {
        self.index
    }

    pub(super) fn id(&self) -> Option<&Text> {
        self.id.as_ref()
    }

    pub(super) fn told_id(&self) -> Option<&Text> {
        self.told_id.as_ref()
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn is_named(&self) -> bool {
        self.name.is_some()
    }

    /// Whether the name is certain: names may come in pieces, but not once arguments come, nor where the
    /// beginning has the form of the reference.
    pub(super) fn is_ready(&self) -> bool {
        self.is_named() && (self.began_in_form || !self.outline.is_blank())
    }

    /// Whether the call may be over. A custom call's text can't tell.
    pub(super) fn is_whole(&self) -> bool {
        self.custom || self.outline.is_whole()
    }

    /// Whether the call goes out under the id it came with.
    pub(super) fn tells_as_it_came(&self) -> bool {
        self.stage == Stage::Open && self.told_id == self.id
    }

    /// Whether a piece that seems to go on with this call begins another one.
    pub(super) fn is_followed_by(&self, piece: &CallPiece) -> bool {
        let Some(name) = &piece.name else { return false };
        let other_id = matches!((&self.id, &piece.id), (Some(mine), Some(theirs)) if mine != theirs);
        let other_name = self.name.as_ref().is_some_and(|mine| mine != name);
        if self.outline.is_whole() {
            return other_id || other_name || !(piece.is_without_arguments() || self.has_heard(piece));
        }
        other_name && (other_id || (self.is_ready() && piece.id.is_none()))
    }

    /// Whether the piece is the whole call once more.
    pub(super) fn has_heard(&self, piece: &CallPiece) -> bool {
        let Some(arguments) = piece.arguments.as_ref().filter(|_| piece.name.is_some()) else { return false };
        let mut outline = Outline::default();
        outline.feed(&arguments.read());
        self.outline.is_whole() && self.name == piece.name && outline.resembles(&self.outline)
    }

    /// Takes a piece in; returns how many bytes wait because of it.
    pub(super) fn take(&mut self, piece: &CallPiece) -> usize {
        if self.id.is_none() {
            self.id.clone_from(&piece.id);
        }
        if let Some(name) = piece.name.as_ref().filter(|_| !self.is_ready()) {
            self.name = Some(self.joined_name(name));
        }
        let Some(arguments) = piece.arguments.as_ref().filter(|arguments| !arguments.is_empty()) else {
            return 0;
        };
        self.outline.feed(&arguments.read());
        self.waiting.push(arguments.clone());
        arguments.stored_len()
    }

    /// Tells the call's beginning, unless it was told, and the pieces that wait; returns how many bytes waited.
    pub(super) fn tell(&mut self, id: &Text, out: &mut Vec<Delta>) -> usize {
        if self.stage == Stage::Unopened {
            self.stage = Stage::Open;
            self.told_id = Some(id.clone());
            let name = self.name.clone().unwrap_or_default();
            out.push(Delta::Open(Block::Call { id: id.clone(), name, signature: None }));
            if self.custom {
                out.push(Delta::Arguments(Text::fixed(CUSTOM_HEAD)));
            }
        }
        let mut told = 0;
        for piece in self.waiting.drain(..) {
            told += piece.stored_len();
            out.push(Delta::Arguments(if self.custom { quoted(&piece) } else { piece }));
        }
        told
    }

    /// Closes the call; what waits is dropped, and how many bytes that was is returned.
    pub(super) fn close(&mut self, out: &mut Vec<Delta>) -> usize {
        if self.stage == Stage::Open {
            if self.custom {
                out.push(Delta::Arguments(Text::fixed(CUSTOM_TAIL)));
            }
            out.push(Delta::Close);
        }
        self.stage = Stage::Closed;
        self.waiting.drain(..).map(|piece| piece.stored_len()).sum()
    }

    /// The name with another piece of it; a repeated name stays as it is.
    fn joined_name(&self, piece: &Text) -> Text {
        match &self.name {
            None => piece.clone(),
            Some(name) if name == piece => name.clone(),
            Some(name) => Text::plain(format!("{name}{piece}")),
        }
    }
}

/// A custom tool takes free text; it is told as an object with that text in one field, as such a tool is declared
/// to backends that know functions only.
const CUSTOM_HEAD: &str = "{\"input\":\"";
const CUSTOM_TAIL: &str = "\"}";

/// Free text as the inside of a JSON string.
fn quoted(text: &Text) -> Text {
    let mut escaped = Vec::with_capacity(text.stored_len() + 8);
    escape::escape_into(text.read().as_bytes(), &mut escaped);
    Text::plain(String::from_utf8_lossy(&escaped))
}
