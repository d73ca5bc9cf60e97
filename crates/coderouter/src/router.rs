//! What all requests share: the current configuration, memory, and where facts go.

use crate::config::Loaded;
use crate::recorder::Recorder;
use crate::secret::Key;
use crate::tokenizers::Tokenizers;
use crate::upstream::{Backend, Connector};
use arc_swap::ArcSwap;
use canon::config::{Config, Credential};
use canon::event::Fact;
use canon::fault::Fault;
use canon::id::{ProviderName, RequestId};
use routing::view::View;
use std::collections::HashMap;
use std::sync::Arc;
use telemetry::redact::Redactor;

/// The program behind the sockets.
pub struct Router {
    /// The current configuration and what was made of it. Requests under way keep the one they began with.
    pub setup: ArcSwap<Setup>,
    /// Memory of the past that routing looks at.
    pub view: View,
    /// The tokenizers that providers name.
    pub tokenizers: Tokenizers,
    recorder: Recorder,
    connector: Arc<Connector>,
}

/// A configuration and the backends made of it.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    backends: HashMap<ProviderName, Arc<Backend>>,
    redactor: Arc<Redactor>,
}

impl Router {
    /// A router that serves by a configuration.
    ///
    /// # Errors
    /// If a provider's host can't stand in a header.
    pub fn new(loaded: &Loaded, secrets: &dyn Secrets, recorder: Recorder) -> anyhow::Result<Arc<Self>> {
        let connector = Arc::new(Connector::from_environment());
        let setup = Setup::new(loaded.config.clone(), secrets, &connector, None)?;
        recorder.redact_with(Arc::clone(&setup.redactor));
        Ok(Arc::new(Self {
            setup: ArcSwap::from_pointee(setup),
            view: View::default(),
            tokenizers: Tokenizers::default(),
            recorder,
            connector,
        }))
    }

    /// Goes by another configuration from the next request on; connections to backends that stay are kept.
    ///
    /// # Errors
    /// As [`Self::new`]; then the old configuration stays.
    pub fn replace(&self, config: Config, secrets: &dyn Secrets) -> anyhow::Result<()> {
        let old = self.setup.load_full();
        let setup = Setup::new(config, secrets, &self.connector, Some(&old))?;
        self.recorder.redact_with(Arc::clone(&setup.redactor));
        self.setup.store(Arc::new(setup));
        Ok(())
    }

    /// Records a fact.
    pub fn record(&self, request: Option<RequestId>, fact: Fact) {
        self.recorder.record(request, fact);
    }

    /// A fault as it may leave the program. Where its message was cut, the last word goes: it may be half a secret.
    pub fn redact(&self, mut fault: Fault) -> Fault {
        const LONGEST_WORD: usize = 512;
        fault.message = self.clean(&fault.message);
        if let Some(cut) = fault.message.strip_suffix('…') {
            let mut last = cut.char_indices().rev().take(LONGEST_WORD).peekable();
            let mut end = cut.len();
            while let Some((at, _)) = last.next_if(|(_, c)| !c.is_whitespace()) {
                end = at;
            }
            fault.message = format!("{}…", &cut[..end]);
        }
        fault
    }

    /// A text as it may leave the program.
    pub fn clean(&self, text: &str) -> String {
        self.setup.load().redactor.clean(text).into_owned()
    }

    /// Waits until all facts are written.
    pub fn flush(&self) {
        self.recorder.flush();
    }
}

/// Where keys come from.
pub trait Secrets {
    /// The value of an environment variable.
    fn variable(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Secrets for F {
    fn variable(&self, name: &str) -> Option<String> {
        self(name)
    }
}

impl Setup {
    fn new(
        config: Config,
        secrets: &dyn Secrets,
        connector: &Arc<Connector>,
        old: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let mut values = Vec::new();
        let mut backends = HashMap::new();
        for provider in &config.providers {
            let key = match &provider.credential {
                Credential::Env { var } => secrets.variable(var).map(|value| (var.clone(), value)),
                Credential::None | Credential::CliSession { .. } | Credential::Client => None,
            };
            let pool = old
                .and_then(|old| old.backends.get(&provider.name))
                .and_then(|backend| (backend.provider.endpoint == provider.endpoint).then(|| backend.pool()));
            let ready = key.as_ref().and_then(|(_, value)| Key::new(value));
            let backend = Backend::new(Arc::clone(provider), ready, Arc::clone(connector), pool)?;
            backends.insert(provider.name.clone(), Arc::new(backend));
            values.extend(key);
        }
        if let Some(token) = secrets.variable(&config.server.token_env) {
            values.push((config.server.token_env.clone(), token));
        }
        Ok(Self { config, backends, redactor: Arc::new(Redactor::new(values)) })
    }

    /// A provider, callable.
    pub fn backend(&self, name: &ProviderName) -> Option<&Arc<Backend>> {
        self.backends.get(name)
    }

    /// All providers, callable.
    pub fn backends(&self) -> impl Iterator<Item = &Arc<Backend>> {
        self.config.providers.iter().filter_map(|provider| self.backends.get(&provider.name))
    }
}
