//! Configurations of other programs, turned into ours. Every setting of theirs is accounted for: carried over exactly,
//! roughly, or not, and then what to do. A key that stands in the source is never copied.
//!
//! Nothing here reads or writes a file.

mod account;
mod ccr;
mod chat;
mod litellm;
mod llama_swap;
mod makers;
mod names;
mod source;

#[cfg(test)]
mod tests;

pub use account::{Account, Carried, Key, Row};

use crate::config::draft::Outline;
use crate::config::{self, Env, Report, Sources};
use canon::config::Endpoint;
use source::{At, Source};
use std::path::Path;

/// A program whose configuration is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// claude-code-router.
    ClaudeCodeRouter,
    /// LiteLLM's proxy.
    LiteLlm,
    /// llama-swap.
    LlamaSwap,
}

impl Program {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCodeRouter => "claude-code-router",
            Self::LiteLlm => "LiteLLM",
            Self::LlamaSwap => "llama-swap",
        }
    }
}

/// What is known beside the text.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Whose configuration it is, where that was said.
    pub program: Option<Program>,
    /// Where llama-swap listens, which its file does not say.
    pub llama_swap: Endpoint,
}

/// A configuration of ours, and how it came about.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Whose configuration it was.
    pub program: Program,
    /// The file.
    pub text: String,
    /// What became of every setting.
    pub account: Account,
}

/// Why there is nothing to write.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source is wrong.
    #[error(transparent)]
    Broken(#[from] Report),
    /// It is none of the three.
    #[error(
        "this is no configuration of claude-code-router (Providers), LiteLLM (model_list) or llama-swap (models)"
    )]
    Unknown,
    /// It names nothing that could be asked.
    #[error("nothing in it can be asked from here")]
    Nothing(Box<Account>),
    /// What was made of it is wrong, which is a bug.
    #[error("what was made of it can't be loaded, which is a mistake of this program:\n{0}")]
    Bug(Report),
}

/// Turns a configuration into ours.
///
/// # Errors
/// With all that is wrong with it and where, or if nothing is left of it.
pub fn import(text: &str, path: &Path, circumstances: &Circumstances) -> Result<Imported, ImportError> {
    let source = Source::parse(text, path)?;
    let whole = source.root();
    // claude-code-router's exports have the configuration inside.
    let exported = whole.get("config").filter(|config| config.get("Providers").is_some());
    let is_export = exported.is_some();
    let root = exported.unwrap_or_else(|| whole.clone());
    let program = circumstances.program.or_else(|| detect(&root)).ok_or(ImportError::Unknown)?;
    let mut account = Account::default();
    if is_export {
        let beside = whole.settings(&mut account).into_iter().filter(|(key, _)| *key != "config");
        beside.for_each(|(_, at)| account.not(&at, "belongs to the export, not to the configuration"));
    }
    let mut outline = match program {
        Program::ClaudeCodeRouter => ccr::import(&root, &mut account),
        Program::LiteLlm => litellm::import(&root, &mut account),
        Program::LlamaSwap => llama_swap::import(&root, &circumstances.llama_swap, &mut account),
    };
    source.check(&mut account)?;
    account.sort();
    if outline.providers.is_empty() || outline.profiles.is_empty() {
        return Err(ImportError::Nothing(Box::new(account)));
    }
    outline.title = title(program, &account);
    let text = outline.write();
    loads(&text).map_err(ImportError::Bug)?;
    Ok(Imported { program, text, account })
}

/// Whose configuration it is.
fn detect(root: &At<'_>) -> Option<Program> {
    let has = |key: &str| root.get(key).is_some();
    match () {
        () if has("Providers") || has("Router") => Some(Program::ClaudeCodeRouter),
        () if has("model_list") || has("litellm_settings") => Some(Program::LiteLlm),
        () if has("models") || has("peers") => Some(Program::LlamaSwap),
        () => None,
    }
}

fn title(program: Program, account: &Account) -> Vec<String> {
    let mut title = vec![format!("Made by `coderouter import` from a configuration of {}.", program.name())];
    let keys: Vec<&str> = account.keys.iter().map(|key| key.variable.as_str()).collect();
    if !keys.is_empty() {
        title.push(format!("Keys are taken from the environment: {}.", keys.join(", ")));
    }
    title
}

/// Loads it as anybody's would be; only the variables of this process have no say.
fn loads(text: &str) -> Result<(), Report> {
    let env = Env::default();
    let sources = Sources { path: None, env: &env, home: None, cwd: Path::new(".") };
    config::load_text(text, Path::new("providers.yaml"), sources).map(|_| ())
}

/// Marks what costs money; whoever paid before pays on.
fn settle_money(outline: &mut Outline, account: &mut Account) {
    outline.allow_paid = true;
    let paid: Vec<&str> = outline
        .providers
        .iter()
        .filter(|provider| provider.paid)
        .map(|provider| provider.name.as_str())
        .collect();
    if !paid.is_empty() {
        account.advise(format!(
            "{} may cost money and can be used as before; `allow_paid: false` stops that",
            paid.join(", ")
        ));
    }
}
