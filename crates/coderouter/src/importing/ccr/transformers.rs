//! `transformer` of a provider: what of it is done here by itself, what is a setting, and what is gone.

use crate::config::draft::Provider;
use crate::importing::account::Account;
use crate::importing::chat::Address;
use crate::importing::source::At;
use serde_json::Value;

/// Reads all of a provider's transformers.
pub fn import(at: &At<'_>, address: &mut Address, draft: &mut Provider, account: &mut Account) {
    for (key, at) in at.settings(account) {
        if key != "use" {
            account.not(
                &at,
                format!("transformers of one model ({key}) have no place; see what its provider has"),
            );
            continue;
        }
        for item in at.items(account) {
            transformer(&item, address, draft, account);
        }
    }
}

fn transformer(at: &At<'_>, address: &mut Address, draft: &mut Provider, account: &mut Account) {
    let (name, options) = match at.word() {
        Some(name) => (name, None),
        None => {
            let parts = at.items(account);
            let Some(name) = parts.first().and_then(At::word) else {
                account.mistake(at.mistake("the name of a transformer is needed here"));
                return;
            };
            (name, parts.get(1).cloned())
        }
    };
    if let Some(options) = &options {
        self::options(name, options, draft, account);
    }
    match name.to_ascii_lowercase().as_str() {
        "anthropic" => {
            address.is_anthropic = true;
            account.exactly(at, "kind: anthropic");
        }
        "openai" | "openrouter" | "deepseek" | "groq" | "gemini" | "cerebras" | "dashscope" => {
            account.roughly(at, "requests and answers are translated by dialect, without a setting");
        }
        "tooluse" | "enhancetool" => {
            account.roughly(at, "broken and written-out tool calls are mended for everybody (tool_repair)");
        }
        "cleancache" => account.roughly(at, "cache markers are dropped where a provider has no prompt cache"),
        "maxtoken" => {
            account.not(at, "answers are not capped; a profile's context_budget_action guards windows");
        }
        "customparams" => {}
        "reasoning" | "forcereasoning" | "sampling" => {
            account.not(at, "say it under the provider's capabilities, or with extra_body");
        }
        _ => account.not(at, "no code is loaded; look whether the provider works without it"),
    }
}

/// Options that are fields of requests.
fn options(name: &str, at: &At<'_>, draft: &mut Provider, account: &mut Account) {
    if !matches!(name.to_ascii_lowercase().as_str(), "openrouter" | "customparams") {
        return;
    }
    match at.json() {
        Some(Value::Object(fields)) => {
            draft.extra_body.extend(fields);
            account.exactly(at, "extra_body");
        }
        _ => account.not(at, "it is no mapping, or holds what looks like a secret; write extra_body by hand"),
    }
}
