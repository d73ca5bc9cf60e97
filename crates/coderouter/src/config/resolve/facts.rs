//! A provider's facts: its own flags before the registry's.

use canon::config::{Declared, Facts, Prefill, ProviderKind};

use super::super::file::Model;
use super::super::registry::{Flags, Registry};

/// What is known of a provider's model, and which of it somebody has declared.
pub(super) fn known(
    kind: ProviderKind,
    model: &Model,
    registry: &Registry,
    listed_window: Option<u32>,
) -> (Facts, Declared) {
    let facts = merge(kind, model, &registry.flags(kind, &model.name), listed_window);
    (facts, declared(kind, model, &registry.users_flags(kind, &model.name)))
}

/// Merges both; an explicit false beats a true of the registry.
///
/// The OpenAI wire has no thinking block, so a registry that says `thinking` of a model there means that the model
/// reasons, not that the block may be sent. `listed_window` is the context window of the price table, asked last.
fn merge(kind: ProviderKind, model: &Model, registry: &Flags, listed_window: Option<u32>) -> Facts {
    let own = &model.capabilities;
    let registry_thinking = registry.thinking.filter(|_| kind == ProviderKind::Anthropic);
    let thinking = own.thinking.or(registry_thinking);
    let reasons = own.reasoning_model.or(own.thinking).or(registry.reasoning_model).or(registry.thinking);
    Facts {
        thinking: thinking.into(),
        reasoning_model: reasons.unwrap_or(false),
        reasoning_passthrough: own.reasoning_passthrough.or(registry.reasoning_passthrough).unwrap_or(false),
        tools: own.tools.or(registry.tools).into(),
        tool_choice: own.tool_choice.or(registry.tool_choice).into(),
        vision: own.vision.or(registry.vision).into(),
        prompt_cache: own.prompt_cache.or(registry.cache_control).into(),
        max_context_tokens: model.max_context_tokens.or(registry.max_context_tokens).or(listed_window),
        prefill: own.prefill.or(registry.prefill).unwrap_or(Prefill::None),
        claude_code_suitability: registry.claude_code_suitability,
    }
}

/// Which of the facts somebody has declared: the provider's own flags, and those of the user's registry.
fn declared(kind: ProviderKind, model: &Model, users: &Flags) -> Declared {
    let own = &model.capabilities;
    let users_thinking = users.thinking.filter(|_| kind == ProviderKind::Anthropic);
    Declared {
        thinking: own.thinking.or(users_thinking).is_some(),
        tools: own.tools.or(users.tools).is_some(),
        vision: own.vision.or(users.vision).is_some(),
        prompt_cache: own.prompt_cache.or(users.cache_control).is_some(),
        max_context_tokens: model.max_context_tokens.or(users.max_context_tokens).is_some(),
        prefill: own.prefill.or(users.prefill).is_some(),
    }
}
