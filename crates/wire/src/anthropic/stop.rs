//! The words of `stop_reason`.

use std::borrow::Cow;

use canon::delta::StopReason;
use canon::text::Text;

/// Reads a word; those of tomorrow are kept.
pub(super) fn read(word: &Text) -> StopReason {
    match &*word.read() {
        "end_turn" => StopReason::EndTurn,
        "max_tokens" => StopReason::MaxOutput,
        "stop_sequence" => StopReason::StopSequence,
        "tool_use" => StopReason::Calls,
        "refusal" => StopReason::Refusal,
        "pause_turn" => StopReason::Pause,
        "model_context_window_exceeded" => StopReason::ContextFull,
        _ => StopReason::Other(Some(word.clone())),
    }
}

/// What an answer's blocks demand that the reason says.
#[derive(Clone, Copy)]
pub(super) struct Told {
    /// A call was sent. An agent runs calls only for this reason, and fails where there is none (measured with
    /// Claude Code 2.1).
    pub(super) called: bool,
    /// The reason was read from this dialect, so that unknown words of it may be said.
    pub(super) own: bool,
}

/// The word for a reason, bent to what the answer's blocks say.
pub(super) fn word(reason: &StopReason, told: Told) -> Cow<'_, str> {
    let word = match reason {
        StopReason::MaxOutput => "max_tokens",
        StopReason::Refusal => "refusal",
        StopReason::Pause => "pause_turn",
        StopReason::ContextFull => "model_context_window_exceeded",
        _ if told.called => "tool_use",
        StopReason::StopSequence => "stop_sequence",
        StopReason::Other(Some(word)) if told.own => return word.read(),
        StopReason::EndTurn | StopReason::Calls | StopReason::Other(_) => "end_turn",
    };
    Cow::Borrowed(word)
}
