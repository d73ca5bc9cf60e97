//! What has the form of a call and is none: why, and what would make it one.

use super::account::{clean, written};
use super::talk;
use super::tools::Tools;
use super::value::{format_value, object, text};
use crate::config::name_hint;
use canon::delta::Delta;
use repair::format::Format;
use repair::pipeline::{Finding, Outcome};
use repair::scanner::Reason;
use repair::toolbox::{Misfit, Toolbox};
use repair::value::Value;

/// Something with the form of a call that is none.
pub(super) struct Left {
    tool: String,
    format: Format,
    outcome: Outcome,
    why: Reason,
    hint: Option<String>,
}

/// All that was left. What is read again without its outer markup, and left for the same reason, is told once.
pub(super) fn all(findings: Vec<Finding>, tools: &Tools, toolbox: &Toolbox) -> Vec<Left> {
    let mut all: Vec<Left> = Vec::new();
    for Finding { tool, format, outcome, .. } in findings {
        let Outcome::Left(why) = outcome else { continue };
        let is_same = |it: &Left| it.tool == tool && it.why == why;
        if !all.last().is_some_and(is_same) {
            let hint = hint(&tool, why, tools, toolbox);
            all.push(Left { tool, format, outcome, why, hint });
        }
    }
    all
}

impl Left {
    /// Tells it to a person.
    pub(super) fn tell(&self) {
        let became = match self.why {
            Reason::CutOff | Reason::Repeated => "dropped",
            Reason::Misfit(_) | Reason::Example | Reason::GoesOn | Reason::Mended => "left as text",
        };
        let tool = if self.tool.is_empty() { "a call" } else { &self.tool };
        talk::print(format!("{became}: {}", clean(tool)));
        if ![Format::STRUCTURED, Format::UNKNOWN].contains(&self.format) {
            talk::print(format!("  format: {}", written(self.format)));
        }
        talk::print(format!("  because: {}", self.why.phrase()));
        if let Some(hint) = &self.hint {
            talk::print(format!("  hint: {}", clean(hint)));
        }
    }

    /// The same for scripts.
    pub(super) fn to_value(&self) -> Value<'_> {
        object([
            ("tool", text(&self.tool)),
            ("format", format_value(self.format)),
            ("outcome", text(self.outcome.word())),
            ("reason", text(self.why.phrase())),
            ("hint", self.hint.as_deref().map_or(Value::Null, text)),
        ])
    }
}

/// What would make it a call.
fn hint(tool: &str, why: Reason, tools: &Tools, toolbox: &Toolbox) -> Option<String> {
    Some(match why {
        Reason::Misfit(Misfit::Unknown) => name_hint(tool, tools.names()),
        Reason::Misfit(Misfit::Incomplete) => {
            let (name, _) = toolbox.resolve(tool)?;
            let required = tools.required(&name).join(", ");
            format!("`{name}` requires {required}; an argument is never made up")
        }
        Reason::Misfit(Misfit::Shapeless) => {
            "arguments are an object, such as {\"path\": \"a.txt\"}".to_owned()
        }
        Reason::Example => "without that sentence before it, it is a call".to_owned(),
        Reason::GoesOn => {
            "it is a call at the end of the answer, or in markup such as <tool_call>".to_owned()
        }
        Reason::CutOff => {
            "give the model more room: raise max_tokens, or the context of its server".to_owned()
        }
        Reason::Mended => "--mode repair mends it, as does `tool_repair: repair`".to_owned(),
        Reason::Repeated => return None,
    })
}

/// What to do about a text in which nothing has the form of a call.
pub(super) fn hint_for_nothing(answer: &[Delta], tools: &Tools) -> String {
    let is_body = |delta: &Delta| {
        matches!(delta, Delta::Text(text) if {
            let said = text.read();
            let said = said.trim_start();
            said.starts_with("data:") || said.starts_with("event:") || (said.starts_with('{') && said.contains("\"choices\""))
        })
    };
    if answer.iter().any(is_body) {
        return "this looks like the body of an answer: give only what the model says in it".to_owned();
    }
    let names: Vec<&str> = tools.names().take(MAX_LISTED).collect();
    format!(
        "nothing in it has the form of a call of a declared tool ({}); in code, in quotations and in \
         thinking that goes on, nothing counts; --cut says that the output limit cut the text off",
        names.join(", ")
    )
}

/// How many tools a hint names.
const MAX_LISTED: usize = 12;
