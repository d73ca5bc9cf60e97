//! Requests that hide most of their tools behind a search tool, and whether a chain can take them.
//!
//! Taking the search out of a request is the shape `deferred_tools`.

use canon::config::{DeferredToolsAction, Profile, Provider, ProviderKind, Word};
use canon::event::Fact;
use canon::fault::{Fault, FaultKind};
use canon::request::{Request, Tool, ToolKind};
use std::sync::Arc;

/// What is done with a request that uses tool search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolSearchAction {
    /// It is refused; clients then repeat it with all tools.
    Reject,
    /// The search tool and the flags are taken out for every provider, all tools are sent.
    Expand,
    /// It is sent as it is.
    Passthrough,
}

/// What the profile wants done with a request that uses tool search; none where it does not. `auto` lets it
/// through only where every provider that may be tried is Anthropic's own.
pub fn tool_search(
    request: &Request,
    profile: &Profile,
    attempts: &[Arc<Provider>],
) -> Option<ToolSearchAction> {
    let uses = request.tools.iter().any(|tool| is_search(tool) || is_deferred(tool));
    let anthropic = |provider: &Arc<Provider>| {
        provider.kind == ProviderKind::Anthropic && provider.endpoint.is_anthropic()
    };
    uses.then(|| match profile.deferred_tools {
        DeferredToolsAction::Reject => ToolSearchAction::Reject,
        DeferredToolsAction::Expand => ToolSearchAction::Expand,
        DeferredToolsAction::Passthrough => ToolSearchAction::Passthrough,
        DeferredToolsAction::Auto if attempts.iter().all(anthropic) => ToolSearchAction::Passthrough,
        DeferredToolsAction::Auto => ToolSearchAction::Reject,
    })
}

impl ToolSearchAction {
    /// The word in logs.
    pub fn word(self) -> &'static str {
        let action = match self {
            Self::Reject => DeferredToolsAction::Reject,
            Self::Expand => DeferredToolsAction::Expand,
            Self::Passthrough => DeferredToolsAction::Passthrough,
        };
        action.word()
    }

    /// What is told about it.
    pub fn fact(self, profile: &Profile) -> Fact {
        Fact::ToolSearch { action: self.word(), profile: profile.name.clone() }
    }

    /// The refusal, where it is one. Clients look for its words and then send all tools.
    pub fn refusal(self) -> Option<Fault> {
        let refused = self == Self::Reject;
        refused.then(|| Fault {
            field: Some("tools".to_owned()),
            should_retry: Some(false),
            ..Fault::new(
                FaultKind::Invalid,
                "tool search is not supported here: tools of type tool_search_tool and defer_loading can't be \
                 sent to this chain",
            )
            .with_hint("set deferred_tools_action: expand on the profile to send all tools instead")
        })
    }
}

/// Whether it is the tool that searches the others (types such as `tool_search_tool_regex_20251119`).
pub(crate) fn is_search(tool: &Tool) -> bool {
    matches!(&tool.kind, ToolKind::Hosted(kind) if kind.stored().starts_with(b"tool_search_tool"))
}

/// Whether the tool is hidden until it is found.
pub(crate) fn is_deferred(tool: &Tool) -> bool {
    tool.extra.find(DEFER_LOADING).is_some_and(|flag| **flag.bytes() == *b"true")
}

/// The flag on a tool that hides it.
pub(crate) const DEFER_LOADING: &str = "defer_loading";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::dialect::Dialect;
    use canon::text::Json;

    fn asks(kind: ToolKind, deferred: Option<&'static str>) -> Request {
        let mut tool = fixture::tool("t", kind);
        if let Some(flag) = deferred {
            tool.edit().extra.push(DEFER_LOADING.into(), Json::fixed(flag));
        }
        let mut request = Request::new(Dialect::Anthropic);
        request.tools.edit().push(tool);
        request
    }

    fn check(request: &Request, action: DeferredToolsAction, hosts: &[&str], expect: Option<&str>) {
        let profile = Profile { deferred_tools: action, ..fixture::profile("p", &[]) };
        let attempts: Vec<_> = hosts.iter().map(|url| Arc::new(fixture::native("a", url))).collect();
        let action = tool_search(request, &profile, &attempts);
        assert_eq!(action.map(ToolSearchAction::word), expect);
    }

    #[test]
    fn only_requests_that_search_meet_an_action() {
        use DeferredToolsAction as Action;
        let search = asks(ToolKind::Hosted("tool_search_tool_bm25_20251119".into()), None);
        let deferred = asks(ToolKind::Function, Some("true"));
        let (own, other) = ("https://api.anthropic.com", "https://anthropic.example");
        for request in [&search, &deferred] {
            check(request, Action::Auto, &[own, own], Some("passthrough"));
            check(request, Action::Auto, &[own, other], Some("reject"));
            check(request, Action::Expand, &[own], Some("expand"));
            check(request, Action::Reject, &[own], Some("reject"));
            check(request, Action::Passthrough, &[other], Some("passthrough"));
        }
        check(&asks(ToolKind::Function, Some("false")), Action::Reject, &[other], None);
        check(&asks(ToolKind::Hosted("web_search_20250305".into()), None), Action::Reject, &[other], None);
    }

    #[test]
    fn the_refusal_has_the_words_clients_look_for() {
        let fault = ToolSearchAction::Reject.refusal().unwrap();
        for words in ["tool search", "tool_search_tool", "defer_loading"] {
            assert!(fault.message.contains(words), "{words}");
        }
        assert_eq!(fault.should_retry, Some(false));
        assert_eq!(ToolSearchAction::Expand.refusal(), None);
    }
}
