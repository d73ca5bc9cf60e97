//! What all requests share: the current configuration, memory, and where facts go.

use crate::chores::{Chore, Chores};
use crate::config::Loaded;
use crate::door::METRICS_TOKEN;
use crate::exchange::now;
use crate::ledger::{Learned, Ledger};
use crate::memory::Memory;
use crate::recent::Recents;
use crate::recorder::Recorder;
use crate::secret::Key;
use crate::slots::Slots;
use crate::tokenizers::Tokenizers;
use crate::upstream::{Backend, Connector};
use arc_swap::ArcSwap;
use canon::config::{Config, Credential, Provider};
use canon::event::{BackendFact, Fact};
use canon::fault::{Fault, FaultKind};
use canon::id::{ProviderName, RequestId};
use canon::money::Usd;
use routing::claim::{Claim, Ending, Settled, Settlement};
use routing::rates::{self, Priority};
use routing::view::View;
use routing::{auto_router, privacy};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use telemetry::redact::Redactor;
use tokio::sync::Notify;

/// What a probe takes of a provider's tokens.
const PROBE_TOKENS: u64 = 16;

/// No model has so short a window, in tokens; what says so is misread.
const LEAST_WINDOW: u32 = 256;

/// The program behind the sockets.
pub struct Router {
    /// The current configuration and what was made of it. Requests under way keep the one they began with.
    pub setup: ArcSwap<Setup>,
    /// Memory of the past that routing looks at.
    pub view: View,
    /// The tokenizers that providers name.
    pub tokenizers: Tokenizers,
    /// What of it outlives the process.
    pub memory: Memory,
    recorder: Arc<Recorder>,
    connector: Arc<Connector>,
    /// The latest requests, to be explained.
    pub recents: Recents,
    freed: Notify,
    chores: Chores,
    /// Which conversation has which slot of which server.
    pub slots: Slots,
}

/// A configuration and what was made of it: backends that can be called, rules that can be asked.
pub struct Setup {
    /// The configuration.
    pub config: Config,
    /// The rules by which `auto` chooses a profile; none where the default profile is a named one.
    pub auto_router: Option<auto_router::CompiledRules>,
    /// The rules for what must stay local.
    pub local_only: privacy::CompiledRules,
    backends: BTreeMap<ProviderName, Arc<Backend>>,
    redactor: Arc<Redactor>,
    /// The configuration as it was declared, without what was learned.
    declared: Config,
    keys: Keys,
}

/// The keys of a configuration's providers, and other secrets that it names: variables and their values.
#[derive(Clone)]
struct Keys(Vec<(String, SecretString)>);

impl Keys {
    fn of(config: &Config, secrets: &dyn Secrets) -> Self {
        let of_providers = config.providers.iter().filter_map(|provider| match &provider.credential {
            Credential::Env { var } => Some(var.as_str()),
            Credential::None | Credential::CliSession { .. } | Credential::Client => None,
        });
        let names = of_providers.chain([config.server.token_env.as_str(), METRICS_TOKEN]);
        let set = names.filter_map(|name| Some((name.to_owned(), secrets.variable(name)?.into())));
        Self(set.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose_secret())
    }
}

impl Router {
    /// A router that serves by a configuration and forgets everything when it ends.
    ///
    /// # Errors
    /// If a provider's host can't stand in a header, or a rule's pattern is none.
    pub fn new(loaded: &Loaded, secrets: &dyn Secrets, recorder: Recorder) -> anyhow::Result<Arc<Self>> {
        Self::with_memory(loaded, secrets, recorder, Memory::off())
    }

