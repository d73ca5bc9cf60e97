//! Ollama: `/api/version` says that it is one, `/api/tags` what it has, `/api/show` what a model can do, and `/api/ps` how
//! long the window of a loaded one is.

use super::{rows, text, tokens, words};
use serde_json::Value;

/// A model that Ollama has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tagged {
    /// Its name.
    pub name: String,
    /// The bytes of its weights.
    pub bytes: Option<u64>,
    /// Whether it runs somewhere else, for all that it is listed here.
    pub is_remote: bool,
}

/// The models of `/api/tags`; none where the answer is not Ollama's.
pub fn tags(tags: &Value) -> Option<Vec<Tagged>> {
    tags["models"].is_array().then(|| rows(tags, "models").filter_map(tagged).collect())
}

fn tagged(row: &Value) -> Option<Tagged> {
    let name = text(&row["name"]).or(text(&row["model"]))?;
    Some(Tagged {
        bytes: row["size"].as_u64().filter(|bytes| *bytes > 0),
        is_remote: row.get("remote_host").is_some() || name.ends_with("cloud"),
        name,
    })
}

/// What Ollama says of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it can do, in Ollama's words.
    pub capabilities: Option<Vec<String>>,
    /// Whether it is in memory.
    pub is_loaded: bool,
    /// The window that it has, or would get by its own parameters.
    pub window: Option<u32>,
    /// The most tokens it was made for.
    pub trained: Option<u32>,
    /// What changes when a loaded model does.
    pub digest: Option<String>,
}

impl Told {
    /// Whether it can do this, where Ollama says what it can do.
    pub fn can(&self, word: &str) -> Option<bool> {
        self.capabilities.as_ref().map(|all| all.iter().any(|known| known == word))
    }
}

/// What is said of a model in `/api/show` of it and in `/api/ps`.
pub fn read(model: &str, show: &Value, running: &Value) -> Told {
    let loaded = rows(running, "models").find(|row| row["model"] == model || row["name"] == model);
    let info = show["model_info"].as_object();
    let trained = info.and_then(|info| info.iter().find(|(key, _)| key.ends_with(".context_length")));
    let trained = trained.and_then(|(_, value)| tokens(value));
    // What is loaded has the window it was loaded with; its parameter is for the next time.
    let window = loaded.and_then(|row| tokens(&row["context_length"])).or_else(|| num_ctx(show));
    Told {
        capabilities: words(&show["capabilities"]),
        is_loaded: loaded.is_some(),
        window: window.map(|window| window.min(trained.unwrap_or(window))),
        trained,
        digest: loaded.and_then(|row| text(&row["digest"])),
    }
}

/// The window among a model's parameters, one in each line.
fn num_ctx(show: &Value) -> Option<u32> {
    let lines = show["parameters"].as_str()?.lines();
    lines.filter_map(|line| line.trim().strip_prefix("num_ctx")).find_map(|value| value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_ollama_says() {
        let show = json!({"parameters": "stop \"x\"\nnum_ctx      65536", "capabilities": ["completion", "tools"],
            "model_info": {"llama.context_length": 32768}});
        let told = read("m", &show, &json!({}));
        assert_eq!((told.window, told.trained, told.is_loaded), (Some(32768), Some(32768), false));
        assert_eq!((told.can("tools"), told.can("vision")), (Some(true), Some(false)));
        let running = json!({"models": [{"name": "m", "context_length": 4096, "digest": "d"}]});
        let told = read("m", &show, &running);
        assert_eq!((told.window, told.digest.as_deref(), told.is_loaded), (Some(4096), Some("d"), true));
        assert_eq!(read("m", &Value::Null, &Value::Null), Told::default());
    }
}
