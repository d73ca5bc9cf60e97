//! Which conversation has which slot of a llama.cpp server, so that nobody reads a prompt again that the server has
//! read already.
//!
//! A server keeps one prompt a slot. Left to itself it gives conversations that begin alike the same slot, where each
//! cuts the other back. Asking the server, and moving slots to and from its files, is not done here.

mod files;
mod table;

pub use files::{FILE_BYTES_LIMIT, FILES_LIMIT, File};
pub use table::{ACTIVE_WINDOW, HOLDERS_LIMIT, SLOTS_LIMIT, Table};

use crate::conversation::{BILLING_LINE, Conversation, is_instruction};
use crate::digest::Digest;
use crate::estimate::ToolContent;
use crate::prompt::{self, Measure};
use crate::rates::Priority;
use canon::config::{Provider, ProviderKind, SlotAffinity, SlotFiles};
use canon::request::{Request, Role};
use canon::text::{Json, Text};
use std::time::Instant;

/// Whose prompt a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Holder {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether its requests declare tools: an agent asks for titles and summaries in the name of the conversation,
    /// with another prompt and without tools.
    pub tools: bool,
}

/// How much is lost with a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// Somebody waits for an agent's answer and will go on with the conversation.
    Main,
    /// A sub-agent, or a chat without tools: it has a slot for itself while one is left over, else it may borrow one.
    Side,
    /// A title, a summary: nobody goes on with it. It uses a slot that nobody has, and doesn't keep it.
    Passing,
}

impl Rank {
    fn of(request: &Request, priority: Priority) -> Self {
        let goes_on = request.messages.iter().any(|turn| turn.role == Role::Assistant);
        match (request.declares_tools(), priority) {
            (true, Priority::Main) => Self::Main,
            (true, Priority::Background) => Self::Side,
            (false, _) if goes_on => Self::Side,
            (false, _) => Self::Passing,
        }
    }
}

/// Who asks for a slot.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// For whom.
    pub holder: Holder,
    /// How much is lost with its prompt.
    pub rank: Rank,
    /// A digest of what the prompt has in common with others of its kind: instructions and tools. Nobody looks at it
    /// where no slots are handed out.
    pub beginning: u64,
    /// Since when it has been asking; at most `now`.
    pub since: Instant,
    /// The moment.
    pub now: Instant,
}

impl Asking {
    /// What a request of a conversation asks for. Costs a pass over its instructions and tools where the server's slots
    /// are handed out.
    pub fn of(
        request: &Request,
        conversation: Conversation,
        priority: Priority,
        now: Instant,
        hands_out: bool,
    ) -> Self {
        Self {
            holder: Holder { conversation, tools: request.declares_tools() },
            rank: Rank::of(request, priority),
            beginning: if hands_out { beginning(request) } else { 0 },
            since: now,
            now,
        }
    }
}

/// What a server says that it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// How many slots it has.
    pub slots: u32,
    /// Whether it has a place for slot files.
    pub files: bool,
    /// Whether its template takes instructions in the middle of a conversation.
    pub system_turns: bool,
}

/// How a conversation's prompts are written. As it was when the conversation began: a change would break the prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Without the attribution line.
    pub drops_line: bool,
    /// With instructions where they stand, in turns of their own.
    pub system_turns: bool,
}

/// What becomes of a request that asks for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// The server chooses a slot itself.
    Free,
    /// Worth a wait until a slot is given back or has read its prompt, at most until then: all are busy and taking one
    /// would cost somebody a prompt, or one of them is about to know how this prompt begins.
    Busy(Option<Instant>),
    /// It gets this slot, which is busy from now on.
    Pinned(Pin),
}

/// A slot that was given, and what has to be done before it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The slot's number, `0 <= slot < total`.
    pub slot: u32,
    /// Moves of prompts, in order; none without slot files.
    pub steps: Vec<Step>,
}

impl Pin {
    /// Another slot whose prompt is copied; it is busy too, and has to be given back once the moves are over.
    pub fn source(&self) -> Option<u32> {
        self.steps.iter().find_map(|step| match *step {
            Step::Save { slot, .. } if slot != self.slot => Some(slot),
            Step::Save { .. } | Step::Restore { .. } => None,
        })
    }
}

/// One move of a prompt between a slot and a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A slot's prompt is written to a file.
    Save {
        /// The slot.
        slot: u32,
        /// The file.
        file: File,
    },
    /// A slot gets the prompt in a file.
    Restore {
        /// The slot.
        slot: u32,
        /// The file.
        file: File,
    },
}

/// Whether a table says which conversations get which slots of a provider. A fixed number of slots without files is
/// handed out by [`Conversation::slot`] instead; llama-server drops `id_slot` on its Anthropic wire.
pub fn has_table(provider: &Provider) -> bool {
    let is_table = provider.slot_affinity_slots == SlotAffinity::Auto || wants_files(provider);
    is_table && provider.slot_affinity_slots != SlotAffinity::Off && provider.local && is_chat(provider)
}

/// Whether slots may be moved to files, where the server can.
pub fn wants_files(provider: &Provider) -> bool {
    provider.slot_files == SlotFiles::Auto && provider.local
}

fn is_chat(provider: &Provider) -> bool {
    provider.kind == ProviderKind::OpenAiCompat
}

/// A digest of instructions and tools, the attribution line apart.
fn beginning(request: &Request) -> u64 {
    let mut digest = Beginning(Digest::default());
    prompt::measure_front(request, ToolContent::Counted, &mut digest);
    for turn in request.messages.iter().take_while(|turn| is_instruction(turn.role)) {
        prompt::measure_turn(turn, ToolContent::Counted, &mut digest);
    }
    digest.0.value()
}

struct Beginning(Digest);

impl Measure for Beginning {
    fn text(&mut self, text: &Text) {
        if !text.stored().starts_with(BILLING_LINE) {
            self.0.write(text.stored());
        }
    }

    fn json(&mut self, value: &Json) {
        self.0.write(value.bytes());
    }
}

#[cfg(test)]
mod tests;
