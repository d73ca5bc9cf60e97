//! The calls of a conversation, latest first. What they are compared by is not here.

use canon::request::{Call, CallResult, Content, Message, Part, PartKind, Request, Role};

/// A call that was made.
#[derive(Clone, Copy)]
pub(super) struct PastCall<'a> {
    pub(super) call: &'a Call,
    /// The turn it was made in.
    turn: usize,
}

impl<'a> PastCall<'a> {
    /// What the tool answered. Some clients use an id again, so only what comes behind the call is looked at.
    pub(super) fn result(self, request: &'a Request) -> Option<&'a CallResult> {
        let behind = request.messages[self.turn..].iter().flat_map(|message| parts(message));
        let mut results = behind.filter_map(|part| match &part.kind {
            PartKind::CallResult(result) => Some(result),
            _ => None,
        });
        results.find(|result| result.call_id == self.call.id)
    }
}

/// The calls of a request's conversation, latest first. Nothing is looked at before it is asked for.
pub(super) fn backwards(request: &Request) -> impl Iterator<Item = PastCall<'_>> {
    let turns = request.messages.iter().enumerate().rev();
    turns.flat_map(|(turn, message)| calls(message).rev().map(move |call| PastCall { call, turn }))
}

/// The calls of one turn, in order.
pub(super) fn calls(message: &Message) -> impl DoubleEndedIterator<Item = &Call> {
    let spoken = if message.role == Role::Assistant { parts(message) } else { &[] };
    spoken.iter().filter_map(|part| match &part.kind {
        PartKind::Call(call) => Some(call),
        _ => None,
    })
}

fn parts(message: &Message) -> &[Part] {
    match &message.content {
        Content::Parts(parts) => parts,
        Content::Absent | Content::Text(_) => &[],
    }
}
