//! The capability registry: what is known about models by their names. The user's file is asked first, then the
//! table that ships with the program.

use std::path::Path;

use canon::config::{Prefill, ProviderKind, Suitability, Word};

use super::environment::Env;
use super::glob::Glob;
use super::reader::{Block, Setting, flag, name, nested, spanned, whole, word};
use super::report::Part;
use super::rule_file;

/// The table that ships with the program.
const BUNDLED: &str = include_str!("../../data/model-capabilities.yaml");

/// The user's own table, below the home folder.
pub(crate) const USER_FILE: &str = ".coderouter/model-capabilities.yaml";

/// All rules, the user's first.
#[derive(Default)]
pub(crate) struct Registry {
    rules: Vec<Rule>,
    /// How many of them are the user's.
    users: usize,
}

/// What a rule, or all rules together, say about a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) thinking: Option<bool>,
    pub(crate) reasoning_model: Option<bool>,
    pub(crate) reasoning_passthrough: Option<bool>,
    pub(crate) tools: Option<bool>,
    pub(crate) tool_choice: Option<bool>,
    pub(crate) vision: Option<bool>,
    pub(crate) cache_control: Option<bool>,
    pub(crate) max_context_tokens: Option<u32>,
    pub(crate) prefill: Option<Prefill>,
    pub(crate) claude_code_suitability: Option<Suitability>,
}

/// One rule.
struct Rule {
    glob: Glob,
    ignore_case: bool,
    /// The kind it is about; none for any.
    kind: Option<String>,
    flags: Flags,
}

impl Registry {
    /// The bundled rules behind the user's. A missing user file is an empty one; a broken one comes back as the part
    /// of a report, with the bundled rules alone.
    pub(crate) fn load(home: Option<&Path>, env: &Env) -> (Self, Option<Part>) {
        let user_file = home.map(|home| home.join(USER_FILE));
        let (rules, users, part) = rule_file::load(user_file.as_deref(), BUNDLED, env);
        (Self { rules, users }, part)
    }

    /// Whether any rule is about the model.
    pub(crate) fn knows(&self, kind: ProviderKind, model: &str) -> bool {
        self.rules.iter().any(|rule| rule.is_about(kind, model))
    }

    /// For each flag the value of the first rule that fits the model and has it.
    pub(crate) fn flags(&self, kind: ProviderKind, model: &str) -> Flags {
        first_said(&self.rules, kind, model)
    }

    /// The same of the user's rules alone.
    pub(crate) fn users_flags(&self, kind: ProviderKind, model: &str) -> Flags {
        first_said(&self.rules[..self.users], kind, model)
    }
}

fn first_said(rules: &[Rule], kind: ProviderKind, model: &str) -> Flags {
    let about = rules.iter().filter(|rule| rule.is_about(kind, model));
    about.fold(Flags::default(), |flags, rule| flags.or(&rule.flags))
}

impl Rule {
    fn is_about(&self, kind: ProviderKind, model: &str) -> bool {
        let is_kind = self.kind.as_deref().is_none_or(|rules| rules == kind.word());
        is_kind
            && if self.ignore_case {
                self.glob.matches(&model.to_ascii_lowercase())
            } else {
                self.glob.matches(model)
            }
    }
}

impl Flags {
    fn or(self, other: &Self) -> Self {
        Self {
            thinking: self.thinking.or(other.thinking),
            reasoning_model: self.reasoning_model.or(other.reasoning_model),
            reasoning_passthrough: self.reasoning_passthrough.or(other.reasoning_passthrough),
            tools: self.tools.or(other.tools),
            tool_choice: self.tool_choice.or(other.tool_choice),
            vision: self.vision.or(other.vision),
            cache_control: self.cache_control.or(other.cache_control),
            max_context_tokens: self.max_context_tokens.or(other.max_context_tokens),
            prefill: self.prefill.or(other.prefill),
            claude_code_suitability: self.claude_code_suitability.or(other.claude_code_suitability),
        }
    }
}

impl Setting for Rule {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let pattern =
            block.required("match", spanned(name()), "A glob over the whole model name: * ? [ab] [!ab].");
        if pattern.at.is_some() && pattern.value.is_empty() {
            block.mistake_at("match", "an empty glob matches nothing");
        }
        let ignore_case = block.or("ignore_case", flag(), false, "Whether letter case does not matter.");
        let kind = block.or("kind", name(), "any".to_owned(), "The kind it is about, or any.");
        let flags = block.required("capabilities", nested(), "What it says; every flag may be left out.");
        let pattern = if ignore_case { pattern.value.to_ascii_lowercase() } else { pattern.value };
        Self { glob: Glob::new(&pattern), ignore_case, kind: Some(kind).filter(|kind| kind != "any"), flags }
    }
}

impl Setting for Flags {
    fn read(block: &mut Block<'_, '_>) -> Self {
        Self {
            thinking: block.optional("thinking", flag(), "The wire takes a thinking block."),
            reasoning_model: block.optional(
                "reasoning_model",
                flag(),
                "The model reasons before it answers.",
            ),
            reasoning_passthrough: block.optional(
                "reasoning_passthrough",
                flag(),
                "Leave reasoning fields in replies of the OpenAI dialect.",
            ),
            tools: block.optional("tools", flag(), "Tool calls work."),
            tool_choice: block.optional("tool_choice", flag(), "A forced tool_choice works."),
            vision: block.optional("vision", flag(), "Images are understood."),
            cache_control: block.optional("cache_control", flag(), "Cache markers mean something."),
            max_context_tokens: block.optional(
                "max_context_tokens",
                whole(1..=u32::MAX),
                "The context window in tokens.",
            ),
            prefill: block.optional("prefill", word(), "How an answer begun elsewhere is continued."),
            claude_code_suitability: block.optional(
                "claude_code_suitability",
                word(),
                "How well the model does under Claude Code.",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
