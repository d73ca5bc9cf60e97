//! The table of agents, and how one is known by its program.

use super::environment::Value;
use super::{aider, claude_code, codex, gemini, opencode, other};
use crate::config::Env;
use crate::ingress;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A kind of coding agent.
pub struct Agent {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The program that it is started with; empty where it can be any.
    pub program: &'static str,
    /// The packages it comes in, for those who start it with `npx` and the like.
    pub packages: &'static [&'static str],
    /// The API it speaks, in words.
    pub speaks: &'static str,
    /// The paths it asks at: one of them has to be served.
    pub asks: &'static [&'static str],
    /// How it is installed.
    pub install: &'static str,
    /// Variables that its own files set, which win over those it is started with.
    pub overrides: fn(Surroundings<'_>) -> Vec<Override>,
    /// What it needs to be told.
    pub needs: fn(&Target, &Env) -> Needs,
}

/// Where an agent looks for its files.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The environment.
    pub env: &'a Env,
    /// The home folder, where there is one.
    pub home: Option<&'a Path>,
    /// The current folder.
    pub cwd: &'a Path,
}

/// A variable that an agent's own file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The variable.
    pub variable: String,
    /// The file.
    pub file: PathBuf,
}

/// All agents that are known; the last one is any other program.
pub static AGENTS: &[Agent] =
    &[claude_code::AGENT, codex::AGENT, gemini::AGENT, opencode::AGENT, aider::AGENT, other::AGENT];

/// A router as an agent is told of it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Where it is, without a slash at the end.
    pub url: String,
    /// The variable with the token that it wants; none where it wants none.
    pub token: Option<String>,
    /// The profile to go by.
    pub profile: Option<String>,
    /// The model to ask for.
    pub model: Option<String>,
    /// The smallest window of those who may answer, in tokens, where it is known.
    pub window: Option<u32>,
    /// Whether the model that a request names decides who answers it, so that it is the user's to name.
    pub goes_by_model: bool,
    /// What the agent's own files set.
    pub overrides: Vec<Override>,
}

/// What an agent has to be told.
#[derive(Debug, Default)]
pub struct Needs {
    /// Its variables.
    pub wishes: Vec<Wish>,
    /// Arguments to go before those of the user.
    pub arguments: Vec<String>,
    /// What the user should hear about it.
    pub notes: Vec<String>,
}

/// What is to be with a variable.
#[derive(Clone, Debug)]
pub enum Wish {
    /// It has this value.
    Set(&'static str, Value),
    /// It has this value unless the user has given it another.
    Suggest(&'static str, Value),
    /// It is not set.
    Unset(&'static str),
}

impl Wish {
    /// The variable it is about.
    pub fn variable(&self) -> &'static str {
        match self {
            Self::Set(name, _) | Self::Suggest(name, _) | Self::Unset(name) => name,
        }
    }
}

impl Agent {
    /// Whether the router serves an API that this agent speaks.
    pub fn is_served(&self) -> bool {
        self.asks.iter().any(|path| ingress::answers(path))
    }

    /// The agent of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        AGENTS.iter().find(|agent| agent.name == name)
    }
}

impl Target {
    /// The base URL for clients of OpenAI's API.
    pub fn openai(&self) -> Value {
        Value::text(format!("{}/v1", self.url))
    }

    /// What goes where agents want a key.
    pub fn key(&self) -> Value {
        self.token.as_deref().map_or_else(|| Value::text(NO_TOKEN), Value::of)
    }

    /// The model for agents that must be told one: any name does, as the router has its own.
    pub fn model_or_any(&self) -> String {
        match (&self.model, &self.profile) {
            (Some(model), _) => model.clone(),
            (None, Some(profile)) => format!("{}{profile}", ingress::PROFILE_MODEL_PREFIX),
            (None, None) => ANY_MODEL.to_owned(),
        }
    }

