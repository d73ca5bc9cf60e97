//! The `launcher:` block: local model servers that the router would start. It is checked whole and acts later.

use std::time::Duration;

use super::super::reader::{
    Block, Reader, Setting, Shape, Spanned, flag, list, map, name, nested, seconds, spanned, text, whole,
};
use super::super::report::quoted;
use super::super::tree::{Kind, Node};
use super::swap::Swap;

/// What of the launcher the rest of the file depends on.
pub(crate) struct Launcher {
    pub(crate) swap: Option<Swap>,
    /// The folders models may lie in, as written.
    pub(crate) model_dirs: Vec<String>,
}

/// The engines that can be started.
pub(super) const ENGINES: &[&str] = &["llama.cpp", "vllm", "mlx"];

impl Setting for Launcher {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let model_dirs =
            block.or("model_dirs", list(text()), Vec::new(), "Folders that are searched for models.");
        let backends = block.or("backends", map(nested()), Vec::new(), "Engines, and variants of them.");
        check_backends(block, &backends);
        let options = block.or(
            "option_profiles",
            map(list(nested())),
            Vec::new(),
            "Named sets of command line flags for each engine.",
        );
        pauses(block);
        block.optional("bench", nested::<Bench>(), "Benchmarks of what was started.");
        let swap: Option<Swap> = block.optional("swap", nested(), "Starting models when they are asked for.");
        if let Some(swap) = &swap {
            swap.check(block, &backends, &options, &model_dirs);
        }
        Self { swap, model_dirs }
    }
}

fn pauses(block: &mut Block<'_, '_>) {
    let secs = Duration::from_secs;
    block.or(
        "readiness_timeout_s",
        seconds(5.0..=3600.0),
        secs(300),
        "Seconds until a server must be ready.",
    );
    block.or("readiness_poll_interval_s", seconds(0.2..=60.0), secs(2), "Seconds between two looks.");
    block.or("auto_restart", flag(), false, "Whether a server that died is started again.");
    block.or("auto_restart_max_attempts", whole(0..=20), 3, "How often in a row.");
    let first =
        block.or("auto_restart_backoff_s", seconds(0.1..=300.0), secs(2), "Seconds before the first time.");
    let longest = block.or(
        "auto_restart_backoff_max_s",
        seconds(1.0..=600.0),
        secs(30),
        "The longest pause, in seconds.",
    );
    if first > longest {
        block.mistake_at(
            "auto_restart_backoff_s",
            "auto_restart_backoff_s is above auto_restart_backoff_max_s",
        );
    }
}

/// One engine's program.
#[derive(Default)]
pub(crate) struct Backend {
    binary: Option<String>,
}

impl Setting for Backend {
    fn read(block: &mut Block<'_, '_>) -> Self {
        Self { binary: block.optional("binary", text(), "Its program.") }
    }
}

fn check_backends(block: &mut Block<'_, '_>, backends: &[(Spanned<String>, Backend)]) {
    for (key, backend) in backends {
        let Some(engine) = engine_of(&key.value) else {
            let message = format!("{} is neither an engine nor a variant of one", quoted(&key.value));
            let hint =
                format!("engines: {}; a variant is written ENGINE-NAME in lower case", ENGINES.join(", "));
            block.add(key.mistake(message).hint(hint));
            continue;
        };
        if engine != key.value && backend.binary.is_none() {
            block.add(key.mistake("a variant must name its binary"));
        }
    }
}

/// The engine a backend's key stands for: the key itself, or what a variant's name begins with.
fn engine_of(key: &str) -> Option<&'static str> {
    ENGINES.iter().copied().find(|engine| match key.strip_prefix(engine) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(is_variant),
        None => false,
    })
}

fn is_variant(variant: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    variant.bytes().next().is_some_and(word)
        && variant.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// Whether a model may be started with this backend: an engine always, a variant where it is declared.
pub(super) fn is_declared(key: &str, backends: &[(Spanned<String>, Backend)]) -> bool {
    ENGINES.contains(&key) || backends.iter().any(|(declared, _)| declared.value == key)
}

/// Whether an engine has a set of flags of this name; variants inherit those of their engine.
pub(super) fn has_options(
    backend: &str,
    name: &str,
    options: &[(Spanned<String>, Vec<OptionProfile>)],
) -> bool {
    let engine = engine_of(backend).unwrap_or(backend);
    let of_either = options.iter().filter(|(key, _)| key.value == backend || key.value == engine);
    of_either.flat_map(|(_, profiles)| profiles).any(|profile| profile.name == name)
}

/// A named set of flags.
pub(crate) struct OptionProfile {
    name: String,
}

impl Setting for OptionProfile {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let name = block.required("name", name(), "Its name.");
        block.optional(
            "args",
            map(Argument),
            "Flags with their values; true is a bare flag, false leaves it out.",
        );
        Self { name }
    }
}

/// A flag's value: a text, a number or a boolean.
struct Argument;

impl Shape for Argument {
    type Value = ();

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<()> {
        match &node.kind {
            Kind::Scalar(_) => Some(()),
            Kind::List(_) | Kind::Map(_) => text().read(reader, node).map(|_| ()),
        }
    }

    fn schema(&self) -> serde_json::Value {
        serde_json::json!({ "type": ["string", "number", "boolean"] })
    }
}

/// Benchmarks.
struct Bench;

impl Setting for Bench {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let template = "llmbench run --model local-openai --runs {runs}".to_owned();
        block.or("command_template", text().verbatim(), template, "The benchmark's command.");
        block.or("runs", whole(1..=1000), 5, "How often it runs.");
        block.optional("results_dir", text(), "Where its results lie.");
        block.or(
            "readiness_timeout_s",
            seconds(5.0..=3600.0),
            Duration::from_secs(300),
            "Seconds until a server must be ready.",
        );
        let presets: Vec<(Spanned<String>, Preset)> =
            block.or("presets", map(nested()), Vec::new(), "Named benchmarks.");
        let default =
            block.optional("default_preset", spanned(name()), "The one that is chosen if none is named.");
        if let Some(default) = default.filter(|name| !presets.iter().any(|(key, _)| key.value == name.value))
        {
            block.add(default.mistake(format!("no preset is named {}", quoted(&default.value))));
        }
        Self
    }
}

/// A named benchmark.
struct Preset;

impl Setting for Preset {
    fn read(block: &mut Block<'_, '_>) -> Self {
        block.required("name", name(), "Its title.");
        block.required("command_template", text().verbatim(), "Its command.");
        block.optional("runs", whole(1..=1000), "How often it runs.");
        block.optional("results_dir", text(), "Where its results lie.");
        Self
    }
}
