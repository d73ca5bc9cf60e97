//! What a backend's server says of itself, beside completions: which program it is, how long a prompt may be, what its
//! model can do. Nothing of it is needed for an answer; all of it is asked for with little patience.

use crate::upstream::Backend;
use bytes::Bytes;
use canon::config::{ExtraField, Provider, ProviderKind};
use futures_util::future::join;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long each question may take.
const LIMIT: Duration = Duration::from_secs(3);

/// Most bytes of a list of models; OpenRouter's has some hundred, described at length.
const MAX_LIST: usize = 16 * 1024 * 1024;

/// The program behind a base URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerKind {
    /// Ollama.
    Ollama,
    /// llama.cpp's llama-server.
    LlamaCpp,
    /// LM Studio.
    LmStudio,
    /// vLLM.
    Vllm,
    /// Any other.
    #[default]
    Other,
}

impl ServerKind {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ollama => "Ollama",
            Self::LlamaCpp => "llama.cpp",
            Self::LmStudio => "LM Studio",
            Self::Vllm => "vLLM",
            Self::Other => "unknown",
        }
    }

    /// How its context is made larger.
    pub const fn enlarge(self) -> &'static str {
        match self {
            Self::Ollama => {
                "start Ollama with `OLLAMA_CONTEXT_LENGTH=32768 ollama serve`, or make a model with `PARAMETER num_ctx 32768`"
            }
            Self::LlamaCpp => {
                "start it with `llama-server -c 32768 --jinja`; with several slots (-np) the context is divided among them"
            }
            Self::LmStudio => "load the model again with a context length of 32768",
            Self::Vllm => "start it with `vllm serve --max-model-len 32768`",
            Self::Other => "give the server a context of 32,768 tokens or more",
        }
    }
}

/// What a server says of itself; what it does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// The program.
    pub kind: ServerKind,
    /// Its version.
    pub version: Option<String>,
    /// How long one prompt and its answer may be now, in tokens.
    pub context: Option<u32>,
    /// How long they could be with this model, in tokens.
    pub trained: Option<u32>,
    /// How many requests it answers at once.
    pub slots: Option<u32>,
    /// What the model can do, in the server's own words; none where it does not say.
    pub capabilities: Option<Vec<String>>,
    /// Something that changes when the model does: a digest, a file's name.
    pub fingerprint: Option<String>,
    /// The models it lists.
    pub models: Vec<String>,
}

impl Server {
    /// Whether it says that its model can do this.
    pub fn can(&self, word: &str) -> bool {
        self.capabilities.as_ref().is_some_and(|all| all.iter().any(|known| known == word))
    }

    /// Whether it says what its model can do, and this is not among it.
    pub fn cannot(&self, word: &str) -> bool {
        self.capabilities.is_some() && !self.can(word)
    }
}

/// Asks a backend's server about itself. Only those on this machine or network are asked for more than their models.
pub async fn inspect(backend: &Arc<Backend>) -> Server {
    let list = list(backend).await;
    let mut server = if backend.provider.local { local(backend).await } else { Server::default() };
    let model = backend.provider.model.as_str();
    if let Some(entries) = list["data"].as_array() {
        server.models = entries.iter().filter_map(|entry| entry["id"].as_str().map(str::to_owned)).collect();
        let entry = entries.iter().find(|entry| entry["id"] == model).or(entries.first());
        if let Some(entry) = entry {
            of_entry(&mut server, entry, model);
        }
    }
    server
}

/// What a list says of one model: vLLM and OpenRouter name the window.
fn of_entry(server: &mut Server, entry: &Value, model: &str) {
    let is_meant = entry["id"] == model || model.is_empty();
    let is_vllm = entry["owned_by"] == "vllm";
    if server.kind == ServerKind::Other && is_vllm {
        server.kind = ServerKind::Vllm;
        server.fingerprint = entry["root"].as_str().map(str::to_owned);
    }
    if is_meant && server.context.is_none() {
        server.context = tokens(&entry["max_model_len"]).or(tokens(&entry["context_length"]));
    }
}

