//! What became of the text, for people and for scripts.

use super::left::{self, Left};
use super::talk;
use super::tools::Tools;
use super::value::{format_value, object, text};
use canon::config::ToolRepair;
use canon::delta::{Block, Delta};
use repair::cursor::{Cursor, Edge};
use repair::damage::{Damage, Damages};
use repair::format::Format;
use repair::lenient::Reader;
use repair::pipeline::{Finding, Outcome, Pipeline, Terms};
use repair::value::Value;
use std::sync::Arc;

/// What a client would get, and why.
pub(super) struct Account {
    parts: Vec<Part>,
    left: Vec<Left>,
    /// What to do about a text that holds nothing of the kind.
    hint: String,
}

/// A piece of the answer, in the order in which the client gets them.
enum Part {
    Text(String),
    Thinking(String),
    Call(Call),
}

struct Call {
    tool: String,
    /// JSON text.
    arguments: String,
    format: Format,
    damage: Damages,
}

impl Account {
    /// Sends an answer through repair, as an answer without a stream goes through it.
    pub(super) fn of(answer: &[Delta], tools: &Tools, repair: ToolRepair) -> Self {
        let toolbox = tools.toolbox();
        let mut pipeline = Pipeline::new(Terms {
            tools: Arc::clone(&toolbox),
            repair,
            filters: Vec::new(),
            shows_thinking: true,
            seed: 0,
        });
        pipeline.foresee(answer);
        let mut deltas = Vec::new();
        for delta in answer {
            pipeline.push(delta, &mut deltas);
        }
        let (called, left) = pipeline.findings().into_iter().partition(|it| it.outcome == Outcome::Called);
        Self {
            parts: parts(&deltas, called),
            left: left::all(left, tools, &toolbox),
            hint: left::hint_for_nothing(answer, tools),
        }
    }

    /// Whether the client gets a call.
    pub(super) fn has_call(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Call(_)))
    }

    /// Tells it to a person.
    pub(super) fn tell(&self) {
        for part in &self.parts {
            match part {
                Part::Text(text) => tell_text("text", text),
                Part::Thinking(text) => tell_text("thinking", text),
                Part::Call(call) => call.tell(),
            }
        }
        for left in &self.left {
            left.tell();
        }
        if !self.has_call() {
            talk::print("no call: the client gets nothing to run");
        }
        if !self.has_call() && self.left.is_empty() {
            talk::print(format!("  hint: {}", self.hint));
        }
    }

    /// The same for scripts.
    pub(super) fn to_json(&self) -> String {
        let (mut said, mut thought, mut calls) = (String::new(), String::new(), Vec::new());
        for part in &self.parts {
            match part {
                Part::Text(text) => said.push_str(text),
                Part::Thinking(text) => thought.push_str(text),
                Part::Call(call) => calls.push(call.to_value()),
            }
        }
        object([
            ("text", Value::Text(said.into())),
            ("thinking", Value::Text(thought.into())),
            ("calls", Value::List(calls)),
            ("left", Value::List(self.left.iter().map(Left::to_value).collect())),
        ])
        .to_json()
    }
}

/// What the client gets, each call with what was found about it.
fn parts(deltas: &[Delta], called: Vec<Finding>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut called = called.into_iter();
    for delta in deltas {
        match (delta, parts.last_mut()) {
            (Delta::Open(Block::Call { name, .. }), _) => {
                // Each call that was found in text is told, in the order in which they go out.
                let (format, damage) =
                    called.next().map_or((Format::STRUCTURED, Damages::NONE), |it| (it.format, it.damage));
                let tool = name.read().into_owned();
                parts.push(Part::Call(Call { tool, arguments: String::new(), format, damage }));
            }
            (Delta::Open(Block::Thinking), _) => parts.push(Part::Thinking(String::new())),
            (Delta::Open(_), _) => parts.push(Part::Text(String::new())),
            (Delta::Text(piece), Some(Part::Text(text))) => text.push_str(&piece.read()),
            (Delta::Thinking(piece), Some(Part::Thinking(text))) => text.push_str(&piece.read()),
            (Delta::Arguments(piece), Some(Part::Call(call))) => call.arguments.push_str(&piece.read()),
            _ => {}
        }
    }
    parts
}

impl Call {
    fn tell(&self) {
        talk::print(format!("call: {} {}", clean(&self.tool), clean(&self.arguments)));
        talk::print(format!("  format: {}", written(self.format)));
        for damage in self.damage.iter() {
            talk::print(format!("  was wrong: {} {}", damage.id(), damage.phrase()));
        }
        if self.damage.is_empty() {
            talk::print("  was wrong: nothing");
        }
    }

    fn to_value(&self) -> Value<'_> {
        let arguments = Reader::new(Cursor::new(&self.arguments, 0, Edge::Stopped)).value();
        let corruption = |it: Damage| object([("id", text(it.id())), ("phrase", text(it.phrase()))]);
        object([
            ("tool", text(&self.tool)),
            ("arguments", arguments.unwrap_or(Value::NOTHING)),
            ("format", format_value(self.format)),
            ("corruptions", Value::List(self.damage.iter().map(corruption).collect())),
        ])
    }
}

fn tell_text(label: &str, text: &str) {
    if text.trim().is_empty() {
        return;
    }
    talk::print(format!("{label}:"));
    for line in text.trim_end().lines() {
        talk::print(format!("  {}", clean(line)).trim_end());
    }
}

/// A family of formats, by id and name.
pub(super) fn written(format: Format) -> String {
    format!("{} {}", format.id(), format.name())
}

/// What a terminal must not obey, made visible.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        if it.is_control() && it != '\t' { out.extend(it.escape_unicode()) } else { out.push(it) }
    }
    out
}
