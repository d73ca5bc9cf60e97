//! A provider's `agent_cli:` block: an agent's command line as a backend. The Python program serves it by a plugin;
//! here it is checked so that such files load.

use std::time::Duration;

use canon::config::Word;

use super::super::reader::{Block, Setting, flag, list, name, seconds, text, whole, word};

/// The agents there are settings for.
#[derive(Clone, Copy, PartialEq)]
enum Agent {
    Codex,
    Gemini,
    Grok,
    Claude,
    Antigravity,
}

impl Word for Agent {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("codex", Self::Codex),
        ("gemini", Self::Gemini),
        ("grok", Self::Grok),
        ("claude", Self::Claude),
        ("antigravity", Self::Antigravity),
    ];
}

/// What the agent may touch.
#[derive(Clone, Copy, PartialEq)]
enum Sandbox {
    ReadOnly,
    Edit,
    FullAuto,
}

impl Word for Sandbox {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("read_only", Self::ReadOnly), ("edit", Self::Edit), ("full_auto", Self::FullAuto)];
}

/// The block. Its values go nowhere: no adapter here reads them.
#[derive(Debug, Default)]
pub(crate) struct AgentCli;

impl Setting for AgentCli {
    fn read(block: &mut Block<'_, '_>) -> Self {
        block.optional("agent", word::<Agent>(), "Which agent.");
        if !block.has("agent") {
            block.missing("agent");
        }
        block.optional("command", text().verbatim(), "Its program; its own name if not set.");
        block.optional("workdir", text(), "The folder it works in.");
        block.or(
            "exec_timeout_s",
            seconds(1.0..=1800.0),
            Duration::from_secs(600),
            "Seconds a run may take.",
        );
        let writes = block.or("allow_file_writes", flag(), false, "Whether it may write files.");
        let sandbox = block.or("sandbox_mode", word(), Sandbox::ReadOnly, "What it may touch.");
        block.optional("model", name(), "The model it is told to use.");
        block.optional("max_turns", whole(1..=50), "Its turns in one run; 8 if not set.");
        block.or("passthrough_env", list(name()), Vec::new(), "The variables it inherits.");
        block.or("agent_depth_limit", whole(1..=4), 2, "How deep agents may call agents.");
        if writes && sandbox == Sandbox::ReadOnly {
            block.mistake_at("allow_file_writes", "file writes are allowed but sandbox_mode is read_only");
        }
        Self
    }
}
