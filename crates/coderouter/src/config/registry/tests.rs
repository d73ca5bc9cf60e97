//! The bundled facts and the order of layers.

use super::*;

fn bundled() -> Registry {
    let (registry, part) = Registry::load(None, &Env::default());
    assert!(part.is_none());
    registry
}

#[test]
fn the_bundled_table_is_sound() {
    let env = Env::default();
    let (rules, reader) = rule_file::parse::<Rule>(BUNDLED, &env);
    assert!(reader.mistakes.is_empty(), "{:?}", reader.mistakes);
    assert!(rules.len() > 20);
}

#[test]
fn bundled_facts() {
    let registry = bundled();
    let anthropic = |model| registry.flags(ProviderKind::Anthropic, model);
    let openai = |model| registry.flags(ProviderKind::OpenAiCompat, model);

    assert_eq!(anthropic("claude-opus-4-1").thinking, Some(true));
    assert_eq!(anthropic("claude-sonnet-4-6").thinking, Some(true));
    assert_eq!(anthropic("claude-sonnet-4-5").thinking, None);
    assert_eq!(anthropic("claude-sonnet-4-5").cache_control, Some(true));
    assert_eq!(anthropic("claude-haiku-4-5").max_context_tokens, Some(200_000));
    assert_eq!(anthropic("qwen3.6-27b").cache_control, Some(true));
    assert_eq!(openai("claude-opus-4-1").thinking, None);

    assert_eq!(openai("meta/Llama-3.3-70B-Instruct").claude_code_suitability, Some(Suitability::Degraded));
    assert_eq!(openai("qwen3-coder:30b").claude_code_suitability, Some(Suitability::Fine));
    assert_eq!(openai("qwen3-coder:30b").tools, Some(true));
    assert_eq!(openai("qwen3-coder:30b").max_context_tokens, Some(131_072));
    assert_eq!(openai("qwen3:8b").max_context_tokens, Some(32_768));
    assert_eq!(openai("google/gemma-4-27b").reasoning_model, Some(true));
    assert_eq!(openai("google/gemma-4-27b").thinking, None);
    assert_eq!(openai("GLM-4.6").tools, Some(true));
    assert_eq!(openai("GLM-4.4").tools, None);
    assert_eq!(openai("openai/gpt-oss-120b").max_context_tokens, Some(131_072));
    assert_eq!(openai("some-model"), Flags::default());
}

#[test]
fn the_users_rules_come_first_and_are_transparent() {
    let env = Env::default();
    let text = "\
version: 1
rules:
  - {match: 'QWEN3-*', ignore_case: true, capabilities: {tools: false}}
  - {match: 'qwen3-*', kind: anthropic, capabilities: {thinking: true}}
";
    let (user, reader) = rule_file::parse::<Rule>(text, &env);
    assert!(reader.mistakes.is_empty(), "{:?}", reader.mistakes);
    let (bundled, _) = rule_file::parse::<Rule>(BUNDLED, &env);
    let registry = Registry { users: user.len(), rules: user.into_iter().chain(bundled).collect() };
    let flags = registry.flags(ProviderKind::OpenAiCompat, "qwen3-coder:30b");
    assert_eq!(flags.tools, Some(false));
    assert_eq!(flags.thinking, None);
    assert_eq!(flags.max_context_tokens, Some(131_072));
}
