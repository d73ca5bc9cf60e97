//! Thinking of chat backends, kept from clients that did not ask for it.
//!
//! `reasoning` and `reasoning_content` are no standard fields of that dialect; `reasoning_passthrough: true` lets them
//! through, and so does a client that asks for thinking. Anthropic backends are left alone.

use super::Ask;
use crate::upstream::Backend;
use canon::delta::{Block, Delta};
use canon::request::{ReasoningMode, Request};
use wire::codec::Wire;

/// Takes thinking out of an answer.
#[derive(Debug, Default)]
pub struct ThinkingFilter {
    inside: bool,
    /// Whether anything was taken out.
    pub fired: bool,
}

impl ThinkingFilter {
    /// A filter for an answer of this backend, if it needs one.
    pub fn of(ask: &Ask, backend: &Backend) -> Option<Self> {
        let lets_through = ask.wants_thinking || backend.provider.facts.reasoning_passthrough;
        (backend.wire == Wire::OpenAi && !lets_through).then(Self::default)
    }

    /// Takes the thinking out of these deltas; whether there was any.
    pub fn apply(&mut self, deltas: &mut Vec<Delta>) -> bool {
        let before = deltas.len();
        deltas.retain(|delta| {
            let was_inside = self.inside;
            match delta {
                Delta::Open(block) => self.inside = matches!(block, Block::Thinking | Block::Redacted(_)),
                Delta::Close => self.inside = false,
                _ => {}
            }
            let speaks = matches!(
                delta,
                Delta::Open(_) | Delta::Close | Delta::Thinking(_) | Delta::Signature(_) | Delta::Opaque(_)
            );
            !(speaks && (was_inside || self.inside))
        });
        let removed = deltas.len() < before;
        self.fired |= removed;
        removed
    }
}

/// Whether a client asks to see what the model thinks.
pub fn is_asked_for(request: &Request) -> bool {
    let reasoning = &request.reasoning;
    matches!(reasoning.mode, Some(ReasoningMode::Adaptive | ReasoningMode::On(_)))
        || (reasoning.mode.is_none() && reasoning.effort.is_some())
        || ["reasoning", "include_reasoning"].iter().any(|key| request.extra.find(key).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thinking_is_taken_out() {
        let mut deltas = vec![
            Delta::Start(Box::default()),
            Delta::Open(Block::Thinking),
            Delta::Thinking("hm".into()),
            Delta::Close,
            Delta::Open(Block::Text),
            Delta::Text("hello".into()),
        ];
        let mut filter = ThinkingFilter::default();
        assert!(filter.apply(&mut deltas));
        assert_eq!(
            deltas,
            [Delta::Start(Box::default()), Delta::Open(Block::Text), Delta::Text("hello".into())]
        );
        let mut rest = vec![Delta::Close];
        assert!(!filter.apply(&mut rest));
        assert_eq!(rest, [Delta::Close]);
    }
}
