//! Takes prompt-cache markers out for providers without such a cache, where the profile says so or the provider
//! has refused them.

use super::{Draft, ShapeNote};
use canon::config::{CacheControlAction, ProviderKind};
use canon::request::{Content, Part, PartKind};
use canon::target::Droppable;

pub(super) fn strip(draft: &mut Draft<'_>) {
    if !draft.drops(Droppable::CacheControl) && !is_unwanted(draft) {
        return;
    }
    let markers = strip_system(draft) + strip_messages(draft) + strip_tools(draft);
    if markers > 0 {
        draft.drop_field(Droppable::CacheControl);
        draft.notes.push(ShapeNote::CacheControlStripped(markers));
    }
}

fn is_unwanted(draft: &Draft<'_>) -> bool {
    let supported = draft.provider.facts.prompt_cache.or(draft.provider.kind == ProviderKind::Anthropic);
    draft.profile.cache_control == CacheControlAction::Strip && !supported
}

fn strip_system(draft: &mut Draft<'_>) -> usize {
    if !draft.request.system.as_deref().is_some_and(is_marked) {
        return 0;
    }
    draft.request.to_mut().system.as_mut().map_or(0, |system| unmark(system.edit()))
}

fn strip_messages(draft: &mut Draft<'_>) -> usize {
    let mut markers = 0;
    for index in 0..draft.request.messages.len() {
        if is_marked(&draft.request.messages[index].content) {
            let turn = draft.request.to_mut().messages.edit()[index].edit();
            markers += unmark(&mut turn.content);
        }
    }
    markers
}

fn strip_tools(draft: &mut Draft<'_>) -> usize {
    let mut markers = 0;
    for index in 0..draft.request.tools.len() {
        if draft.request.tools[index].cache_control.is_some() {
            draft.request.to_mut().tools.edit()[index].edit().cache_control = None;
            markers += 1;
        }
    }
    markers
}

fn is_marked(content: &Content) -> bool {
    let within =
        |part: &Part| matches!(&part.kind, PartKind::CallResult(result) if is_marked(&result.content));
    let Content::Parts(parts) = content else { return false };
    parts.iter().any(|part| part.cache_control.is_some() || within(part))
}

fn unmark(content: &mut Content) -> usize {
    let Content::Parts(parts) = content else { return 0 };
    parts.iter_mut().fold(0, |markers, part| {
        let own = usize::from(part.cache_control.take().is_some());
        let within = match &mut part.kind {
            PartKind::CallResult(result) => unmark(&mut result.content),
            _ => 0,
        };
        markers + own + within
    })
}
