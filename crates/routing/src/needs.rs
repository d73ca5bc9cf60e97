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
    tools: OnceCell<bool>,
}

/// What a record says of a request that itself is gone.
#[derive(Clone, Copy, Debug)]
pub struct Recorded {
    /// Its prompt in tokens, estimated.
    pub tokens: u64,
    /// Whether it declared tools.
    pub tools: bool,
    /// Whether there were pictures in it.
    pub pictures: bool,
}

impl<'a> Needs<'a> {
    /// The needs of a request whose body was this long.
    pub fn of(request: &'a Request, body_bytes: u64, tool_content: ToolContent) -> Self {
        let (tokens, pictures, tools) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { request, body_bytes, tool_content, tokens, pictures, tools }
    }

    /// The needs of a request of which only a record is left; `frame` stands for what the record does not say.
    pub fn recorded(frame: &'a Request, recorded: Recorded) -> Self {
        Self {
            tokens: OnceCell::from(recorded.tokens),
            pictures: OnceCell::from(recorded.pictures),
            tools: OnceCell::from(recorded.tools),
            // As long as the bound needs it to be.
            ..Self::of(frame, recorded.tokens.saturating_mul(3), ToolContent::Counted)
        }
    }

    /// The prompt in tokens, estimated. Costs a pass over the text.
    pub fn tokens(&self) -> u64 {
        *self.tokens.get_or_init(|| estimate_tokens(self.request, self.tool_content))
    }

    /// Whether the tokens were counted.
    #[cfg(test)]
    pub(crate) fn is_counted(&self) -> bool {
        self.tokens.get().is_some()
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
        *self.tools.get_or_init(|| self.request.declares_tools())
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
    fn what_a_record_says_is_not_looked_for() {
        let frame = Request::new(Dialect::OpenAi);
        for (tokens, tools, pictures) in [(0, true, false), (7, false, true), (u64::MAX / 8, true, true)] {
            let needs = Needs::recorded(&frame, Recorded { tokens, tools, pictures });
            assert_eq!((needs.tokens(), needs.tools(), needs.pictures()), (tokens, tools, pictures));
            assert!(needs.tokens() == tokens && !needs.thinking());
        }
    }

    #[test]
    fn the_bound_is_never_below_the_estimate() {
        for text in ["a", "abcdefghijkl", "\u{4e16}\u{754c}\u{4e16}\u{754c}\u{4e16}\u{754c}", ""] {
            let request = fixture::request(Dialect::OpenAi, &[], &[(Role::User, text)]);
            let needs = Needs::of(&request, text.len() as u64, ToolContent::Counted);
            assert!(needs.tokens_bound() >= needs.tokens(), "{text}");
        }
    }
}
