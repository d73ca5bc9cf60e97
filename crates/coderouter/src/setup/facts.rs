//! What servers say of themselves, read from their answers.

use crate::discovery::Place;
use serde_json::{Value, json};

/// A server that was found, and what it has.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Where it is; its name is that of its kind.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
    /// How many conversations it keeps at once, where it says so.
    pub slots: Option<u64>,
    /// Its models.
    pub models: Vec<Model>,
}

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Ollama.
    Ollama,
    /// llama.cpp's own.
    LlamaCpp,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// One that only lists models.
    Other,
}

impl Kind {
    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::LlamaCpp => "llama.cpp",
            Self::LmStudio => "LM Studio",
            Self::Vllm => "vLLM",
            Self::Other => "a server",
        }
    }

    /// The name of a provider of its kind.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::Ollama => "ollama",
            Self::LlamaCpp => "llama-cpp",
            Self::LmStudio => "lm-studio",
            Self::Vllm => "vllm",
            Self::Other => "local",
        }
    }
}

/// A model of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Whether it takes tools, where the server says so.
    pub tools: Option<bool>,
    /// The window that it has or would get, in tokens, where the server says so.
    pub window: Option<u64>,
    /// The most tokens it was made for.
    pub most: Option<u64>,
    /// The bytes of its weights.
    pub bytes: Option<u64>,
    /// Whether it is in memory now.
    pub is_loaded: bool,
    /// Whether it runs somewhere else, for all that it is listed here.
    pub is_remote: bool,
    /// Whether it is no chat model.
    pub is_mute: bool,
}

/// What a server has answered, `Null` for what it does not know.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `/v1/models`.
    pub models: Value,
    /// `/props` of llama.cpp.
    pub props: Value,
    /// `/api/tags` of Ollama.
    pub tags: Value,
    /// `/api/ps` of Ollama.
    pub running: Value,
    /// `/api/show` of Ollama, by model.
    pub shown: Vec<(String, Value)>,
    /// `/api/v0/models` of LM Studio.
    pub lm_studio: Value,
}

impl Answers {
    /// What kind of server answers like this.
    pub fn kind(&self) -> Kind {
        let rows = |value: &Value, list: &str| value.get(list).is_some_and(Value::is_array);
        let first = self.models.pointer("/data/0").unwrap_or(&Value::Null);
        if self.props.get("default_generation_settings").is_some() {
            Kind::LlamaCpp
        } else if rows(&self.tags, "models") {
            Kind::Ollama
        } else if self.lm_studio.pointer("/data/0/state").is_some() {
            Kind::LmStudio
        } else if first.get("max_model_len").is_some() || first["owned_by"] == "vllm" {
            Kind::Vllm
        } else {
            Kind::Other
        }
    }

    /// The models.
    pub fn models(&self) -> Vec<Model> {
        let mut models: Vec<Model> = match self.kind() {
            Kind::Ollama => list(&self.tags, "models").filter_map(|row| self.of_ollama(row)).collect(),
            Kind::LmStudio => list(&self.lm_studio, "data").filter_map(of_lm_studio).collect(),
            Kind::LlamaCpp => list(&self.models, "data").filter_map(|row| self.of_llama_cpp(row)).collect(),
            Kind::Vllm | Kind::Other => list(&self.models, "data").filter_map(of_any).collect(),
        };
        for model in &mut models {
            model.is_mute |= ["embed", "rerank", "whisper"].iter().any(|word| model.name.contains(word));
        }
        models
    }

    /// How many conversations are kept at once.
    pub fn slots(&self) -> Option<u64> {
        self.props.get("total_slots")?.as_u64()
    }

    fn of_ollama(&self, row: &Value) -> Option<Model> {
        let name = row.get("name").or(row.get("model"))?.as_str()?.to_owned();
        let shown =
            self.shown.iter().find(|(shown, _)| *shown == name).map_or(&Value::Null, |(_, show)| show);
        let running = list(&self.running, "models").find(|row| row["name"] == name.as_str());
        let capabilities = shown.get("capabilities").and_then(Value::as_array);
        let can = |what: &str| capabilities.map(|all| all.iter().any(|one| one == what));
        let info = shown.get("model_info").and_then(Value::as_object);
        let most = info.and_then(|info| info.iter().find(|(key, _)| key.ends_with(".context_length")));
        let most = most.and_then(|(_, value)| value.as_u64());
        let set = shown.get("parameters").and_then(Value::as_str).and_then(num_ctx);
        let is_remote = row.get("remote_host").is_some() || name.ends_with("cloud");
        Some(Model {
            tools: can("tools"),
            // What is loaded has the window it was loaded with; its parameter is for the next time.
            window: running
                .and_then(|row| row.get("context_length")?.as_u64())
                .or(set)
                .map(|n| n.min(most.unwrap_or(n))),
            most,
            bytes: row.get("size").and_then(Value::as_u64).filter(|bytes| *bytes > 0),
            is_loaded: running.is_some(),
            is_remote,
            is_mute: can("completion") == Some(false),
            name,
        })
    }

