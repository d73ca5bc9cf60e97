//! The ids of calls in the form from before `tool_calls`, which had none: made of the call's number in the
//! conversation, so that call and result stay together in every dialect and the form can be told from the id.

use canon::text::Text;

const PREFIX: &str = "function_call_";

/// The id of the conversation's call of the older form with this number.
pub(super) fn id(number: usize) -> Text {
    Text::plain(format!("{PREFIX}{number}"))
}

/// Whether the id is of a call of the older form.
pub(super) fn is_id(id: &Text) -> bool {
    id.stored().starts_with(PREFIX.as_bytes())
}
