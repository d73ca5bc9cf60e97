//! The shapes: what a request is bent into for one attempt at one provider, one small file each, in order.
//!
//! Each looks first and edits only what it must, so that untouched parts keep the bytes they came in. Nothing
//! that differs from turn to turn may be put in: the prompt of a turn has to begin with that of the turn before.
//! Encoding, and what a dialect cannot say, is not here.

mod billing_line;
mod cache_control;
mod call_ids;
mod context_trim;
mod deferred_tools;
mod empty_text;
mod extra_prompt;
mod instructions;
mod loop_hint;
mod note;
mod system_turns;
mod thinking;
mod tool_choice;

use crate::context::trim::Cut;
use canon::config::{Profile, Provider};
use canon::request::Request;
use canon::target::Droppable;
use std::borrow::Cow;

pub use note::ShapeNote;

/// A request as one provider gets it.
#[derive(Clone, Debug)]
pub struct Shaped<'a> {
    /// The request; the client's own where nothing had to change.
    pub request: Cow<'a, Request>,
    /// The fields to leave out: those refused before, and those the provider is known not to take.
    pub dropped: Vec<Droppable>,
    /// What was done, in order.
    pub notes: Vec<ShapeNote>,
}

/// What is known about one attempt beside the provider and the profile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// The fields the provider has refused before.
    pub refused: &'a [Droppable],
    /// What has to go so that the prompt fits its window; made for this very request.
    pub cut: Option<&'a Cut>,
    /// What a guard has to say to the model.
    pub hint: Option<&'a str>,
    /// Whether a table of slots wants this conversation's prompts without the attribution line.
    pub drops_line: bool,
}

/// Bends a request for an attempt at a provider.
pub fn shape<'a>(
    request: &'a Request,
    provider: &'a Provider,
    profile: &'a Profile,
    terms: Terms<'a>,
) -> Shaped<'a> {
    let (request, dropped) = (Cow::Borrowed(request), terms.refused.to_vec());
    let Terms { cut, hint, drops_line, .. } = terms;
    let mut draft = Draft { request, provider, profile, cut, hint, drops_line, dropped, notes: Vec::new() };
    for bend in SHAPES {
        bend(&mut draft);
    }
    Shaped { request: draft.request, dropped: draft.dropped, notes: draft.notes }
}

/// One way to bend a request.
type Shape = fn(&mut Draft<'_>);

/// Every shape: first what is left of the conversation, then what repairs the request, then what the provider needs, last what it can't take.
const SHAPES: &[Shape] = &[
    // Whatever counts turns or calls counts those that are sent.
    context_trim::cut,
    // Clients send back the empty block that kept them waiting; Anthropic's API refuses it.
    empty_text::drop_empty,
    // Each maker has its own rules for the ids of calls.
    call_ids::fit,
    // A local server's prompt cache ends where the attribution line differs.
    billing_line::steady,
    // The user's own directive for this provider.
    extra_prompt::append,
    // A choice that the provider can't force.
    tool_choice::emulate,
    // The guard's word to a model that repeats itself; the last one of the instructions.
    loop_hint::append,
    // Templates that want the system message first refuse later ones.
    system_turns::fold,
    // Markers for a cache the provider does not have.
    cache_control::strip,
    // A search over hidden tools that the provider can't run.
    deferred_tools::expand,
    // Thinking asked of a model that can't.
    thinking::drop_unsupported,
];

/// A request on its way through the shapes.
struct Draft<'a> {
    request: Cow<'a, Request>,
    provider: &'a Provider,
    profile: &'a Profile,
    cut: Option<&'a Cut>,
    hint: Option<&'a str>,
    drops_line: bool,
    dropped: Vec<Droppable>,
    notes: Vec<ShapeNote>,
}

impl Draft<'_> {
    fn drops(&self, field: Droppable) -> bool {
        self.dropped.contains(&field)
    }

    fn drop_field(&mut self, field: Droppable) {
        if !self.drops(field) {
            self.dropped.push(field);
        }
    }
}

#[cfg(test)]
mod tests;