async fn local(backend: &Arc<Backend>) -> Server {
    if let Some(props) = document(backend, "/props", None).await.filter(|props| props["total_slots"].is_u64())
    {
        return llama_cpp(&props);
    }
    if let Some(version) = document(backend, "/api/version", None).await
        && let Some(version) = version["version"].as_str()
    {
        return ollama(backend, version).await;
    }
    // Others answer this path with a list of their own; only LM Studio says which models are loaded.
    let is_told = |models: &Value| {
        models["data"].as_array().is_some_and(|all| all.iter().any(|one| one["state"].is_string()))
    };
    if let Some(models) = document(backend, "/api/v0/models", None).await.filter(is_told) {
        return lm_studio(&models, backend.provider.model.as_str());
    }
    Server::default()
}

/// `/props` of llama-server: the window of one slot, and how many there are.
fn llama_cpp(props: &Value) -> Server {
    let template = props["chat_template"].as_str().unwrap_or_default();
    let mut capabilities = Vec::new();
    if template.contains("tools") {
        capabilities.push("tools".to_owned());
    }
    if props["modalities"]["vision"] == true {
        capabilities.push("vision".to_owned());
    }
    if template.contains("<think>") || template.contains("enable_thinking") {
        capabilities.push("thinking".to_owned());
    }
    Server {
        kind: ServerKind::LlamaCpp,
        version: props["build_info"].as_str().map(str::to_owned),
        context: tokens(&props["default_generation_settings"]["n_ctx"]),
        slots: tokens(&props["total_slots"]),
        capabilities: Some(capabilities),
        fingerprint: props["model_path"].as_str().map(str::to_owned),
        ..Server::default()
    }
}

/// Ollama tells what a model can do, and of a loaded one how long its window is.
async fn ollama(backend: &Arc<Backend>, version: &str) -> Server {
    let model = backend.provider.model.as_str();
    let asked = Bytes::from(json!({ "model": model }).to_string());
    let (show, loaded) =
        join(document(backend, "/api/show", Some(asked)), document(backend, "/api/ps", None)).await;
    let (show, loaded) = (show.unwrap_or_default(), loaded.unwrap_or_default());
    let same = |entry: &&Value| entry["model"] == model || entry["name"] == model;
    let running = loaded["models"].as_array().and_then(|all| all.iter().find(same));
    let trained = show["model_info"].as_object().and_then(|info| {
        info.iter().find(|(key, _)| key.ends_with(".context_length")).and_then(|(_, value)| tokens(value))
    });
    let capabilities = show["capabilities"]
        .as_array()
        .map(|all| all.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect());
    Server {
        kind: ServerKind::Ollama,
        version: Some(version.to_owned()),
        context: running.and_then(|entry| tokens(&entry["context_length"])).or_else(|| parameter(&show)),
        trained,
        capabilities,
        fingerprint: running.and_then(|entry| entry["digest"].as_str()).map(str::to_owned),
        ..Server::default()
    }
}

/// `num_ctx` among the model's own parameters.
fn parameter(show: &Value) -> Option<u32> {
    let lines = show["parameters"].as_str()?.lines();
    lines.filter_map(|line| line.trim().strip_prefix("num_ctx")).find_map(|value| value.trim().parse().ok())
}

