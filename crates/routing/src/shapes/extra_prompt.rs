//! Appends the directive that the provider or the profile has for the model to the instructions, always at the
//! same place and in the same words.

use super::instructions::{self, Place};
use super::{Draft, ShapeNote};
use canon::extra::Extra;
use canon::request::{Content, Message, Request, Role, Sourced};

pub(super) fn append(draft: &mut Draft<'_>) {
    let Some(text) = draft.provider.system_prompt_under(draft.profile) else { return };
    let first = Place::all(&draft.request).next();
    let request = draft.request.to_mut();
    match first.and_then(|place| place.edit(request)) {
        Some(content) => instructions::append(content, text),
        None => create(request, text),
    }
    draft.notes.push(ShapeNote::PromptAppended);
}

fn create(request: &mut Request, text: &str) {
    let content = Content::Text(text.into());
    if Place::is_field(request.dialect) {
        request.system = Some(Sourced::new(content));
    } else {
        let turn = Message { role: Role::System, content, extra: Extra::default() };
        request.messages.edit().insert(0, Sourced::new(turn));
    }
}
