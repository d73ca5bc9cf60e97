//! Asks servers what they are, and has Ollama give a model a larger window.

use super::NEED;
use super::facts::{Answers, Model, Server};
use crate::config::Env;
use crate::discovery::{self, Place};
use crate::servers::{Kind, document, list, ollama};
use crate::upstream::{Backend, Connector};
use anyhow::{Context, bail};
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long a server may take for each question.
const LIMIT: Duration = Duration::from_secs(2);

/// How long a new name for a model may take.
const CREATION: Duration = Duration::from_secs(60);

/// How many models are asked about.
const MAX_SHOWN: usize = 64;

/// Asks all places; a server that has no models yet is found too, where it says what it is.
pub async fn servers(places: &[Place], env: &Env) -> Vec<Server> {
    let asked = places.iter().map(|place| server(place, env));
    let mut servers: Vec<Server> = join_all(asked).await.into_iter().flatten().collect();
    name(&mut servers);
    servers
}

/// Gives each the name of its kind.
fn name(servers: &mut [Server]) {
    for at in 0..servers.len() {
        let kind = servers[at].kind;
        let before = servers[..at].iter().filter(|server| server.kind == kind).count();
        let name = kind.provider();
        servers[at].place.name = if before == 0 { name.to_owned() } else { format!("{name}-{}", before + 1) };
    }
}

async fn server(place: &Place, env: &Env) -> Option<Server> {
    let backend = discovery::callable(place, Arc::new(Connector::from_environment()), env)?;
    let ask = |path| document(&backend, path, None, LIMIT);
    let (models, tags) = tokio::join!(list(&backend, LIMIT), ask("/api/tags"));
    let mut answers = Answers { models, tags, ..Answers::default() };
    let has_models = answers.models.pointer("/data/0").is_some();
    if !has_models {
        // Nothing else is known to run without a model.
        return ollama::tags(&answers.tags).map(|_| server_of(place, &answers));
    }
    let (props, lm_studio) = tokio::join!(ask("/props"), ask("/api/v0/models"));
    answers = Answers { props, lm_studio, ..answers };
    if answers.kind() == Kind::Ollama {
        answers.running = ask("/api/ps").await;
        let names: Vec<String> =
            answers.models().into_iter().map(|model| model.name).take(MAX_SHOWN).collect();
        answers.shown = join_all(names.into_iter().map(|name| show(&backend, name))).await;
    }
    Some(server_of(place, &answers))
}

fn server_of(place: &Place, answers: &Answers) -> Server {
    Server { place: place.clone(), kind: answers.kind(), slots: answers.slots(), models: answers.models() }
}

async fn show(backend: &Arc<Backend>, name: String) -> (String, Value) {
    let shown = document(backend, "/api/show", Some(json!({ "model": name })), LIMIT).await;
    (name, shown)
}

/// The name that a model gets with the window agents need.
pub fn wider_name(model: &str) -> String {
    let (name, tag) = model.rsplit_once(':').unwrap_or((model, "latest"));
    format!("{name}:{tag}-{}k", NEED / 1024)
}

/// What Ollama is asked for a model with that window; nothing is downloaded or copied.
pub fn wider_request(model: &str) -> Value {
    json!({"model": wider_name(model), "from": model, "parameters": {"num_ctx": NEED}, "stream": false})
}

/// Has Ollama make that model.
///
/// # Errors
/// If it does not.
pub async fn widen(server: &Server, model: &Model, env: &Env) -> anyhow::Result<Model> {
    let connector = Arc::new(Connector::from_environment());
    let backend = discovery::callable(&server.place, connector, env).context("its URL can't be asked")?;
    let body = Bytes::from(wider_request(&model.name).to_string());
    let (status, said) = backend
        .question("/api/create", Some(body), CREATION)
        .await
        .map_err(|fault| anyhow::anyhow!("{fault}"))?;
    if !status.is_success() {
        bail!("it answers {status}: {}", String::from_utf8_lossy(&said[..said.len().min(200)]));
    }
    Ok(Model { name: wider_name(&model.name), window: Some(NEED), is_loaded: false, ..model.clone() })
}
