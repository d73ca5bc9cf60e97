//! What comes out of a scanner, and how far it may go.

use crate::damage::Damages;
use crate::format::Format;
use crate::toolbox::{Fit, Misfit};
use crate::value::Value;
use canon::text::Text;
use std::borrow::Cow;
use std::sync::Arc;

/// What comes out of a scanner, in order.
pub trait Sink {
    /// Text for the client to see.
    fn text(&mut self, text: &str);
    /// Thinking that leaked into the text.
    fn thinking(&mut self, text: &str);
    /// A call.
    fn call(&mut self, call: Found);
    /// A call that was read and can't be run.
    fn misfit(&mut self, misfit: Rejected);
    /// Markup that goes out in no form.
    fn dropped(&mut self, text: &str);
}

/// A call that was found in text.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The tool's name as declared.
    pub name: Text,
    /// The arguments, an object.
    pub arguments: Arc<Value<'static>>,
    /// The id it was written with.
    pub id: Option<String>,
    /// The family it was written in.
    pub format: Format,
    /// What was wrong with it.
    pub damage: Damages,
}

impl Found {
    /// A call that fits a tool, as it was written.
    pub(super) fn of(fit: Fit<'_>, id: Option<Cow<'_, str>>, format: Format, written: Damages) -> Self {
        let (mut damage, id) = (written, id.map(Cow::into_owned));
        damage.join(fit.damage);
        Self { name: fit.name, arguments: Arc::new(fit.arguments.into_owned()), id, format, damage }
    }
}

/// Something that has the form of a call and is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    /// The name that was written.
    pub name: String,
    /// The family it was written in.
    pub format: Format,
    /// Why it is none.
    pub why: Reason,
}

/// Why something that has the form of a call is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It fits no declared tool.
    Misfit(Misfit),
    /// It is presented as an example.
    Example,
    /// Text goes on behind it, and no markup says it is a call.
    GoesOn,
    /// It was cut off by the output limit.
    CutOff,
    /// It would have to be mended, and may not.
    Mended,
    /// The same call stands right before it.
    Repeated,
}

/// How far a scanner may go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Calls that are damaged stay text.
    pub undamaged_only: bool,
    /// Thinking is looked for at the beginning of every line, not only of the text.
    pub thinking_anywhere: bool,
    /// The text begins inside thinking whose opening tag was in the prompt.
    pub starts_thinking: bool,
    /// All of the text is thinking: it came as such.
    pub is_thinking: bool,
}