/// LM Studio's own list says how long the window of a loaded model is.
fn lm_studio(models: &Value, model: &str) -> Server {
    let all = models["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_loaded = |entry: &&Value| entry["state"] == "loaded";
    let entry = all.iter().find(|entry| entry["id"] == model).or_else(|| all.iter().find(is_loaded));
    let Some(entry) = entry else { return Server { kind: ServerKind::LmStudio, ..Server::default() } };
    let mut capabilities: Vec<String> = entry["capabilities"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str())
        .map(|word| if word == "tool_use" { "tools".to_owned() } else { word.to_owned() })
        .collect();
    if entry["type"] == "vlm" {
        capabilities.push("vision".to_owned());
    }
    let says = entry["capabilities"].is_array() || entry["type"].is_string();
    Server {
        kind: ServerKind::LmStudio,
        context: tokens(&entry["loaded_context_length"]),
        trained: tokens(&entry["max_context_length"]),
        // An older one says only whether the model sees; then the lack of other words means nothing.
        capabilities: says.then_some(capabilities).filter(|_| entry["capabilities"].is_array()),
        fingerprint: entry["id"].as_str().map(str::to_owned),
        ..Server::default()
    }
}

async fn list(backend: &Arc<Backend>) -> Value {
    let asked = async {
        let mut answer = backend.models(LIMIT).await.ok().filter(|answer| answer.head.status.is_success())?;
        let body = answer.body.collect(MAX_LIST).await.ok()?;
        answer.body.release().await;
        serde_json::from_slice(&body).ok()
    };
    tokio::time::timeout(LIMIT, asked).await.ok().flatten().unwrap_or_default()
}

async fn document(backend: &Arc<Backend>, path: &str, body: Option<Bytes>) -> Option<Value> {
    let (status, body) = backend.question(path, body, LIMIT).await.ok()?;
    status.is_success().then(|| serde_json::from_slice(&body).ok())?
}

fn tokens(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|tokens| u32::try_from(tokens).ok()).filter(|tokens| *tokens > 0)
}

/// Whether a provider speaks to a server of the kind whose options travel in `extra_body.options`.
pub(super) fn is_ollama_shaped(provider: &Provider, server: &Server) -> bool {
    let declares = |field: &ExtraField| {
        let options: Value = serde_json::from_slice(&field.value).unwrap_or_default();
        field.key == "options" && options.get("num_ctx").is_some()
    };
    let is_usual = provider.endpoint.port == 11_434 || server.kind == ServerKind::Ollama;
    provider.kind == ProviderKind::OpenAiCompat && (is_usual || provider.extra_body.iter().any(declares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_llama_cpp_says() {
        let props = json!({
            "total_slots": 2, "default_generation_settings": {"n_ctx": 4096}, "model_path": "/m/a.gguf",
            "chat_template": "{% if tools %}", "build_info": "b1", "modalities": {"vision": true},
        });
        let server = llama_cpp(&props);
        assert_eq!((server.context, server.slots), (Some(4096), Some(2)));
        assert!(server.can("tools") && server.can("vision") && server.cannot("thinking"));
    }

    #[test]
    fn what_lm_studio_says() {
        let models = json!({"data": [
            {"id": "a", "state": "not-loaded", "max_context_length": 9},
            {"id": "b", "state": "loaded", "type": "vlm", "loaded_context_length": 4096, "max_context_length": 131_072,
             "capabilities": ["tool_use"]},
        ]});
        let server = lm_studio(&models, "");
        assert_eq!((server.context, server.trained), (Some(4096), Some(131_072)));
        assert!(server.can("tools") && server.can("vision"));
        assert_eq!(lm_studio(&models, "a").context, None);
        assert!(!lm_studio(&models, "a").cannot("tools"));
    }

    #[test]
    fn what_lists_say() {
        let mut server = Server::default();
        of_entry(&mut server, &json!({"id": "m", "owned_by": "vllm", "max_model_len": 8192}), "m");
        assert_eq!((server.kind, server.context), (ServerKind::Vllm, Some(8192)));
        let mut server = Server::default();
        of_entry(&mut server, &json!({"id": "other", "context_length": 8192}), "m");
        assert_eq!(server.context, None);
        assert_eq!(parameter(&json!({"parameters": "stop \"x\"\nnum_ctx      4096"})), Some(4096));
    }
}
