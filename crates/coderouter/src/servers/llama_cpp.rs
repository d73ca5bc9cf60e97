//! `/props` of llama-server: its slots, the window of each, and the template of its model.

use super::{text, tokens};
use serde_json::Value;

/// What llama-server says of itself and of the model it has loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Props {
    /// How many requests it answers at once; one that only leads to other servers does not say.
    pub slots: Option<u32>,
    /// How long a prompt and its answer may be in one slot, in tokens.
    pub window: Option<u32>,
    /// How it was built.
    pub version: Option<String>,
    /// The model's file.
    pub file: Option<String>,
    /// Whether the model takes tools.
    pub tools: Option<bool>,
    /// Whether it sees pictures.
    pub vision: bool,
    /// Whether it may think before it answers.
    pub thinking: bool,
}

impl Props {
    /// What is said there; none where it is no llama-server that says it.
    pub fn read(props: &Value) -> Option<Self> {
        let settings = &props["default_generation_settings"];
        if !props["total_slots"].is_u64() && settings.is_null() {
            return None;
        }
        let template = props["chat_template"].as_str();
        let has = |word: &str| template.is_some_and(|template| template.contains(word));
        let says_tools = props["chat_template_caps"]["supports_tools"].as_bool();
        Some(Self {
            slots: tokens(&props["total_slots"]),
            window: tokens(&settings["n_ctx"]),
            version: text(&props["build_info"]),
            file: text(&props["model_path"]),
            tools: says_tools.or(template.map(|_| has("tools"))),
            vision: props["modalities"]["vision"] == true,
            thinking: has("<think>") || has("enable_thinking"),
        })
    }

    /// What its model can do, in the words that other servers have for it.
    pub fn capabilities(&self) -> Vec<String> {
        let words =
            [("tools", self.tools == Some(true)), ("vision", self.vision), ("thinking", self.thinking)];
        words.into_iter().filter(|(_, can)| *can).map(|(word, _)| word.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_llama_cpp_says() {
        let props = Props::read(&json!({
            "total_slots": 2, "default_generation_settings": {"n_ctx": 4096}, "model_path": "/m/a.gguf",
            "chat_template": "{% if tools %}", "build_info": "b1", "modalities": {"vision": true},
        }))
        .unwrap();
        assert_eq!((props.window, props.slots), (Some(4096), Some(2)));
        assert_eq!(props.capabilities(), ["tools", "vision"]);
        // Its own word counts more than a look into its template.
        let word = json!({"total_slots": 1, "chat_template": "tools", "chat_template_caps": {"supports_tools": false}});
        assert_eq!(Props::read(&word).unwrap().tools, Some(false));
        assert_eq!(Props::read(&json!({"total_slots": 1})).unwrap().tools, None);
        for other in [json!({}), json!(null), json!([1]), json!("props")] {
            assert_eq!(Props::read(&other), None);
        }
    }
}
