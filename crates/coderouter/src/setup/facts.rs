//! Servers as the set-up sees them: what they are, and all models they have.

use crate::discovery::Place;
use crate::servers::listed::{self, Listed};
use crate::servers::llama_cpp::Props;
use crate::servers::{Kind, lm_studio, ollama};
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
        let listed = listed::read(&self.models);
        if Props::read(&self.props).is_some() {
            Kind::LlamaCpp
        } else if ollama::tags(&self.tags).is_some() {
            Kind::Ollama
        } else if lm_studio::read(&self.lm_studio).is_some() {
            Kind::LmStudio
        } else if listed.first().is_some_and(|first| first.is_vllms || first.served.is_some()) {
            Kind::Vllm
        } else {
            Kind::Other
        }
    }

    /// The models.
    pub fn models(&self) -> Vec<Model> {
        let listed = || listed::read(&self.models).into_iter();
        let mut models: Vec<Model> = match self.kind() {
            Kind::Ollama => {
                ollama::tags(&self.tags).into_iter().flatten().map(|row| self.of_ollama(row)).collect()
            }
            Kind::LmStudio => {
                lm_studio::read(&self.lm_studio).into_iter().flatten().map(of_lm_studio).collect()
            }
            Kind::LlamaCpp => listed().map(|row| self.of_llama_cpp(row)).collect(),
            Kind::Vllm | Kind::Other => listed().map(of_any).collect(),
        };
        for model in &mut models {
            model.is_mute |= ["embed", "rerank", "whisper"].iter().any(|word| model.name.contains(word));
        }
        models
    }

    /// How many conversations are kept at once.
    pub fn slots(&self) -> Option<u64> {
        Props::read(&self.props)?.slots.map(u64::from)
    }

    fn of_ollama(&self, row: ollama::Tagged) -> Model {
        let shown = self.shown.iter().find(|(shown, _)| *shown == row.name);
        let told = ollama::read(&row.name, shown.map_or(&Value::Null, |(_, show)| show), &self.running);
        Model {
            tools: told.can("tools"),
            window: told.window.map(u64::from),
            most: told.trained.map(u64::from),
            bytes: row.bytes,
            is_loaded: told.is_loaded,
            is_remote: row.is_remote,
            is_mute: told.can("completion") == Some(false),
            name: row.name,
        }
    }

    fn of_llama_cpp(&self, row: Listed) -> Model {
        let props = Props::read(&self.props).unwrap_or_default();
        Model {
            tools: props.tools,
            window: props.window.map(u64::from),
            most: row.trained.map(u64::from),
            bytes: row.bytes,
            is_loaded: true,
            ..of_any(row)
        }
    }
}

fn of_any(row: Listed) -> Model {
    let window = row.served.map(u64::from);
    Model { name: row.name, window, is_loaded: window.is_some(), ..Model::default() }
}

fn of_lm_studio(row: lm_studio::Listed) -> Model {
    Model {
        tools: row.capabilities.map(|all| all.iter().any(|one| one == "tools")),
        window: row.window.map(u64::from),
        most: row.trained.map(u64::from),
        is_loaded: row.is_loaded,
        is_mute: row.is_mute,
        name: row.name,
        ..Model::default()
    }
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
            "kind": self.kind.program().unwrap_or("a server"),
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
