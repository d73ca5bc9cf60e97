//! What a request asks of whoever answers it. Each answer is worked out when somebody first wants to know it, once.

use crate::estimate::{ToolContent, estimate_tokens};
use canon::request::{Content, PartKind, ReasoningMode, Request};
use std::cell::OnceCell;

/// What a request needs.
#[derive(Debug)]
pub struct Needs<'a> {
    /// The request.
    pub request: &'a Request,
    /// How long its body is, in bytes.
    pub body_bytes: u64,
    tool_content: ToolContent,
    tokens: OnceCell<u64>,
    pictures: OnceCell<bool>,
}

impl<'a> Needs<'a> {
    /// The needs of a request whose body was this long.
    pub fn of(request: &'a Request, body_bytes: u64, tool_content: ToolContent) -> Self {
        Self { request, body_bytes, tool_content, tokens: OnceCell::new(), pictures: OnceCell::new() }
    }

    /// The prompt in tokens, estimated. Costs a pass over the text.
    pub fn tokens(&self) -> u64 {
        *self.tokens.get_or_init(|| estimate_tokens(self.request, self.tool_content))
    }

    /// More tokens than the estimate can give, for nothing: the densest text has a token in three bytes.
    pub fn tokens_bound(&self) -> u64 {
        self.body_bytes / 3 + 1
    }

    /// Whether there are pictures in it.
    pub fn pictures(&self) -> bool {
        *self
            .pictures
            .get_or_init(|| self.request.messages.iter().any(|message| shows_pictures(&message.content)))
    }

    /// Whether tools may be called in the answer.
    pub fn tools(&self) -> bool {
        self.request.declares_tools()
    }

    /// Whether thinking is asked for.
    pub fn thinking(&self) -> bool {
        matches!(self.request.reasoning.mode, Some(ReasoningMode::On(_) | ReasoningMode::Adaptive))
    }
}

fn shows_pictures(content: &Content) -> bool {
    let Content::Parts(parts) = content else { return false };
    parts.iter().any(|part| match &part.kind {
        PartKind::Image(_) => true,
        PartKind::CallResult(result) => shows_pictures(&result.content),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::dialect::Dialect;
    use canon::request::Role;

    #[test]
    fn the_bound_is_never_below_the_estimate() {
        for text in ["a", "abcdefghijkl", "\u{4e16}\u{754c}\u{4e16}\u{754c}\u{4e16}\u{754c}", ""] {
            let request = fixture::request(Dialect::OpenAi, &[], &[(Role::User, text)]);
            let needs = Needs::of(&request, text.len() as u64, ToolContent::Counted);
            assert!(needs.tokens_bound() >= needs.tokens(), "{text}");
        }
    }
}
