//! What a backend's server says of itself, beside completions, and of the one model that a provider asks it for.

use crate::servers::{Kind, document, list, listed, llama_cpp, lm_studio, ollama};
use crate::upstream::Backend;
use canon::config::{ExtraField, Provider, ProviderKind};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long each question may take.
const LIMIT: Duration = Duration::from_secs(3);

/// What a server says of itself; what it does not say is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// The program.
    pub kind: Kind,
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
    let models = listed::read(&list(backend, LIMIT).await);
    let mut server = if backend.provider.local { local(backend).await } else { Server::default() };
    let model = backend.provider.model.as_str();
    if let Some(entry) = models.iter().find(|entry| entry.name == model).or(models.first()) {
        of_entry(&mut server, entry, model);
    }
    server.models = models.into_iter().map(|entry| entry.name).collect();
    server
}

/// What a list says of one model: vLLM and OpenRouter name the window.
fn of_entry(server: &mut Server, entry: &listed::Listed, model: &str) {
    let is_meant = entry.name == model || model.is_empty();
    if server.kind == Kind::Other && entry.is_vllms {
        server.kind = Kind::Vllm;
        server.fingerprint.clone_from(&entry.root);
    }
    if is_meant && server.context.is_none() {
        server.context = entry.served.or(entry.offered);
    }
}

async fn local(backend: &Arc<Backend>) -> Server {
    let props = llama_cpp::Props::read(&document(backend, "/props", None, LIMIT).await);
    // One that only leads to others has no model of its own to be asked about.
    if let Some(props) = props.filter(|props| props.slots.is_some()) {
        return of_llama_cpp(props);
    }
    let version = document(backend, "/api/version", None, LIMIT).await;
    if let Some(version) = version["version"].as_str() {
        return of_ollama(backend, version).await;
    }
    match lm_studio::read(&document(backend, "/api/v0/models", None, LIMIT).await) {
        Some(models) => of_lm_studio(models, backend.provider.model.as_str()),
        None => Server::default(),
    }
}

fn of_llama_cpp(props: llama_cpp::Props) -> Server {
    Server {
        kind: Kind::LlamaCpp,
        capabilities: Some(props.capabilities()),
        version: props.version,
        context: props.window,
        slots: props.slots,
        fingerprint: props.file,
        ..Server::default()
    }
}

async fn of_ollama(backend: &Arc<Backend>, version: &str) -> Server {
    let model = backend.provider.model.as_str();
    let (show, running) = tokio::join!(
        document(backend, "/api/show", Some(json!({ "model": model })), LIMIT),
        document(backend, "/api/ps", None, LIMIT),
    );
    let told = ollama::read(model, &show, &running);
    Server {
        kind: Kind::Ollama,
        version: Some(version.to_owned()),
        context: told.window,
        trained: told.trained,
        capabilities: told.capabilities,
        fingerprint: told.digest,
        ..Server::default()
    }
}

/// The model that is meant, else the one that is loaded and would answer.
fn of_lm_studio(models: Vec<lm_studio::Listed>, model: &str) -> Server {
    let at = models.iter().position(|entry| entry.name == model);
    let at = at.or_else(|| models.iter().position(|entry| entry.is_loaded));
    let server = Server { kind: Kind::LmStudio, ..Server::default() };
    let Some(entry) = at.and_then(|at| models.into_iter().nth(at)) else { return server };
    Server {
        context: entry.window,
        trained: entry.trained,
        capabilities: entry.capabilities,
        fingerprint: Some(entry.name),
        ..server
    }
}

/// Whether a provider speaks to a server of the kind whose options travel in `extra_body.options`.
pub(super) fn is_ollama_shaped(provider: &Provider, server: &Server) -> bool {
    let declares = |field: &ExtraField| {
        let options: Value = serde_json::from_slice(&field.value).unwrap_or_default();
        field.key == "options" && options.get("num_ctx").is_some()
    };
    let is_usual = provider.endpoint.port == 11_434 || server.kind == Kind::Ollama;
    provider.kind == ProviderKind::OpenAiCompat && (is_usual || provider.extra_body.iter().any(declares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_llama_cpp_does_not_say_it_can_not() {
        let props =
            json!({"total_slots": 2, "chat_template": "{% if tools %}", "modalities": {"vision": true}});
        let server = of_llama_cpp(llama_cpp::Props::read(&props).unwrap());
        assert!(server.can("tools") && server.can("vision") && server.cannot("thinking"));
    }

    #[test]
    fn the_model_that_is_meant_is_told_of_else_the_loaded_one() {
        let models = [
            lm_studio::Listed { name: "a".to_owned(), trained: Some(9), ..Default::default() },
            lm_studio::Listed {
                name: "b".to_owned(),
                is_loaded: true,
                window: Some(4096),
                trained: Some(131_072),
                capabilities: Some(vec!["tools".to_owned(), "vision".to_owned()]),
                ..Default::default()
            },
        ];
        let of = |model| of_lm_studio(models.to_vec(), model);
        let server = of("");
        assert_eq!((server.context, server.trained), (Some(4096), Some(131_072)));
        assert!(server.can("tools") && server.can("vision"));
        assert_eq!(of("a").context, None);
        assert!(!of("a").cannot("tools"));
    }

    #[test]
    fn what_lists_say() {
        let of = |row: Value| {
            let mut server = Server::default();
            listed::read(&json!({ "data": [row] }))
                .iter()
                .for_each(|entry| of_entry(&mut server, entry, "m"));
            server
        };
        let server = of(json!({"id": "m", "owned_by": "vllm", "max_model_len": 8192}));
        assert_eq!((server.kind, server.context), (Kind::Vllm, Some(8192)));
        assert_eq!(of(json!({"id": "m", "context_length": 8192})).context, Some(8192));
        assert_eq!(of(json!({"id": "other", "context_length": 8192})).context, None);
    }
}