    /// A router that begins with what an earlier run has left.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_memory(
        loaded: &Loaded,
        secrets: &dyn Secrets,
        recorder: Recorder,
        memory: Memory,
    ) -> anyhow::Result<Arc<Self>> {
        let connector = Arc::new(Connector::from_environment());
        let keys = Keys::of(&loaded.config, secrets);
        let setup = Setup::new(loaded.config.clone(), keys, &connector, recorder.ledger(), None)?;
        recorder.redact_with(Arc::clone(&setup.redactor));
        let recorder = Arc::new(recorder);
        let view = View::new(&setup.config);
        let told = Arc::clone(&recorder);
        view.health_cache.add_listener(Box::new(move |provider, healthy| {
            let flagged = BackendFact::Flagged { provider: provider.clone(), healthy };
            told.record(None, Fact::Backend(Box::new(flagged)));
            Ok(())
        }));
        let router = Arc::new(Self {
            setup: ArcSwap::from_pointee(setup),
            view,
            memory,
            recorder,
            connector,
            recents: Recents::default(),
            freed: Notify::new(),
            chores: Chores::default(),
            slots: Slots::default(),
            tokenizers: Tokenizers::default(),
        });
        router.memory.restore(&router, now());
        Ok(router)
    }

    /// Goes by another configuration from the next request on; connections to backends that stay are kept.
    ///
    /// # Errors
    /// As [`Self::new`]; then the old configuration stays.
    pub fn replace(&self, config: Config, secrets: &dyn Secrets) -> anyhow::Result<()> {
        let keys = Keys::of(&config, secrets);
        self.follow(config, keys)
    }

    /// Goes by what was learned since.
    pub fn relearn(&self) {
        let setup = self.setup.load_full();
        // It could be gone by before, and only facts about models have changed.
        let _ = self.follow(setup.declared.clone(), setup.keys.clone());
    }

    fn follow(&self, config: Config, keys: Keys) -> anyhow::Result<()> {
        let old = self.setup.load_full();
        let setup = Setup::new(config, keys, &self.connector, self.recorder.ledger(), Some(&old))?;
        self.recorder.redact_with(Arc::clone(&setup.redactor));
        self.view.follow(&setup.config);
        self.setup.store(Arc::new(setup));
        // A provider that was not there for a while may be out still, and nobody at work to bring it back.
        for (name, _) in self.view.excluded() {
            self.chores.add(Chore::Heal(name));
        }
        self.memory.touch();
        Ok(())
    }

    /// Gives a provider back with what came of an attempt, tells those who wait for one, and has done what follows.
    pub fn settle(&self, claim: Claim, settlement: &Settlement<'_>) -> Settled {
        let provider = claim.provider().clone();
        if let Ending::Failed { fault, .. } = settlement.ending {
            self.learn_window(&provider, fault);
        }
        let is_secured = claim.reservation().is_some_and(|held| held.bound > Usd::ZERO);
        let settled = self.view.settle(claim, settlement);
        if let Some(charge) = settled.charge.as_ref().filter(|_| is_secured) {
            self.memory.settled(charge);
        }
        self.memory.touch();
        self.freed.notify_waiters();
        if settled.excluded {
            self.chores.add(Chore::Heal(provider.clone()));
        }
        if settled.reload {
            self.chores.add(Chore::Unload(provider));
        }
        settled
    }

    /// A backend that says how long a prompt may be is believed. A refusal of our own, by the profile's budget, has no
    /// status, and would make the window smaller each time.
    fn learn_window(&self, provider: &ProviderName, fault: &Fault) {
        let FaultKind::Overflow { limit: Some(limit), .. } = fault.kind else { return };
        if fault.status.is_none() {
            return;
        }
        let Some(context) = u32::try_from(limit).ok().filter(|limit| *limit >= LEAST_WINDOW) else { return };
        if let Some(provider) = self.setup.load().config.provider(provider.as_str()) {
            let learned = Learned { context: Some(context), ..Learned::default() };
            self.ledger().seen(provider, &learned, SystemTime::now());
        }
    }

    /// Takes a place for a probe within a provider's limits; none where it is at them, and so most likely well.
    pub fn probe_place(&self, provider: &Provider) -> Option<rates::Claim> {
        let ask =
            rates::Ask { limits: &provider.limits, tokens: PROBE_TOKENS, priority: Priority::Background };
        self.view.rates.claim(&provider.name, &ask, now().at).ok()
    }

    /// Remembers what a probe found out, and has done what follows.
    pub fn probed(&self, provider: &Arc<Provider>, result: &Result<Option<String>, Fault>) {
        let setup = self.setup.load();
        // Before anything is cut off it: half a secret is not known as one.
        let words = result.as_ref().err().map(|fault| self.redact(fault.clone()).message);
        let result = words.as_deref().map_or(Ok(()), Err);
        let settled = self.view.probed(&setup.config, provider, result, now());
        self.memory.touch();
        for fact in settled.facts {
            self.record(None, fact);
        }
        if settled.excluded {
            self.chores.add(Chore::Heal(provider.name.clone()));
        }
    }

    /// Where the output of a provider's restart command goes; none without a folder for state.
    pub fn log_of(&self, provider: &Provider) -> Option<PathBuf> {
        let setup = self.setup.load();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let name: String = provider.name.as_str().chars().map(plain).collect();
        Some(setup.config.state.dir.as_ref()?.join(format!("restart-{name}.log")))
    }

    /// Things to be done beside requests.
    pub fn chores(&self) -> &Chores {
        &self.chores
    }

    /// Waits this long, or until any provider is given back.
    pub async fn freed(&self, wait: Duration) {
        let freed = self.freed.notified();
        // Either is a reason to look again.
        let _ = tokio::time::timeout(wait, freed).await;
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

    /// What is learned of models.
    pub fn ledger(&self) -> &Arc<Ledger> {
        self.recorder.ledger()
    }

    /// Where facts go, and where what came of them can be looked at.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
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
        declared: Config,
        keys: Keys,
        connector: &Arc<Connector>,
        ledger: &Ledger,
        old: Option<&Self>,
    ) -> anyhow::Result<Self> {
        let mut config = declared.clone();
        ledger.apply(&mut config);
        let mut backends = BTreeMap::new();
        for provider in &config.providers {
            let key = match &provider.credential {
                Credential::Env { var } => keys.get(var).and_then(Key::new),
                Credential::None | Credential::CliSession { .. } | Credential::Client => None,
            };
            let pool = old
                .and_then(|old| old.backends.get(&provider.name))
                .and_then(|backend| (backend.provider.endpoint == provider.endpoint).then(|| backend.pool()));
            let backend = Backend::new(Arc::clone(provider), key, Arc::clone(connector), pool)?;
            backends.insert(provider.name.clone(), Arc::new(backend));
        }
        let auto_router = config.auto_router.as_ref().map(auto_router::CompiledRules::new).transpose()?;
        let local_only = privacy::CompiledRules::new(&config.local_only)?;
        let values = keys.0.iter().map(|(name, value)| (name.clone(), value.expose_secret().to_owned()));
        let redactor = Arc::new(Redactor::new(values));
        Ok(Self { config, auto_router, local_only, backends, redactor, declared, keys })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery;
    use crate::recorder::LogFormat;

    #[test]
    fn only_a_backends_own_word_teaches_a_window() {
        let text = "providers:\n  - {name: a, base_url: \"http://127.0.0.1:9/v1\", model: m}\n\
                    profiles:\n  - {name: default, providers: [a]}\n";
        let loaded = discovery::load(text).unwrap();
        let recorder = Recorder::start(LogFormat::Off, std::io::sink());
        let router = Router::new(&loaded, &|_: &str| None, recorder).unwrap();
        let learn = |limit, status: Option<u16>| {
            let fault = Fault::new(FaultKind::Overflow { prompt: None, limit: Some(limit) }, "too long");
            let fault = status.map_or(fault.clone(), |status| fault.with_status(status));
            router.learn_window(&"a".into(), &fault);
            router.ledger().of(&loaded.config.providers[0]).and_then(|entry| entry.known().context)
        };
        assert_eq!(learn(4_000, None), None, "a refusal of our own");
        assert_eq!(learn(10, Some(400)), None, "no model has so short a window");
        assert_eq!(learn(8_192, Some(400)), Some(8_192));
        router.relearn();
        assert_eq!(router.setup.load().config.providers[0].facts.max_context_tokens, Some(8_192));
    }
}
