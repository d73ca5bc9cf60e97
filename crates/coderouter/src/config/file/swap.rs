//! The `launcher.swap:` block: models that are started when they are asked for.

use std::collections::HashSet;
use std::time::Duration;

use canon::config::Word;

use super::super::near::name_hint;
use super::super::reader::{
    Block, Setting, Spanned, flag, list, name, nested, number, pattern, seconds, spanned, text, whole, word,
};
use super::super::report::quoted;
use super::launcher::{Backend, ENGINES, OptionProfile, has_options, is_declared};

/// Models that are started on demand.
pub(crate) struct Swap {
    pub(crate) enabled: Option<Spanned<bool>>,
    pub(crate) models: Vec<SwapModel>,
}

/// One of them.
pub(crate) struct SwapModel {
    pub(crate) name: Spanned<String>,
    backend: Spanned<String>,
    pub(crate) path: Spanned<String>,
    port: Option<Spanned<u16>>,
    options: Option<Spanned<String>>,
}

impl Swap {
    /// Whether models of it are to be started.
    pub(crate) fn is_enabled(&self) -> bool {
        self.enabled.as_ref().is_some_and(|enabled| enabled.value)
    }

    /// The checks against the rest of the launcher's block.
    pub(super) fn check(
        &self,
        block: &mut Block<'_, '_>,
        backends: &[(Spanned<String>, Backend)],
        options: &[(Spanned<String>, Vec<OptionProfile>)],
        model_dirs: &[String],
    ) {
        if !self.is_enabled() {
            return;
        }
        if model_dirs.is_empty() && !self.models.is_empty() {
            block.mistake("launcher.swap needs model_dirs: only models below them are started");
        }
        let (mut names, mut ports) = (HashSet::new(), HashSet::new());
        for model in &self.models {
            if !names.insert(&model.name.value) {
                block.add(model.name.mistake("two models of launcher.swap have this name"));
            }
            if let Some(port) = model.port.as_ref().filter(|port| !ports.insert(port.value)) {
                block.add(port.mistake("two models of launcher.swap have this port"));
            }
            model.check(block, backends, options);
        }
    }
}

impl SwapModel {
    fn check(
        &self,
        block: &mut Block<'_, '_>,
        backends: &[(Spanned<String>, Backend)],
        options: &[(Spanned<String>, Vec<OptionProfile>)],
    ) {
        let backend = &self.backend.value;
        if !backend.is_empty() && !is_declared(backend, backends) {
            let declared = backends.iter().map(|(key, _)| key.value.as_str());
            let known = ENGINES.iter().copied().chain(declared);
            let mistake = self.backend.mistake(format!("no backend is named {}", quoted(backend)));
            block.add(mistake.hint(name_hint(backend, known)));
        }
        if let Some(name) = self.options.as_ref().filter(|name| !has_options(backend, &name.value, options)) {
            let message = format!("{} has no option profile {}", quoted(backend), quoted(&name.value));
            block.add(name.mistake(message));
        }
    }
}

impl Setting for Swap {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let secs = Duration::from_secs;
        block.optional("ttl_seconds", seconds(0.0..=31_536_000.0), "Seconds an idle model stays loaded.");
        block.or("readiness_timeout_s", seconds(1.0..=1800.0), secs(120), "Seconds until it must be ready.");
        block.or(
            "sweep_interval_s",
            seconds(1.0..=600.0),
            secs(15),
            "Seconds between two looks for idle ones.",
        );
        block.or("port_retry_attempts", whole(0..=5), 2, "How often another free port is tried.");
        block.or("inject_auto_router_rules", flag(), true, "Whether a model's name in a request chooses it.");
        block.optional("memory_budget_gb", number(0.0..=f64::INFINITY), "Memory all of them may take.");
        block.optional("max_loaded", whole(1..=1000), "How many may be loaded at once.");
        Self {
            enabled: block.optional("enabled", spanned(flag()), "Whether models are started on demand."),
            models: block.or("models", list(nested()), Vec::new(), "The models."),
        }
    }
}

/// Whether a second model may be drafted from the first.
#[derive(Clone, Copy, PartialEq)]
enum MtpMode {
    Auto,
    Off,
}

impl Word for MtpMode {
    const CHOICES: &'static [(&'static str, Self)] = &[("auto", Self::Auto), ("off", Self::Off)];
}

/// Which models may be loaded together.
#[derive(Clone, Copy, PartialEq)]
enum SwapGroup {
    Swap,
    Persistent,
    Exclusive,
}

impl Word for SwapGroup {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("swap", Self::Swap), ("persistent", Self::Persistent), ("exclusive", Self::Exclusive)];
}

impl Setting for SwapModel {
    fn read(block: &mut Block<'_, '_>) -> Self {
        block.optional("model_pattern", pattern(), "Expression the request's whole model name matches.");
        block.optional("ttl_seconds", seconds(0.0..=31_536_000.0), "Seconds it stays loaded when idle.");
        block.or(
            "extra_args",
            text().verbatim().may_be_empty(),
            String::new(),
            "More command line arguments.",
        );
        block.optional("draft_model_path", text(), "A model that drafts for it.");
        block.or("mtp_mode", word(), MtpMode::Auto, "Whether it drafts for itself where it can.");
        block.or("group", word(), SwapGroup::Swap, "Which models may be loaded together.");
        block.optional("est_weights_gb", number(0.0..=f64::INFINITY), "The size of its weights.");
        block.or("num_ctx", whole(256..=u32::MAX), 8192, "Its context window in tokens.");
        Self {
            name: block.required("name", spanned(name()), "Its name."),
            backend: block.required("backend", spanned(name()), "The engine that runs it."),
            path: block.required("model_path", spanned(text()), "Its file, below one of model_dirs."),
            port: block.optional("port", spanned(whole(1024..=65535)), "Its port; a free one if not set."),
            options: block.optional("option_profile", spanned(name()), "A named set of flags of its engine."),
        }
    }
}
