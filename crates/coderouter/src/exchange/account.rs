//! What a whole answer was, for the facts.

use super::Ask;
use canon::config::DriftAction;
use canon::delta::{Block, Delta};
use canon::usage::Usage;
use routing::drift::{Listener, Observation};
use std::time::Instant;

/// What is known of an answer.
#[derive(Debug, Default)]
pub struct Account {
    /// Token counts.
    pub usage: Usage,
    /// The model, in the backend's words.
    pub model: Option<String>,
    /// When the first content came.
    pub first_content: Option<Instant>,
    /// Whether there was text that shows, or a call.
    pub has_substance: bool,
    /// Text blocks that were begun.
    pub text_blocks: usize,
    /// Bytes of text.
    pub text_bytes: usize,
    /// Bytes of text, thinking and arguments.
    pub bytes: usize,
    /// Who listens for falling quality.
    pub listener: Option<Box<Listener>>,
    /// Deltas that came.
    pub events: u64,
    /// Whether a block is open.
    pub block_open: bool,
    /// Whether it is a call.
    pub call_open: bool,
    /// Whether the reason it stopped for has come.
    pub finished: bool,
    /// Whether its terminator has come.
    pub ended: bool,
    /// Frames that could not be read.
    pub unreadable: u64,
}

impl Account {
    /// The account of an answer to a request, before anything of it has come.
    pub fn begun(ask: &Ask) -> Self {
        let is_watched = ask.plan.profile.drift.action != DriftAction::Off;
        let request = if is_watched { ask.request() } else { None };
        Self { listener: request.map(|request| Box::new(Listener::new(&request))), ..Self::default() }
    }

    /// What the answer was like, where somebody listened.
    pub fn observation(&self) -> Option<Observation> {
        self.listener.as_ref().map(|listener| (**listener).clone().finish())
    }

    /// Takes a delta in.
    pub fn observe(&mut self, delta: &Delta) {
        self.events += 1;
        if let Some(listener) = &mut self.listener {
            listener.push(delta);
        }
        if self.first_content.is_none() && delta.is_content() {
            self.first_content = Some(Instant::now());
        }
        match delta {
            Delta::Start(head) => self.usage.merge(&head.usage),
            Delta::Usage(usage) => self.usage.merge(usage),
            Delta::Open(block) => {
                self.block_open = true;
                self.call_open = matches!(block, Block::Call { .. });
                self.has_substance |= matches!(block, Block::Call { .. } | Block::Opaque(_));
                self.text_blocks += usize::from(matches!(block, Block::Text));
            }
            Delta::Thinking(text) | Delta::Arguments(text) => self.bytes += text.stored_len(),
            Delta::Text(text) => {
                self.bytes += text.stored_len();
                self.text_bytes += text.stored_len();
                self.has_substance = self.has_substance || !text.is_blank();
            }
            Delta::Close => {
                self.block_open = false;
                self.call_open = false;
            }
            Delta::Finish(_) => self.finished = true,
            Delta::End => self.ended = true,
            _ => {}
        }
    }
}
