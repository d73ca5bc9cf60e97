//! Everything in a request that a model gets to read, handed to a measure piece by piece. What a piece weighs is the
//! measure's business.

use crate::estimate::ToolContent;
use canon::request::{Arguments, Content, Media, MediaData, Message, PartKind, Request};
use canon::text::{Json, Text};

/// Takes the pieces of a prompt, in their order.
pub(crate) trait Measure {
    /// A text.
    fn text(&mut self, text: &Text);

    /// A value that the model reads as JSON.
    fn json(&mut self, value: &Json);

    /// What the model thought, of which templates show it less and less.
    fn thinking(&mut self, text: &Text) {
        self.text(text);
    }
}

/// Hands over all of it. Pictures, sound and what nobody can read are left out; tool definitions never are.
pub(crate) fn measure(request: &Request, tool_content: ToolContent, measure: &mut impl Measure) {
    measure_front(request, tool_content, measure);
    for turn in request.messages.iter() {
        measure_turn(turn, tool_content, measure);
    }
}

/// Hands over what stands beside the turns: the system text and the tool definitions.
pub(crate) fn measure_front(request: &Request, tool_content: ToolContent, measure: &mut impl Measure) {
    measure_system(request, tool_content, measure);
    measure_tools(request, measure);
}

/// Hands over the system text, where it stands beside the turns.
pub(crate) fn measure_system(request: &Request, tool_content: ToolContent, measure: &mut impl Measure) {
    if let Some(system) = &request.system {
        Walk { tool_content, measure }.content(system, 0);
    }
}

/// Hands over the tool definitions.
pub(crate) fn measure_tools(request: &Request, measure: &mut impl Measure) {
    for tool in request.tools.iter() {
        match tool.source() {
            Some(source) => measure.json(source),
            None => {
                measure.text(&tool.name);
                tool.description.iter().for_each(|text| measure.text(text));
                tool.schema.iter().for_each(|schema| measure.json(schema));
            }
        }
    }
}

/// Hands over one turn.
pub(crate) fn measure_turn(turn: &Message, tool_content: ToolContent, measure: &mut impl Measure) {
    Walk { tool_content, measure }.content(&turn.content, 0);
}

struct Walk<'a, M> {
    tool_content: ToolContent,
    measure: &'a mut M,
}

impl<M: Measure> Walk<'_, M> {
    fn content(&mut self, content: &Content, depth: usize) {
        match content {
            Content::Absent => {}
            Content::Text(text) => self.measure.text(text),
            Content::Parts(parts) => parts.iter().for_each(|part| self.part(&part.kind, depth)),
        }
    }

    fn part(&mut self, kind: &PartKind, depth: usize) {
        /// Results inside results: deeper ones are no prompt anybody renders.
        const DEPTH_LIMIT: usize = 4;
        let counted = self.tool_content == ToolContent::Counted;
        match kind {
            PartKind::Text(text) | PartKind::Refusal(text) => self.measure.text(text),
            PartKind::Thinking(text) if counted => self.measure.thinking(text),
            PartKind::Call(call) if counted => {
                self.measure.text(&call.name);
                match &call.arguments {
                    Arguments::Value(value) => self.measure.json(value),
                    Arguments::Text(text) => self.measure.text(text),
                }
            }
            PartKind::CallResult(result) if counted && depth < DEPTH_LIMIT => {
                self.content(&result.content, depth + 1);
            }
            PartKind::Document(Media { data: MediaData::Plain(text), .. }) => self.measure.text(text),
            PartKind::Thinking(_) | PartKind::Call(_) | PartKind::CallResult(_) => {}
            PartKind::Image(_) | PartKind::Document(_) | PartKind::Audio(_) => {}
            PartKind::Redacted(_) | PartKind::Opaque(..) => {}
        }
    }
}
