//! Finding backends for those who have no configuration file.
//!
//! Only servers on this machine are asked. Keys found in the environment are named, and used only when that was asked
//! for, and then only where it costs nothing.

pub mod cloud;

use crate::config::draft::{Block, Item};
use crate::config::{self, Env, Loaded, Sources};
use crate::router::{Router, Secrets};
use crate::secret::Key;
use crate::upstream::{Backend, Connector};
use anyhow::anyhow;
use futures_util::future::join_all;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a local server may take to list its models.
const LIMIT: Duration = Duration::from_millis(500);

/// How often it is looked again while nothing is found.
const EVERY: Duration = Duration::from_secs(5);

/// Where a server may be, and how it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The provider's name.
    pub name: String,
    /// Its OpenAI base URL.
    pub base_url: String,
    /// The model to ask for; empty leaves it to the client and the server's list.
    pub model: String,
    /// The environment variable with its key; empty for local servers.
    pub key: String,
}

/// Where local servers listen unless told otherwise (their own documentation).
const USUAL: &[(&str, u16)] =
    &[("ollama", 11434), ("llama-cpp", 8080), ("llama-cpp-9931", 9931), ("lm-studio", 1234), ("vllm", 8000)];

/// Cloud keys by the environment variable they are usually kept in.
const CLOUD_KEYS: &[&str] =
    &["OPENROUTER_API_KEY", "NVIDIA_NIM_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"];

/// A server that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub place: Place,
    /// The models it lists, or the one that is asked for.
    pub models: Vec<String>,
}

/// The places to look at; `OLLAMA_HOST` moves Ollama's.
pub fn usual_places(ollama_host: Option<&str>) -> Vec<Place> {
    let usual = USUAL.iter().map(|(name, port)| local(name, &format!("http://127.0.0.1:{port}/v1")));
    let mut places: Vec<Place> = usual.collect();
    if let Some(host) = ollama_host.map(str::trim).filter(|host| !host.is_empty()) {
        let host = host.trim_start_matches("http://").trim_end_matches('/').replace("0.0.0.0", "127.0.0.1");
        let host = if host.contains(':') { host } else { format!("{host}:11434") };
        places[0] = local("ollama", &format!("http://{host}/v1"));
    }
    places
}

/// A server on this machine, or wherever the user says.
pub fn local(name: &str, base_url: &str) -> Place {
    Place { name: name.to_owned(), base_url: base_url.to_owned(), ..Place::default() }
}

/// The names of cloud keys that are set.
pub fn keys(env: &Env) -> Vec<&'static str> {
    CLOUD_KEYS.iter().copied().filter(|key| env.get_trimmed(key).is_some()).collect()
}

/// The free clouds whose keys are set.
pub fn free_clouds(env: &Env) -> Vec<Place> {
    let set = cloud::FREE_CLOUDS.iter().filter(|(key, ..)| env.get_trimmed(key).is_some());
    set.map(|&(key, name, url, model)| Place {
        key: key.to_owned(),
        model: model.to_owned(),
        ..local(name, url)
    })
    .collect()
}

/// Asks all places at once; those that answer in time are found, in the order given.
pub async fn look(places: &[Place], env: &Env) -> Vec<Found> {
    let connector = Arc::new(Connector::from_environment());
    let asked = places.iter().map(|place| ask(place.clone(), Arc::clone(&connector), env));
    join_all(asked).await.into_iter().flatten().collect()
}

async fn ask(place: Place, connector: Arc<Connector>, env: &Env) -> Vec<Found> {
    let Some(backend) = callable(&place, connector, env) else { return Vec::new() };
    if !place.key.is_empty() {
        let places = cloud::places(&place, &backend).await;
        return places.into_iter().map(|place| Found { models: vec![place.model.clone()], place }).collect();
    }
    let models = tokio::time::timeout(LIMIT, backend.listed()).await.unwrap_or_default();
    if models.is_empty() { Vec::new() } else { vec![Found { place, models: models.to_vec() }] }
}

