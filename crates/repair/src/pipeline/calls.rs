//! Calls on their way: those that the backend structured, checked as they stream, and those that were found in text.

use super::{Call, Complaint, Finding, Input, Outcome, Pipeline, Sent};
use crate::cursor::Edge;
use crate::damage::{Damage, Damages};
use crate::format::Format;
use crate::scanner::{Found, Reason, Rejected};
use crate::structured::Arguments;
use crate::toolbox::Misfit;
use crate::value::Value;
use canon::config::ToolRepair;
use canon::delta::{Block, Delta};
use canon::text::Text;
use std::sync::Arc;

/// How many calls of an answer are remembered, to tell repetitions.
const MAX_CALLS: usize = 256;

impl Pipeline {
    pub(super) fn begin_call(
        &mut self,
        id: &Text,
        name: &Text,
        signature: Option<&Text>,
        out: &mut Vec<Delta>,
    ) {
        let written = name.read().into_owned();
        if !self.terms.reads_calls() || self.terms.repair == ToolRepair::Parse {
            self.sent(Sent {
                name: name.clone(),
                arguments: Arc::new(Value::Null),
                found: false,
                repeated: false,
            });
            self.input = Input::Other;
            return self.open.begin(
                &Block::Call { id: id.clone(), name: name.clone(), signature: signature.cloned() },
                out,
            );
        }
        let mut damage = Damages::NONE;
        let meant = match self.terms.tools.resolve(&written) {
            Some((meant, found)) => {
                damage.join(found);
                meant
            }
            None => written.clone(),
        };
        let given = id.read().into_owned();
        let unique = self.ids.unique(&given);
        damage.note(unique.is_some(), Damage::IdsClash);
        let id = unique.map_or_else(|| id.clone(), Text::plain);
        let name = if meant == written { name.clone() } else { Text::plain(meant.clone()) };
        if !damage.is_empty() {
            self.changed = true;
            self.note(&meant, Format::STRUCTURED, damage, Outcome::Called);
        }
        let block = Block::Call { id, name, signature: signature.cloned() };
        // Only where calls were found in the text can this one be the same again.
        let may_repeat = self.calls.iter().any(|call| call.found);
        let arguments = if may_repeat { Arguments::held() } else { Arguments::default() };
        let mut call = Call { name: meant, arguments, held: None };
        if may_repeat {
            call.held = Some(block);
        } else {
            self.open.begin(&block, out);
        }
        self.input = Input::Call(Box::new(call));
    }

    pub(super) fn arguments(&mut self, text: &Text, out: &mut Vec<Delta>) {
        let Input::Call(call) = &mut self.input else { return out.push(Delta::Arguments(text.clone())) };
        match call.arguments.push(&text.read()) {
            None => out.push(Delta::Arguments(text.clone())),
            Some(mended) => {
                self.changed |= call.arguments.is_mended();
                if !mended.is_empty() {
                    out.push(Delta::Arguments(Text::plain(mended)));
                }
            }
        }
    }

    pub(super) fn end_call(&mut self, mut call: Call, edge: Edge, out: &mut Vec<Delta>) {
        let closing = call.arguments.close(edge);
        let value = closing.value.clone().unwrap_or(Value::Null);
        if call.held.is_some() && self.repeats(&call.name, &value, true) {
            let mut damage = closing.damage;
            damage.add(Damage::Repeated);
            return self.note(&call.name, Format::STRUCTURED, damage, Outcome::Left(Reason::Repeated));
        }
        if let Some(block) = &call.held {
            self.open.begin(block, out);
        }
        if !closing.tail.is_empty() {
            out.push(Delta::Arguments(Text::plain(closing.tail)));
        }
        if !closing.damage.is_empty() && closing.value.is_some() {
            self.changed = true;
            self.note(&call.name, Format::STRUCTURED, closing.damage, Outcome::Called);
        } else if closing.value.is_none() {
            let outcome = if edge == Edge::Cut { Outcome::Left(Reason::CutOff) } else { Outcome::Unreadable };
            self.note(&call.name, Format::STRUCTURED, closing.damage, outcome);
        }
        if self.terms.repair == ToolRepair::Reask && edge != Edge::Cut {
            let wrong = match closing.value {
                None => Some(("the arguments are not valid JSON".to_owned(), "unreadable")),
                Some(_) => {
                    self.terms.tools.complaint(&call.name, &value).map(|what| (what, "does-not-fit-schema"))
                }
            };
            if let Some((what, word)) = wrong {
                self.complain(&call.name, what, word);
            }
        }
        self.sent(Sent { name: call.name.into(), arguments: Arc::new(value), found: false, repeated: false });
    }

    fn complain(&mut self, tool: &str, what: String, word: &'static str) {
        self.complaint.get_or_insert(Complaint { tool: tool.to_owned(), what, word });
    }

    /// Remembers a call that went out.
    fn sent(&mut self, call: Sent) {
        if self.calls.len() < MAX_CALLS {
            self.calls.push(call);
        }
    }

    /// Whether a call went out before in the other form: found in text, or structured. Each counts once.
    fn repeats(&mut self, name: &str, arguments: &Value<'_>, found: bool) -> bool {
        let same = |call: &&mut Sent| {
            call.found == found && !call.repeated && call.name.is(name) && call.arguments.same(arguments)
        };
        let before = self.calls.iter_mut().find(same);
        before.map(|call| call.repeated = true).is_some()
    }

    /// Gives a call that was found in text.
    pub(super) fn give(&mut self, call: Found, out: &mut Vec<Delta>) {
        self.changed = true;
        let name = call.name.read();
        if self.repeats(&name, &call.arguments, false) {
            let mut damage = call.damage;
            damage.add(Damage::Repeated);
            return self.note(&name, call.format, damage, Outcome::Left(Reason::Repeated));
        }
        let id = self.ids.given(call.id.as_deref());
        self.open.close(out);
        let block = Block::Call { id: Text::plain(id), name: call.name.clone(), signature: None };
        out.push(Delta::Open(block));
        out.push(Delta::Arguments(Text::plain(call.arguments.to_json())));
        out.push(Delta::Close);
        self.note(&name, call.format, call.damage, Outcome::Called);
        let name = call.name.clone();
        self.sent(Sent { name, arguments: call.arguments, found: true, repeated: false });
    }

    fn note(&mut self, tool: &str, format: Format, damage: Damages, outcome: Outcome) {
        self.findings.push(Finding { tool: tool.to_owned(), format, damage, outcome });
    }

    pub(super) fn reject(&mut self, rejected: &Rejected) {
        let mut damage = Damages::NONE;
        damage.note(rejected.why == Reason::CutOff, Damage::CutOff);
        damage.note(rejected.why == Reason::Repeated, Damage::Repeated);
        let outcome = Outcome::Left(rejected.why);
        if let Reason::Misfit(misfit) = rejected.why {
            let what = match misfit {
                Misfit::Unknown => "there is no tool of this name",
                Misfit::Incomplete => "a required argument is missing",
                Misfit::Shapeless => "the arguments are not a JSON object",
            };
            self.complain(&rejected.name, what.to_owned(), outcome.word());
        }
        // An outer tag and what it holds are refused one after the other.
        let told = self.findings.last().is_some_and(|it| it.tool == rejected.name && it.outcome == outcome);
        if !told {
            self.note(&rejected.name, rejected.format, damage, outcome);
        }
    }
}
