//! A provider under examination: how it is called, and what is known of it so far.

use super::inspection::Server;
use crate::config::{Env, Loaded};
use crate::router::{Router, Secrets};
use crate::secret::Key;
use crate::upstream::{Backend, Connector};
use anyhow::Context;
use canon::config::{Credential, Provider};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use telemetry::redact::Redactor;

/// A provider under examination.
pub struct Patient {
    /// The provider, callable.
    pub backend: Arc<Backend>,
    /// The model that is asked for.
    pub model: Option<String>,
    /// What its server says of itself.
    pub server: Server,
    /// The configuration it is part of.
    pub loaded: Arc<Loaded>,
    /// The environment, where its key is.
    pub env: Arc<Env>,
    /// How long one short answer may take.
    pub patience: Duration,
    pub(super) notes: Mutex<Notes>,
    redactor: Redactor,
}

/// What one probe leaves for the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// How long the long prompt took until the first token, and how many tokens it had.
    pub(super) long: Option<(Duration, u64)>,
    /// Whether an agent got a call.
    pub(super) called: bool,
}

/// Where the key of a provider is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It needs none.
    None,
    /// In this variable.
    Set(String),
    /// This variable should have it, and is empty or not set.
    Missing(String),
    /// Elsewhere, where this program does not take it from.
    Elsewhere,
}

impl Patient {
    /// A provider of a configuration. Nothing is asked of it yet.
    ///
    /// # Errors
    /// If there is no such provider, or its host can't stand in a header.
    pub fn new(loaded: Arc<Loaded>, env: Arc<Env>, name: &str, patience: Duration) -> anyhow::Result<Self> {
        let provider =
            loaded.config.provider(name).with_context(|| format!("no provider is called {name}"))?;
        let provider = Arc::clone(provider);
        let mut secrets = Vec::new();
        let mut key = None;
        if let Credential::Env { var } = &provider.credential
            && let Some(value) = env.get_trimmed(var)
        {
            key = Key::new(value);
            secrets.push((var.clone(), value.to_owned()));
        }
        // Keys stand in extra_body too, and a backend may repeat them.
        for field in &provider.extra_body {
            let value: Value = serde_json::from_slice(&field.value).unwrap_or_default();
            secrets.extend(value.as_str().map(|text| (field.key.clone(), text.to_owned())));
        }
        let backend = Backend::new(provider, key, Arc::new(Connector::from_environment()), None)?;
        Ok(Self {
            backend: Arc::new(backend),
            model: None,
            server: Server::default(),
            loaded,
            env,
            patience,
            notes: Mutex::default(),
            redactor: Redactor::new(secrets),
        })
    }

    /// Asks the server what it says of itself, and which model it would be asked for.
    pub async fn inspected(mut self) -> Self {
        self.server = super::inspection::inspect(&self.backend).await;
        self.model = self.backend.model_for(None).await;
        self
    }

    /// The provider.
    pub fn provider(&self) -> &Provider {
        &self.backend.provider
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.provider().name.as_str()
    }

    /// Where its key is.
    pub fn key(&self) -> KeyState {
        match &self.provider().credential {
            Credential::None => KeyState::None,
            Credential::Env { var } if self.env.get_trimmed(var).is_some() => KeyState::Set(var.clone()),
            Credential::Env { var } => KeyState::Missing(var.clone()),
            Credential::CliSession { .. } | Credential::Client => KeyState::Elsewhere,
        }
    }

    /// How many tokens an answer gets: more where the model thinks first.
    pub fn budget(&self, plain: u32, thinking: u32) -> u32 {
        let facts = &self.provider().facts;
        if facts.reasoning_model || facts.reasoning_passthrough || self.server.can("thinking") {
            thinking
        } else {
            plain
        }
    }

    /// A text of the backend as it may be shown: without the key, and cut.
    pub fn shown(&self, text: &str) -> String {
        const LIMIT: usize = 160;
        let clean = self.redactor.clean(text);
        let mut shown: String = clean.trim().chars().take(LIMIT).collect();
        if clean.trim().chars().count() > LIMIT {
            shown.push('…');
        }
        shown
    }

    pub(super) fn notes(&self) -> std::sync::MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A router that knows this provider alone.
    ///
    /// # Errors
    /// As [`Router::new`].
    pub(super) fn router(&self) -> anyhow::Result<Arc<Router>> {
        let mut loaded = (*self.loaded).clone();
        let config = &mut loaded.config;
        let profile =
            config.profiles.iter().find(|profile| profile.providers.contains(&self.provider().name));
        let mut profile =
            profile.or(config.profiles.first()).context("there is no profile")?.as_ref().clone();
        profile.providers = vec![self.provider().name.clone()];
        config.default_profile = profile.name.clone();
        config.auto_router = None;
        config.profiles = vec![Arc::new(profile)];
        config.providers.retain(|provider| provider.name == self.provider().name);
        // Whoever examines a provider has decided that it may be asked.
        config.allow_paid = true;
        config.local_only.clear();
        config.state.dir = None;
        let recorder = crate::recorder::Recorder::start(crate::recorder::LogFormat::Off, std::io::sink());
        let secrets = |name: &str| self.env.get(name).map(str::to_owned);
        let secrets: &dyn Secrets = &secrets;
        Router::new(&loaded, secrets, recorder)
    }
}
