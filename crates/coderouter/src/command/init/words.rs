//! What `init` says: what was found, what is proposed, and what to do next.

use super::Found;
use super::file::Written;
use crate::command::plain::plain;
use crate::command::talk;
use crate::hardware::Hardware;
use crate::servers::Kind;
use crate::setup::proposal::Proposal;
use crate::setup::{Finding, Model, NEED, suggest};
use serde_json::{Value, json};

/// Says a line in which anything from outside may stand.
fn say(line: &str) {
    talk::say(plain(line));
}

/// How many models of a server are named.
const MAX_NAMED: usize = 8;

/// Says what was found.
pub fn found(found: &Found) {
    say(&format!("machine: {}", found.basis.hardware.describe()));
    for server in &found.basis.servers {
        say(&format!(
            "{}: {} at {}",
            server.place.name,
            server.kind.program().unwrap_or("a server"),
            server.place.base_url
        ));
        server.models.iter().take(MAX_NAMED).for_each(|model| say(&format!("  {}", about(model))));
        let more = server.models.len().saturating_sub(MAX_NAMED);
        if more > 0 {
            say(&format!("  and {more} more"));
        }
    }
    for url in &found.silent {
        say(&format!("{url}: no server there lists models"));
    }
    if !found.keys.is_empty() {
        say(&format!("keys: {}", found.keys.join(", ")));
    }
    if !found.agents.is_empty() {
        say(&format!("agents: {}", found.agents.join(", ")));
    }
}

fn about(model: &Model) -> String {
    let mut words = vec![model.name.clone()];
    words.extend(model.window.map(|window| format!("window {window}")));
    words.extend(model.most.map(|most| format!("made for {most}")));
    words.extend(match model.tools {
        Some(true) => Some("tools".to_owned()),
        Some(false) => Some("no tools".to_owned()),
        None => None,
    });
    words.extend(model.is_loaded.then(|| "loaded".to_owned()));
    words.extend(model.is_remote.then(|| "runs elsewhere, not used".to_owned()));
    words.extend(model.is_mute.then(|| "no chat model".to_owned()));
    words.join(", ")
}

/// Says what came of it, and what to do next.
pub fn proposed(found: &Found, proposal: &Proposal, written: &Written) {
    for cloud in &found.unlisted {
        say(&format!("{cloud}: its free models can't be listed now, so it is left out"));
    }
    if !proposal.chain.is_empty() {
        say(&format!("chain: {}", proposal.chain.join(" > ")));
    }
    for Finding { text, hints } in &proposal.findings {
        say(&format!("warning: {text}"));
        hints.iter().for_each(|hint| say(&format!("hint: {hint}")));
    }
    if proposal.text.is_none() {
        return nothing(found);
    }
    match written {
        Written::Nothing => return,
        Written::Same(path) => say(&format!("{} says just that already", path.display())),
        Written::New(path) => say(&format!("wrote {}", path.display())),
        Written::Over { path, kept } => {
            say(&format!("wrote {}; what was there is {}", path.display(), kept.display()));
        }
        Written::Beside { path, new, differences } => {
            say(&format!("{} is there and stays; wrote {}", path.display(), new.display()));
            differences.iter().for_each(|line| say(&format!("  {line}")));
            say("hint: `coderouter init --force` writes over it and keeps a copy");
        }
    }
    next(found, written);
}

fn next(found: &Found, written: &Written) {
    let is_usual = written.in_use().is_some_and(|path| path.ends_with(".coderouter/providers.yaml"));
    let option = match written {
        Written::Beside { new, .. } => format!(" --config {}", new.display()),
        _ if is_usual => String::new(),
        _ => written.in_use().map(|path| format!(" --config {}", path.display())).unwrap_or_default(),
    };
    let agent = found.agents.first().unwrap_or(&"claude");
    say("next:");
    say(&format!("  coderouter serve{option}"));
    say(&format!("  coderouter doctor{option}"));
    say(&format!("  coderouter run -- {agent}"));
}

/// What to do on a machine on which nothing answers.
fn nothing(found: &Found) {
    let hardware = &found.basis.hardware;
    let has_ollama = found.basis.servers.iter().any(|server| server.kind == Kind::Ollama);
    say(if found.basis.servers.is_empty() {
        "no local server answers, and no key of a free cloud is used: there is nothing to write yet"
    } else {
        "there is nothing to write yet"
    });
    let Some((model, on_card)) = suggest(hardware) else {
        say("this machine holds no model that is of use to an agent, as far as is known");
        say("hint: say what memory it has with --ram-gb N and --vram-gb N");
        say(
            "hint: or use a free cloud: export OPENROUTER_API_KEY=... (or NVIDIA_NIM_API_KEY), then coderouter init",
        );
        return;
    };
    say(&format!("best for this machine: {}, about {} GB with {NEED} tokens", model.ollama, model.gigabytes));
    if !on_card {
        say("no card holds it: the processor reads an agent's first request for minutes");
    }
    if !model.has_tools {
        say("it calls no tools as it was taught; its calls are mended from what it writes");
    }
    say("with Ollama:");
    let is_missing = |program: &str| !found.programs.contains(&program);
    let mut steps = Vec::new();
    steps.extend((!has_ollama && is_missing("ollama")).then(|| INSTALL_OLLAMA.to_owned()));
    steps.extend(
        (!has_ollama).then(|| {
            format!("OLLAMA_CONTEXT_LENGTH={NEED} ollama serve (unless it runs as a service by now)")
        }),
    );
    steps.push(format!("ollama pull {}", model.ollama));
    // A service was started without the variable.
    steps.push("coderouter init --widen".to_owned());
    numbered(&steps);
    say("or with llama.cpp:");
    let mut steps = Vec::new();
    steps.extend(is_missing("llama-server").then(|| INSTALL_LLAMA_CPP.to_owned()));
    steps.push(format!("llama-server -hf {} -c {NEED} -np 1 --jinja", model.gguf));
    steps.push("coderouter init".to_owned());
    numbered(&steps);
    say(
        "or without a model of your own: export OPENROUTER_API_KEY=... (or NVIDIA_NIM_API_KEY), then coderouter init",
    );
}

fn numbered(steps: &[String]) {
    for (at, step) in steps.iter().enumerate() {
        say(&format!("  {}. {step}", at + 1));
    }
}

const INSTALL_OLLAMA: &str = if cfg!(target_os = "macos") {
    "brew install ollama"
} else if cfg!(windows) {
    "winget install Ollama.Ollama"
} else {
    "curl -fsSL https://ollama.com/install.sh | sh"
};

const INSTALL_LLAMA_CPP: &str =
    if cfg!(windows) { "winget install llama.cpp" } else { "brew install llama.cpp" };

/// The model that a machine holds, as JSON.
pub fn suggestion(hardware: &Hardware) -> Value {
    let Some((model, on_card)) = suggest(hardware) else { return Value::Null };
    json!({
        "ollama": model.ollama, "gguf": model.gguf, "gigabytes": model.gigabytes, "on_card": on_card,
        "tools": model.has_tools,
    })
}
