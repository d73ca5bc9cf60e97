//! Says a forced tool choice in words to providers that can't force one, where the profile asks for that; or tells that
//! it is sent to one that can't.

use super::instructions::{self, PARAGRAPH, Place};
use super::{Draft, ShapeNote};
use canon::config::{ProviderKind, ToolChoiceAction};
use canon::request::ToolChoice;
use canon::text::Text;

pub(super) fn emulate(draft: &mut Draft<'_>) {
    if draft.profile.tool_choice == ToolChoiceAction::Off || can_force(draft) {
        return;
    }
    let Some(tool) = forced(draft) else { return };
    if draft.profile.tool_choice == ToolChoiceAction::Warn {
        draft.notes.push(ShapeNote::ToolChoiceUnsupported);
        return;
    }
    let last = Place::all(&draft.request).last();
    let request = draft.request.to_mut();
    request.tool_choice = None;
    instructions::extend(request, last, &directive(tool.as_ref()), PARAGRAPH);
    draft.notes.push(ShapeNote::ToolChoiceEmulated(tool));
}

/// Nobody has said it of most models; of those behind Anthropic's wire it is to be expected.
fn can_force(draft: &Draft<'_>) -> bool {
    draft.provider.facts.tool_choice.or(draft.provider.kind == ProviderKind::Anthropic)
}

/// The tool that must be called, or none where any will do. Without tools there is nothing to force.
fn forced(draft: &Draft<'_>) -> Option<Option<Text>> {
    match &draft.request.tool_choice {
        _ if !draft.request.declares_tools() => None,
        Some(ToolChoice::Any) => Some(None),
        Some(ToolChoice::Named(tool)) => Some(Some(tool.clone())),
        Some(ToolChoice::Auto | ToolChoice::None | ToolChoice::Opaque(_)) | None => None,
    }
}

fn directive(tool: Option<&Text>) -> String {
    let call = match tool {
        Some(tool) => format!("a call of the tool `{tool}`"),
        None => "a call of one of the provided tools".to_owned(),
    };
    format!("You MUST answer with {call}. Do not answer with plain text.")
}
