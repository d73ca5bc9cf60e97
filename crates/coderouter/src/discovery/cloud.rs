//! Free clouds, for those who asked to have the keys in their environment used, and OpenRouter's list of models.

use super::Place;
use crate::upstream::Backend;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// How long a cloud may take to list its models.
const LIMIT: Duration = Duration::from_secs(5);

/// Most bytes of such a list.
pub const MAX_LIST: usize = 16 * 1024 * 1024;

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

/// A model of a list in OpenRouter's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub id: String,
    /// Its window in tokens; 0 where the list is silent.
    pub context_length: u64,
    /// The price of a token of prompt, as the list writes it.
    pub pricing_prompt: String,
    /// The price of a token of answer, as the list writes it.
    pub pricing_completion: String,
    /// Whether it takes tools.
    pub has_tools: bool,
}

impl Listed {
    /// Whether it costs nothing, whatever its name says.
    pub fn is_free(&self) -> bool {
        let costs_nothing = |price: &str| price.trim().parse::<f64>().is_ok_and(|price| price == 0.0);
        costs_nothing(&self.pricing_prompt) && costs_nothing(&self.pricing_completion)
    }

    /// A row; none without a name.
    pub fn of(row: &Value) -> Option<Self> {
        let price = |name| row.pointer(&format!("/pricing/{name}")).or(row.get(format!("pricing_{name}")));
        let parameters = row.get("supported_parameters").and_then(Value::as_array);
        Some(Self {
            id: row.get("id")?.as_str()?.to_owned(),
            context_length: row.get("context_length").and_then(Value::as_u64).unwrap_or(0),
            pricing_prompt: price("prompt").map(written).unwrap_or_default(),
            pricing_completion: price("completion").map(written).unwrap_or_default(),
            has_tools: parameters.is_some_and(|all| all.iter().any(|parameter| parameter == "tools")),
        })
    }
}

/// A price, which may be a text or a number.
fn written(price: &Value) -> String {
    price.as_str().map_or_else(|| price.to_string(), str::to_owned)
}

/// The models of a list in OpenRouter's form; rows without a name are left out. None where it is no such list.
pub fn listed(list: &[u8]) -> Option<Vec<Listed>> {
    let list: Value = serde_json::from_slice(list).ok()?;
    Some(list.get("data")?.as_array()?.iter().filter_map(Listed::of).collect())
}

/// The free models of a list in OpenRouter's form that take tools, the largest window first.
pub fn free_models(list: &[u8]) -> Vec<Listed> {
    let mut models = listed(list).unwrap_or_default();
    models.retain(|model| model.is_free() && model.has_tools);
    models.sort_by(|a, b| b.context_length.cmp(&a.context_length).then_with(|| a.id.cmp(&b.id)));
    models
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
    let named = |(at, model): (usize, Listed)| Place {
        name: format!("{}-{}", cloud.name, at + 1),
        model: model.id,
        ..cloud.clone()
    };
    free_models(&list).into_iter().take(CHAIN).enumerate().map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_free_models_with_tools_are_taken() {
        let list = br#"{"data":[
            {"id":"a/paid","context_length":9,"pricing":{"prompt":"0.1","completion":"0"},"supported_parameters":["tools"]},
            {"id":"a/small:free","context_length":8,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
            {"id":"a/large:free","context_length":9,"pricing":{"prompt":"0","completion":0.0},"supported_parameters":["tools"]},
            {"id":"a/mute:free","context_length":9,"pricing":{"prompt":"0","completion":"0"}},
            {"id":7,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
            {"id":"a/odd","context_length":9}
        ]}"#;
        let ids: Vec<String> = free_models(list).into_iter().map(|model| model.id).collect();
        assert_eq!(ids, ["a/large:free", "a/small:free"]);
        assert_eq!(listed(list).unwrap().len(), 5);
        assert!(free_models(b"<html>").is_empty() && listed(br#"{"data":{}}"#).is_none());
    }
}