    /// How long answers may be in this window: a quarter of it, within what agents deal with.
    pub fn answer(&self) -> Option<u32> {
        self.window.map(|window| (window / 4).clamp(ANSWER.0, ANSWER.1))
    }
}

/// Of agents whose files set no variables.
pub(super) fn no_overrides(_: Surroundings<'_>) -> Vec<Override> {
    Vec::new()
}

/// What stands for a key where none is needed; agents don't start without one.
const NO_TOKEN: &str = "local";

/// A model's name for those who don't choose.
const ANY_MODEL: &str = "coderouter";

/// The shortest and the longest answers to plan for, in tokens.
const ANSWER: (u32, u32) = (4_096, 32_000);

/// Variables by which requests to this machine don't go through a proxy.
pub(super) fn past_proxies(env: &Env) -> impl Iterator<Item = Wish> {
    let kept = ["NO_PROXY", "no_proxy"].into_iter().find(|name| env.get_trimmed(name).is_some());
    let value = match kept {
        Some(name) => Value { variable: Some(name.to_owned()), text: format!(",{LOOPBACK}") },
        None => Value::text(LOOPBACK),
    };
    let names = if cfg!(windows) { &["NO_PROXY"][..] } else { &["NO_PROXY", "no_proxy"] };
    names.iter().map(move |name| Wish::Set(name, value.clone()))
}

/// This machine.
const LOOPBACK: &str = "127.0.0.1,localhost";

/// The agent that a command line starts: by its program, or by a package that it names.
pub fn agent_for(command: &[OsString]) -> &'static Agent {
    let Some(program) = command.first() else { return &other::AGENT };
    let stem = stem(program);
    let by_program = AGENTS.iter().find(|agent| !agent.program.is_empty() && agent.program == stem);
    let by_package = || AGENTS.iter().find(|agent| package_at(command, agent).is_some());
    by_program.or_else(by_package).unwrap_or(&other::AGENT)
}

/// Where in a command line the arguments of its agent begin: behind the program, or behind the package that the program
/// starts, and what is named of it.
pub fn arguments_at(command: &[OsString], agent: &Agent) -> usize {
    let Some(package) = package_at(command, agent) else { return 1 };
    let is_named = command.get(package + 1).is_some_and(|word| word == agent.program);
    package + 1 + usize::from(is_named)
}

/// Where a command line that starts packages names one of this agent.
fn package_at(command: &[OsString], agent: &Agent) -> Option<usize> {
    if !STARTERS.contains(&stem(command.first()?).as_str()) {
        return None;
    }
    let is_named = |word: &OsString| {
        let word = word.to_string_lossy();
        agent.packages.iter().any(|name| is_package(&word, name))
    };
    command.iter().position(is_named)
}

/// The name of a program without folders and ending.
fn stem(program: &OsString) -> String {
    let stem = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase());
    stem.unwrap_or_default()
}

/// Programs that start packages.
const STARTERS: &[&str] = &["npx", "bunx", "pnpm", "yarn", "bun", "uvx", "pipx", "uv"];

/// Whether a word names this package, with or without a version.
fn is_package(word: &str, name: &str) -> bool {
    word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(words: &[&str]) -> (&'static str, usize) {
        let command: Vec<OsString> = words.iter().map(OsString::from).collect();
        let agent = agent_for(&command);
        (agent.name, arguments_at(&command, agent))
    }

    #[test]
    fn agents_are_known_by_their_program_or_package() {
        for (words, expect, at) in [
            (&["claude"][..], "claude", 1),
            (&["/opt/node/bin/claude", "-p", "codex"], "claude", 1),
            (&["Claude.EXE"], "claude", 1),
            (&["npx", "-y", "@anthropic-ai/claude-code@2.1.329", "-p", "claude"], "claude", 3),
            (&["npx", "-p", "@anthropic-ai/claude-code", "claude", "-p", "hi"], "claude", 4),
            (&["npx", "opencode-ai@latest"], "opencode", 2),
            (&["uvx", "--from", "aider-chat", "aider", "--model", "x"], "aider", 4),
            (&["make", "opencode-ai"], "other", 1),
            (&["npx", "codex-of-mine"], "other", 1),
            (&[], "other", 1),
        ] {
            assert_eq!(known(words), (expect, at), "{words:?}");
        }
    }

    #[test]
    fn what_is_served_is_what_ingress_answers() {
        let served = |name| Agent::named(name).map(Agent::is_served);
        for name in ["claude", "opencode", "aider", "other"] {
            assert_eq!(served(name), Some(true), "{name}");
        }
        for (name, path) in [("codex", "/v1/responses"), ("gemini", "/v1beta/models/m:generateContent")] {
            assert_eq!(served(name), Some(ingress::answers(path)), "{name}");
        }
        assert!(AGENTS.iter().all(|agent| agent.asks.iter().all(|path| path.starts_with("/v1"))));
    }

    #[test]
    fn an_existing_list_of_exceptions_is_kept() {
        let wish = |env: Env| match past_proxies(&env).next() {
            Some(Wish::Set("NO_PROXY", value)) => value.resolve(&env),
            wish => panic!("{wish:?}"),
        };
        assert_eq!(wish(Env::default()), "127.0.0.1,localhost");
        assert_eq!(wish(Env::from_iter([("no_proxy", "a.lan")])), "a.lan,127.0.0.1,localhost");
    }
}
