//! Why an answer ended, in this dialect's words.

use canon::delta::StopReason;
use canon::text::Text;

/// What a backend's `finish_reason` means; servers use other makers' words too.
pub(super) fn reason(word: &Text) -> StopReason {
    match &*word.read() {
        "stop" | "end_turn" | "eos" | "eos_token" => StopReason::EndTurn,
        "length" | "max_tokens" => StopReason::MaxOutput,
        "tool_calls" | "function_call" | "tool_use" => StopReason::Calls,
        "content_filter" | "refusal" => StopReason::Refusal,
        "stop_sequence" => StopReason::StopSequence,
        "model_length" | "model_context_window_exceeded" => StopReason::ContextFull,
        _ => StopReason::Other(Some(word.clone())),
    }
}

/// What an answer holds that its ending must agree with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holds {
    pub(super) calls: bool,
    pub(super) refusal: bool,
}

/// The reason that agrees with what the backend sent, whatever it claims.
pub(super) fn agreed(reason: StopReason, holds: Holds) -> StopReason {
    match reason {
        StopReason::EndTurn | StopReason::StopSequence | StopReason::Other(_) if holds.calls => {
            StopReason::Calls
        }
        StopReason::Calls if !holds.calls => StopReason::EndTurn,
        StopReason::EndTurn if holds.refusal => StopReason::Refusal,
        reason => reason,
    }
}

/// The word for a reason, given what the client was sent: `tool_calls` where there are calls and no limit cut them.
/// The maker's own refusals end with `stop`, as their text is in a field of its own.
pub(super) fn word(reason: &StopReason, holds: Holds) -> &'static str {
    match reason {
        StopReason::MaxOutput | StopReason::ContextFull => "length",
        StopReason::Refusal if !holds.refusal => "content_filter",
        _ if holds.calls => "tool_calls",
        StopReason::EndTurn
        | StopReason::StopSequence
        | StopReason::Calls
        | StopReason::Refusal
        | StopReason::Pause
        | StopReason::Other(_) => "stop",
    }
}
