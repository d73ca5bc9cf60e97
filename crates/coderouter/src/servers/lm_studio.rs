//! `/api/v0/models` of LM Studio: its models, and how long the windows of the loaded ones are.

use super::{rows, text, tokens, words};
use serde_json::Value;

/// What LM Studio says of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Whether it is in memory.
    pub is_loaded: bool,
    /// The window it was loaded with.
    pub window: Option<u32>,
    /// The most tokens it was made for.
    pub trained: Option<u32>,
    /// What it can do; an older LM Studio does not say.
    pub capabilities: Option<Vec<String>>,
    /// Whether it is no chat model.
    pub is_mute: bool,
}

/// Its models; none where the answer is not LM Studio's. Others answer this path with a list of their own; only LM Studio
/// says which models are loaded.
pub fn read(models: &Value) -> Option<Vec<Listed>> {
    let is_told = rows(models, "data").any(|one| one["state"].is_string());
    is_told.then(|| rows(models, "data").filter_map(row).collect())
}

fn row(row: &Value) -> Option<Listed> {
    let capabilities = words(&row["capabilities"]).map(|mut words| {
        words.iter_mut().filter(|word| *word == "tool_use").for_each(|word| *word = "tools".to_owned());
        words.extend((row["type"] == "vlm").then(|| "vision".to_owned()));
        words
    });
    Some(Listed {
        name: text(&row["id"])?,
        is_loaded: row["state"] == "loaded",
        window: tokens(&row["loaded_context_length"]),
        trained: tokens(&row["max_context_length"]),
        capabilities,
        is_mute: row["type"] == "embeddings",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_lm_studio_says() {
        let models = json!({"data": [
            {"id": "a", "state": "not-loaded", "max_context_length": 9},
            {"id": "b", "state": "loaded", "type": "vlm", "loaded_context_length": 4096, "max_context_length": 131_072,
             "capabilities": ["tool_use"]},
            {"state": "loaded"},
        ]});
        let [a, b] = &read(&models).unwrap()[..] else { panic!("there are two") };
        assert_eq!((b.window, b.trained), (Some(4096), Some(131_072)));
        assert_eq!(b.capabilities.as_deref(), Some(&["tools".to_owned(), "vision".to_owned()][..]));
        assert_eq!((a.is_loaded, a.window, &a.capabilities), (false, None, &None));
        assert_eq!(read(&json!({"data": [{"id": "a"}]})), None);
    }
}
