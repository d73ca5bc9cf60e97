//! Servers of models beside completions: which programs there are, how they are asked what they are and have, and what
//! their answers say. What follows from that is decided by those who ask.

mod asking;
mod kind;
pub mod listed;
pub mod llama_cpp;
pub mod lm_studio;
pub mod ollama;

pub use asking::{document, list};
pub use kind::Kind;

use serde_json::Value;

/// The tokens of context that an agent needs: the first request of Claude Code is 16,000 to 36,000 long.
pub const AGENT_CONTEXT: u32 = 32_768;

/// A number of tokens; none counts as unsaid.
fn tokens(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|tokens| u32::try_from(tokens).ok()).filter(|tokens| *tokens > 0)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn rows<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value[key].as_array().into_iter().flatten()
}

/// The words of a list; none where there is no list.
fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array().map(|all| all.iter().filter_map(text).collect())
}