    fn of_llama_cpp(&self, row: &Value) -> Option<Model> {
        let template = self.props.get("chat_template").and_then(Value::as_str);
        let says = self.props.pointer("/chat_template_caps/supports_tools").and_then(Value::as_bool);
        Some(Model {
            tools: says.or(template.map(|template| template.contains("tools"))),
            window: self.props.pointer("/default_generation_settings/n_ctx").and_then(Value::as_u64),
            most: row.pointer("/meta/n_ctx_train").and_then(Value::as_u64),
            bytes: row.pointer("/meta/size").and_then(Value::as_u64),
            is_loaded: true,
            ..of_any(row)?
        })
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn of_any(row: &Value) -> Option<Model> {
    let window = row.get("max_model_len").and_then(Value::as_u64);
    Some(Model {
        name: row.get("id")?.as_str()?.to_owned(),
        window,
        is_loaded: window.is_some(),
        ..Model::default()
    })
}

fn of_lm_studio(row: &Value) -> Option<Model> {
    let capabilities = row.get("capabilities").and_then(Value::as_array);
    Some(Model {
        tools: capabilities.map(|all| all.iter().any(|one| one == "tool_use")),
        window: row.get("loaded_context_length").and_then(Value::as_u64),
        most: row.get("max_context_length").and_then(Value::as_u64),
        is_loaded: row["state"] == "loaded",
        is_mute: row["type"] == "embeddings",
        ..of_any(row)?
    })
}

/// The window among a model's parameters, one in each line.
fn num_ctx(parameters: &str) -> Option<u64> {
    let line = parameters.lines().find_map(|line| line.trim().strip_prefix("num_ctx"))?;
    line.trim().parse().ok()
}

impl Server {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let model = |model: &Model| {
            json!({
                "name": model.name, "tools": model.tools, "context": model.window, "most_context": model.most,
                "bytes": model.bytes, "loaded": model.is_loaded, "remote": model.is_remote, "chat": !model.is_mute,
            })
        };
        json!({
            "name": self.place.name,
            "kind": self.kind.title(),
            "base_url": self.place.base_url,
            "slots": self.slots,
            "models": self.models.iter().map(model).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_says_what_its_models_can_do() {
        let answers = Answers {
            tags: json!({"models": [
                {"name": "qwen3-coder:30b", "size": 19}, {"name": "small:1b"}, {"name": "big:cloud", "remote_host": "x"},
                {"name": "nomic-embed-text"}
            ]}),
            running: json!({"models": [{"name": "small:1b", "context_length": 4096}]}),
            shown: vec![
                (
                    "qwen3-coder:30b".to_owned(),
                    json!({"capabilities": ["completion", "tools"], "parameters": "stop \"x\"\nnum_ctx   65536",
                           "model_info": {"qwen3moe.context_length": 262_144}}),
                ),
                ("small:1b".to_owned(), json!({"capabilities": ["completion"]})),
            ],
            ..Answers::default()
        };
        assert_eq!(answers.kind(), Kind::Ollama);
        let models = answers.models();
        assert_eq!(
            (models[0].tools, models[0].window, models[0].most),
            (Some(true), Some(65536), Some(262_144))
        );
        assert_eq!((models[1].tools, models[1].window, models[1].is_loaded), (Some(false), Some(4096), true));
        assert!(models[2].is_remote && models[3].is_mute);
    }

    #[test]
    fn other_servers_are_told_apart() {
        let llama = Answers {
            models: json!({"data": [{"id": "m.gguf", "meta": {"n_ctx_train": 131_072}}]}),
            props: json!({"default_generation_settings": {"n_ctx": 16384}, "total_slots": 2, "chat_template": "{% if tools %}"}),
            tags: json!({"models": []}),
            ..Answers::default()
        };
        assert_eq!((llama.kind(), llama.slots()), (Kind::LlamaCpp, Some(2)));
        let model = &llama.models()[0];
        assert_eq!((model.window, model.tools, model.most), (Some(16384), Some(true), Some(131_072)));
        let studio = Answers {
            lm_studio: json!({"data": [
                {"id": "a", "type": "llm", "state": "loaded", "loaded_context_length": 8192, "capabilities": ["tool_use"]},
                {"id": "b", "type": "embeddings", "state": "not-loaded"}
            ]}),
            ..Answers::default()
        };
        assert_eq!(studio.kind(), Kind::LmStudio);
        assert_eq!((studio.models()[0].window, studio.models()[0].tools), (Some(8192), Some(true)));
        assert!(studio.models()[1].is_mute);
        let vllm =
            Answers { models: json!({"data": [{"id": "m", "max_model_len": 40960}]}), ..Answers::default() };
        assert_eq!((vllm.kind(), vllm.models()[0].window), (Kind::Vllm, Some(40960)));
        let other = Answers { models: json!({"data": [{"id": "m"}, {"no": 1}]}), ..Answers::default() };
        assert_eq!((other.kind(), other.models().len(), other.models()[0].window), (Kind::Other, 1, None));
    }
}
