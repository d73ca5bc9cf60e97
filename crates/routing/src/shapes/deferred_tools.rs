//! Sends all tools where the profile expands tool search: the search tool and the hiding flags go. Whether such
//! a request is taken at all is `tool_search`'s.

use super::{Draft, ShapeNote};
use crate::tool_search::{DEFER_LOADING, is_search};
use canon::config::DeferredToolsAction;

pub(super) fn expand(draft: &mut Draft<'_>) {
    let hides = |index: usize| draft.request.tools[index].extra.find(DEFER_LOADING).is_some();
    if draft.profile.deferred_tools != DeferredToolsAction::Expand {
        return;
    }
    let searches = draft.request.tools.iter().any(|tool| is_search(tool));
    let hidden: Vec<usize> = (0..draft.request.tools.len()).filter(|index| hides(*index)).collect();
    if !searches && hidden.is_empty() {
        return;
    }
    let tools = draft.request.to_mut().tools.edit();
    for index in hidden {
        tools[index].edit().extra.take(DEFER_LOADING);
    }
    tools.retain(|tool| !is_search(tool));
    draft.notes.push(ShapeNote::ToolSearchExpanded);
}
