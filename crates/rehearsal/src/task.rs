//! A model's small brain for agents: it calls a tool and, once the tool has returned, says that it is done.
//! Requests are read by the dialects.

use serde_json::{Value, json};

use crate::ask::{Dialect, Endpoint};
use crate::reply::{Reply, ToolCall};
use crate::seen::Seen;
use crate::{anthropic, openai};

/// What a request's conversation has come to.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    /// The names of the tools declared.
    pub(crate) tools: Vec<String>,
    /// What has come since the model last spoke.
    pub(crate) fresh: Vec<Turn>,
    /// How many messages there are.
    pub(crate) length: usize,
    /// What the dialect's call ids begin with.
    pub(crate) id_prefix: &'static str,
}

/// One thing that came since the model last spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Said(String),
    Returned { failed: bool },
}

/// The messages without the beginning of an answer that is to be gone on with: it answers nothing yet.
pub(crate) fn before_prefill(messages: &[Value]) -> &[Value] {
    match messages.split_last() {
        Some((last, before)) if last["role"] == "assistant" => before,
        _ => messages,
    }
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallForm {
    /// In the dialect's own form.
    Structured,
    /// As text in `<tool_call>` tags, as models do whose backend has no parser for them.
    Text,
}

/// One task for an agent.
#[derive(Clone, Debug)]
pub struct Task {
    goal: Goal,
    form: CallForm,
}

#[derive(Clone, Debug)]
enum Goal {
    Call { tool: String, arguments: Value, done: String },
    CreateFile,
}

/// The tools known to write files, with the names of their path and content arguments: Claude Code, opencode,
/// and what examples use.
const WRITERS: &[(&str, &str, &str)] = &[
    ("Write", "file_path", "content"),
    ("write", "filePath", "content"),
    ("write_file", "path", "content"),
    ("create_file", "path", "content"),
];

impl Task {
    /// Calls this tool with these arguments, then says `done`.
    pub fn call(tool: impl Into<String>, arguments: Value, done: impl Into<String>) -> Self {
        let goal = Goal::Call { tool: tool.into(), arguments, done: done.into() };
        Self { goal, form: CallForm::Structured }
    }

    /// Creates the file the user asks for in the words `file PATH with the text TEXT`, with whichever file
    /// tool is declared; without those words `hello.txt` with `hello`.
    pub fn create_file() -> Self {
        Self { goal: Goal::CreateFile, form: CallForm::Structured }
    }

    /// The same with its call written in this form.
    #[must_use]
    pub fn form(mut self, form: CallForm) -> Self {
        self.form = form;
        self
    }

    /// The model's next move. A request without tools, such as one for a title, gets a short text.
    pub fn reply(&self, seen: &Seen) -> Reply {
        let conversation = match Endpoint::of(seen.path()) {
            Endpoint::Generate(Dialect::OpenAi) => openai::conversation::read(&seen.json()),
            _ => anthropic::conversation::read(&seen.json()),
        };
        let returned = conversation.fresh.iter().rev().find_map(|turn| match turn {
            Turn::Returned { failed } => Some(*failed),
            Turn::Said(_) => None,
        });
        match returned {
            _ if conversation.tools.is_empty() => Reply::text("A rehearsed conversation"),
            Some(true) => Reply::words("The tool reported an error."),
            Some(false) => Reply::words(self.done()),
            None => self.first_move(&conversation),
        }
    }

    fn done(&self) -> &str {
        match &self.goal {
            Goal::Call { done, .. } => done,
            Goal::CreateFile => "Done, the file is written.",
        }
    }

    fn first_move(&self, conversation: &Conversation) -> Reply {
        let declared = |name: &str| conversation.tools.iter().any(|tool| tool == name);
        let (tool, arguments) = match &self.goal {
            Goal::Call { tool, .. } if !declared(tool) => {
                return Reply::words(&format!("I would call {tool}, but it is not declared."));
            }
            Goal::Call { tool, arguments, .. } => (tool.as_str(), arguments.clone()),
            Goal::CreateFile => match WRITERS.iter().find(|(tool, ..)| declared(tool)) {
                None => return Reply::words("I would write the file, but no tool for it is declared."),
                Some((tool, path_key, content_key)) => {
                    let (path, content) = wanted_file(&conversation.fresh);
                    (*tool, json!({ *path_key: path, *content_key: content }))
                }
            },
        };
        match self.form {
            CallForm::Structured => {
                // Clients run only one of two calls that share an id, so ids differ from turn to turn.
                let id = format!("{}rehearsed{:015}", conversation.id_prefix, conversation.length);
                Reply::words("I will do that. ").part(ToolCall::new(tool, &arguments).in_pieces(12).id(id))
            }
            CallForm::Text => {
                let call = json!({ "name": tool, "arguments": arguments });
                Reply::words(&format!("I will do that.\n<tool_call>\n{call}\n</tool_call>"))
            }
        }
    }
}

/// Path and content of the file that was asked for last.
fn wanted_file(fresh: &[Turn]) -> (&str, &str) {
    let wanted = fresh.iter().rev().find_map(|turn| match turn {
        Turn::Said(text) => wanted_in(text),
        Turn::Returned { .. } => None,
    });
    wanted.unwrap_or(("hello.txt", "hello"))
}

fn wanted_in(text: &str) -> Option<(&str, &str)> {
    let (before, after) = text.split_once(" with the text ")?;
    let path = before.split_whitespace().next_back()?;
    let content = after.lines().next()?.trim_end();
    let content = content.strip_suffix('.').unwrap_or(content);
    let quotes = ['"', '\'', '`'];
    Some((path.trim_matches(quotes), content.trim_matches(quotes)))
}
