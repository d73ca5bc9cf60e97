//! Repair as an exchange uses it: for which answers, and how a call that can't be run is asked for again.

use super::Ask;
use crate::upstream::Backend;
use canon::config::ToolRepair;
use canon::request::{Content, Message, Request, Role, Sourced, ToolChoice};
use canon::text::Text;
use repair::pipeline::{Complaint, Pipeline, Terms};
use repair::toolbox::Toolbox;
use std::sync::Arc;

/// Whether a provider is asked for the first time, or once more for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// As the plan says.
    First,
    /// With a complaint about its first answer.
    Again,
}

/// What mends an answer of this backend, if anything does.
pub fn pipeline(ask: &Ask, backend: &Backend, round: Round) -> Option<Box<Pipeline>> {
    let provider = &backend.provider;
    let repair = match (provider.tool_repair_under(&ask.plan.profile), round) {
        (ToolRepair::Reask, Round::Again) => ToolRepair::Repair,
        (repair, _) => repair,
    };
    if repair == ToolRepair::Off && provider.output_filters.is_empty() {
        return None;
    }
    let terms = Terms {
        tools: if repair == ToolRepair::Off { Arc::default() } else { ask.toolbox() },
        repair,
        filters: provider.output_filters.clone(),
        shows_thinking: ask.wants_thinking || provider.facts.reasoning_passthrough,
        seed: ask.id.number(),
    };
    (!terms.is_idle()).then(|| Box::new(Pipeline::new(terms)))
}

/// Whether an answer is held until its calls are found to be right.
pub fn holds_answer(ask: &Ask, backend: &Backend, round: Round) -> bool {
    round == Round::First && backend.provider.tool_repair_under(&ask.plan.profile) == ToolRepair::Reask
}

/// The declared tools. Where they are the most of the body, they share its memory.
pub fn toolbox(request: &Request, body_bytes: u64) -> Toolbox {
    let tools = Toolbox::of(request);
    if tools.size() as u64 * 2 < body_bytes { tools.detached() } else { tools }
}

/// The request once more, with the answer and what is wrong with it.
pub fn with_complaint(request: &Request, said: &str, complaint: &Complaint) -> Request {
    let mut request = request.clone();
    let turn = |role, text: String| {
        let content = Content::Text(Text::plain(text));
        Sourced::new(Message { role, content, extra: canon::extra::Extra::default() })
    };
    let said = if said.trim().is_empty() { "(an unreadable tool call)" } else { said.trim() };
    let messages = request.messages.edit();
    messages.push(turn(Role::Assistant, said.to_owned()));
    messages.push(turn(Role::User, complaint.text()));
    if matches!(request.tool_choice, None | Some(ToolChoice::Auto)) {
        request.tool_choice = Some(ToolChoice::Any);
    }
    request
}
