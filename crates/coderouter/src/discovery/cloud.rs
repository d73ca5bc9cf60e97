//! Free clouds, for those who asked to have the keys in their environment used.

use super::Place;
use crate::upstream::Backend;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// How long a cloud may take to list its models.
const LIMIT: Duration = Duration::from_secs(5);

/// Most bytes of such a list.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// How many of OpenRouter's free models make the chain: each has limits of its own.
const CHAIN: usize = 3;

/// Clouds that can be used without cost: the key's variable, the provider's name, its base URL, and its model where
/// one is known to be free (empty where the list says which are).
pub const FREE_CLOUDS: &[(&str, &str, &str, &str)] = &[
    ("OPENROUTER_API_KEY", "openrouter", "https://openrouter.ai/api/v1", ""),
    (
        "NVIDIA_NIM_API_KEY",
        "nvidia-nim",
        "https://integrate.api.nvidia.com/v1",
        "qwen/qwen3-coder-480b-a35b-instruct",
    ),
];

#[derive(Deserialize)]
struct List {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    #[serde(default)]
    context_length: u64,
    #[serde(default)]
    pricing: Pricing,
    #[serde(default)]
    supported_parameters: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Pricing {
    #[serde(default)]
    prompt: String,
    #[serde(default)]
    completion: String,
}

/// The free models of a list in OpenRouter's form that take tools, the largest window first.
pub fn free_models(list: &[u8]) -> Vec<String> {
    let costs_nothing = |price: &str| price.parse::<f64>().is_ok_and(|price| price == 0.0);
    let is_free = |model: &Model| {
        costs_nothing(&model.pricing.prompt)
            && costs_nothing(&model.pricing.completion)
            && model.supported_parameters.iter().any(|parameter| parameter == "tools")
    };
    let list: List = serde_json::from_slice(list).unwrap_or(List { data: Vec::new() });
    let mut models: Vec<Model> = list.data.into_iter().filter(is_free).collect();
    models.sort_by(|a, b| b.context_length.cmp(&a.context_length).then_with(|| a.id.cmp(&b.id)));
    models.into_iter().take(CHAIN).map(|model| model.id).collect()
}

/// The free models a cloud has, as places of their own.
pub async fn places(cloud: &Place, backend: &Arc<Backend>) -> Vec<Place> {
    if !cloud.model.is_empty() {
        return vec![cloud.clone()];
    }
    let asked = async {
        let mut answer = backend.models(LIMIT).await.ok()?;
        answer.body.collect(MAX_LIST).await.ok()
    };
    let list = tokio::time::timeout(LIMIT, asked).await.ok().flatten().unwrap_or_default();
    let named = |(at, model): (usize, String)| Place {
        name: format!("{}-{}", cloud.name, at + 1),
        model,
        ..cloud.clone()
    };
    free_models(&list).into_iter().enumerate().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_free_models_with_tools_are_taken() {
        let list = br#"{"data":[
            {"id":"a/paid","context_length":9,"pricing":{"prompt":"0.1","completion":"0"},"supported_parameters":["tools"]},
            {"id":"a/small:free","context_length":8,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
            {"id":"a/large:free","context_length":9,"pricing":{"prompt":"0","completion":"0.0"},"supported_parameters":["tools"]},
            {"id":"a/mute:free","context_length":9,"pricing":{"prompt":"0","completion":"0"}},
            {"id":"a/odd","context_length":9}
        ]}"#;
        assert_eq!(free_models(list), ["a/large:free", "a/small:free"]);
        assert!(free_models(b"<html>").is_empty());
    }
}