/// A server that can be asked; none where its URL is none.
pub(crate) fn callable(place: &Place, connector: Arc<Connector>, env: &Env) -> Option<Arc<Backend>> {
    let loaded = load(&yaml(std::slice::from_ref(place))).ok()?;
    let provider = Arc::clone(loaded.config.providers.first()?);
    let key = env.get(&place.key).and_then(Key::new);
    Backend::new(provider, key, connector, None).ok().map(Arc::new)
}

/// A configuration without a provider, for as long as nothing is found: the router itself answers.
///
/// # Errors
/// If it can't be loaded, which is a bug.
pub fn nothing() -> anyhow::Result<Loaded> {
    let mut loaded = load(&yaml(&[local("none", "http://127.0.0.1:9/v1")]))?;
    loaded.config.providers.clear();
    for profile in &mut loaded.config.profiles {
        Arc::make_mut(profile).providers.clear();
    }
    Ok(loaded)
}

/// Serves by what was found.
///
/// # Errors
/// If it can't be, which is a bug.
pub fn use_found(router: &Router, found: &[Found], secrets: &dyn Secrets) -> anyhow::Result<()> {
    let mut config = configuration(found)?.config;
    // Sockets, files and folders stay as they were opened.
    let old = router.setup.load();
    config.server = old.config.server.clone();
    config.state = old.config.state.clone();
    router.replace(config, secrets)
}

/// What was found as a configuration.
///
/// # Errors
/// If it can't be, which is a bug.
pub fn configuration(found: &[Found]) -> anyhow::Result<Loaded> {
    let places: Vec<Place> = found.iter().map(|found| found.place.clone()).collect();
    load(&yaml(&places))
}

/// Loads a configuration that the program wrote itself; neither environment nor home folder have a say in it.
///
/// # Errors
/// If it is wrong, which is a bug.
pub fn load(text: &str) -> anyhow::Result<Loaded> {
    let env = Env::default();
    let sources = Sources { path: None, env: &env, home: None, cwd: Path::new(".") };
    config::load_text(text, Path::new("providers.yaml"), sources).map_err(|report| anyhow!("{report}"))
}

/// The places as a configuration file would have them.
fn yaml(places: &[Place]) -> String {
    let provider = |place: &Place| {
        let mut block = Block::default();
        block.put("name", Item::name(&place.name));
        block.put("base_url", Item::text(&place.base_url));
        block.put("model", Item::text(&place.model));
        if !place.key.is_empty() {
            block.put("api_key_env", Item::name(&place.key));
        }
        block
    };
    let mut profile = Block::default();
    profile.put("name", Item::name("default"));
    profile.put("providers", Item::Names(places.iter().map(|place| place.name.clone()).collect()));
    let mut file = Block::default();
    file.put("default_profile", Item::name("default"));
    file.put("providers", Item::List(places.iter().map(provider).collect()));
    file.put("profiles", Item::List(vec![profile]));
    file.write()
}

/// Looks again until something is found.
pub async fn keep_looking(places: &[Place], env: &Env) -> Vec<Found> {
    loop {
        tokio::time::sleep(EVERY).await;
        let found = look(places, env).await;
        if !found.is_empty() {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_may_be_elsewhere() {
        let ollama = |host| usual_places(host)[0].base_url.clone();
        assert_eq!(ollama(None), "http://127.0.0.1:11434/v1");
        assert_eq!(ollama(Some("0.0.0.0:9999")), "http://127.0.0.1:9999/v1");
        assert_eq!(ollama(Some("http://box.local/")), "http://box.local:11434/v1");
        assert_eq!(ollama(Some(" ")), "http://127.0.0.1:11434/v1");
    }

    #[test]
    fn what_was_found_is_a_configuration() {
        let env = Env::from_iter([("NVIDIA_NIM_API_KEY", "nvapi-0123456789")]);
        let places = [usual_places(None), free_clouds(&env)].concat();
        let config = load(&yaml(&places)).unwrap().config;
        assert_eq!(config.providers.len(), USUAL.len() + 1);
        assert!(nothing().unwrap().config.providers.is_empty());
    }
}
