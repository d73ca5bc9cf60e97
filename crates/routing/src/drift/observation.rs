//! One observation: what an attempt came to, in the few words that drift is told by.

use super::fingerprint::Fingerprint;
use canon::delta::StopReason;
use canon::request::{Content, PartKind, Request, Role, ToolChoice};

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It failed, before or in the middle of the answer.
    Failed,
    /// It was answered.
    Answered(Answer),
}

/// A whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether there was anything for the client: a call, text that shows, or a block of an unknown kind. Counts
    /// of tokens don't matter, as many backends leave them out.
    pub has_content: bool,
    /// Whether a tool was called.
    pub called: bool,
    /// How long it was, in tokens: as reported, else estimated; 0 only where nothing came at all.
    pub length: u64,
    /// Whether a call was to be expected.
    pub offer: Offer,
    /// How it ended.
    pub ending: Ending,
    /// What its text was about; none where there was too little of it.
    pub fingerprint: Option<Fingerprint>,
}

impl Answer {
    /// Whether the answer says something about the provider's will to call tools.
    ///
    /// One that calls does. One that does not, does unless it was right not to: no tool was offered; the model
    /// refused, or will go on; or the results of earlier calls were there and it wrote its last word on them, as
    /// every agent's turn ends. Where a call was demanded nothing excuses its absence.
    pub fn is_tool_eligible(&self) -> bool {
        let last_word = self.has_content && self.ending == Ending::Turn;
        match self.offer {
            Offer::Nothing => false,
            Offer::Demanded => true,
            _ if self.called => true,
            _ if self.ending == Ending::Declined => false,
            Offer::Start => true,
            Offer::AfterResults => !last_word,
        }
    }
}

/// What a request offers a model to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// No tool, or none that may be called.
    Nothing,
    /// Tools, and nothing has been done with them since the user last spoke.
    Start,
    /// Tools, and the results of calls: the model may be done.
    AfterResults,
    /// Tools, one of which must be called.
    Demanded,
}

impl Offer {
    /// What a request offers.
    pub fn of(request: &Request) -> Self {
        match request.tool_choice {
            _ if !request.declares_tools() => Self::Nothing,
            Some(ToolChoice::None) => Self::Nothing,
            Some(ToolChoice::Any | ToolChoice::Named(_)) => Self::Demanded,
            _ if ends_in_results(request) => Self::AfterResults,
            _ => Self::Start,
        }
    }
}

/// Whether the last thing said to the model was the results of its calls. The harness's reminders may stand behind
/// them, and so may the beginning of an answer that the model is to go on from.
fn ends_in_results(request: &Request) -> bool {
    let told = request.messages.iter().rev().find_map(|turn| match turn.role {
        Role::Tool => Some(true),
        Role::User => Some(holds_results(&turn.content)),
        Role::Assistant | Role::System | Role::Developer => None,
    });
    told.unwrap_or(false)
}

fn holds_results(content: &Content) -> bool {
    match content {
        Content::Parts(parts) => parts.iter().any(|part| matches!(part.kind, PartKind::CallResult(_))),
        Content::Absent | Content::Text(_) => false,
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The model had said everything.
    Turn,
    /// It wants its calls run.
    Calls,
    /// A limit or a stop sequence cut it.
    Cut,
    /// The model refused, or paused a long turn.
    Declined,
    /// In no known way, or without saying how.
    Unknown,
}

impl From<Option<&StopReason>> for Ending {
    /// The reason must be the backend's own: what was made up for the client would hide that it was missing.
    fn from(reason: Option<&StopReason>) -> Self {
        match reason {
            Some(StopReason::EndTurn) => Self::Turn,
            Some(StopReason::Calls) => Self::Calls,
            Some(StopReason::MaxOutput | StopReason::StopSequence | StopReason::ContextFull) => Self::Cut,
            Some(StopReason::Refusal | StopReason::Pause) => Self::Declined,
            Some(StopReason::Other(_)) | None => Self::Unknown,
        }
    }
}
