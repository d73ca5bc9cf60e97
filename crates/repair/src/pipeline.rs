//! The stage between decoder and encoder: deltas in, deltas out. Text is scanned for calls, structured calls are checked,
//! thinking that leaked is sorted out, filters run on what is shown, and the stop reason follows from what came out.
//!
//! Everything that comes in goes out in the same order, or is accounted for by a [`Finding`]. Nothing here fails.

mod ids;
mod writer;

use crate::cursor::Edge;
use crate::damage::{Damage, Damages};
use crate::filter::{ByteTokens, Filters};
use crate::format::Format;
use crate::scanner::{Found, Limits, Reason, Rejected, Scanner, implies_thinking};
use crate::structured::Arguments;
use crate::toolbox::{Misfit, Toolbox};
use crate::value::Value;
use canon::config::{OutputFilter, ToolRepair, Word};
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::text::Text;
use ids::Ids;
use std::sync::Arc;
use writer::{Open, Writer};

/// What a pipeline is to do.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The tools the request declares.
    pub tools: Arc<Toolbox>,
    /// How far calls are mended.
    pub repair: ToolRepair,
    /// Filters of the provider, in order.
    pub filters: Vec<OutputFilter>,
    /// Whether thinking that leaked into the text is shown as thinking.
    pub shows_thinking: bool,
    /// Makes ids of calls differ between answers.
    pub seed: u64,
}

impl Terms {
    /// Whether there is anything to do.
    pub fn is_idle(&self) -> bool {
        !self.reads_calls() && self.filters.is_empty()
    }

    fn reads_calls(&self) -> bool {
        self.repair != ToolRepair::Off && !self.tools.is_empty()
    }
}

/// Something that was found and mended, or found and left.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The tool that was named.
    pub tool: String,
    /// The family it was written in.
    pub format: Format,
    /// What was wrong.
    pub damage: Damages,
    /// What became of it.
    pub outcome: Outcome,
}

/// Why a call should be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The tool that was named; empty where no name could be read.
    pub tool: String,
    /// What is wrong, in words for a model.
    pub what: String,
    /// The same in a word, for logs.
    pub word: &'static str,
}

impl Complaint {
    /// What the model is told.
    pub fn text(&self) -> String {
        let which = if self.tool.is_empty() {
            "Your tool call".to_owned()
        } else {
            format!("Your call of the tool `{}`", self.tool)
        };
        format!(
            "{which} could not be run: {}. Make the call again, with arguments that are valid JSON and match the tool's schema.",
            self.what
        )
    }
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to the client as a call.
    Called,
    /// It stays text.
    Left(Reason),
    /// A structured call that can't be read, given on as it came.
    Unreadable,
}

impl Outcome {
    /// The word for it in logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Called => "repaired",
            Self::Unreadable => "unreadable",
            Self::Left(Reason::Misfit(Misfit::Unknown)) => "unknown-tool",
            Self::Left(Reason::Misfit(Misfit::Incomplete)) => "missing-argument",
            Self::Left(Reason::Misfit(Misfit::Shapeless)) => "no-object",
            Self::Left(Reason::Example) => "example",
            Self::Left(Reason::GoesOn) => "text-goes-on",
            Self::Left(Reason::CutOff) => "cut-off",
            Self::Left(Reason::Mended) => "would-need-repair",
            Self::Left(Reason::Repeated) => "repeated",
        }
    }
}

/// The block that comes in.
#[derive(Debug, Default)]
enum Input {
    #[default]
    None,
    /// Text or thinking under the scanner's eyes.
    Scanned(Box<Scanner>),
    /// Text that only filters look at.
    Filtered,
    Call(Box<Call>),
    Other,
}

/// A structured call that comes in.
#[derive(Debug)]
struct Call {
    name: String,
    arguments: Arguments,
    /// Its beginning, while it may turn out to be a repetition.
    held: Option<Block>,
}

/// A call that went out.
#[derive(Debug)]
struct Sent {
    name: String,
    arguments: Value,
    /// Whether it was found in text; else the backend had structured it.
    found: bool,
    /// Whether its repetition in the other form was seen.
    repeated: bool,
}

/// One answer on its way.
#[derive(Debug)]
pub struct Pipeline {
    terms: Terms,
    input: Input,
    /// Whether the block that comes in has ended, and waits for how the answer goes on.
    ended: bool,
    open: Open,
    bytes: Option<ByteTokens>,
    filters: Filters,
    ids: Ids,
    /// Calls that went out, for those that come twice.
    calls: Vec<Sent>,
    /// Calls of thinking, which count only if the answer has no other.
    thought: Vec<Found>,
    findings: Vec<Finding>,
    fired: Vec<OutputFilter>,
    complaint: Option<Complaint>,
    changed: bool,
    cut_off: bool,
    starts_thinking: bool,
    scanned_text: bool,
}

impl Pipeline {
    /// A pipeline at the beginning of an answer.
    pub fn new(terms: Terms) -> Self {
        Self {
            input: Input::None,
            ended: false,
            open: Open::default(),
            bytes: None,
            filters: Filters::default(),
            ids: Ids::new(terms.seed),
            calls: Vec::new(),
            thought: Vec::new(),
            findings: Vec::new(),
            fired: Vec::new(),
            complaint: None,
            changed: false,
            cut_off: false,
            starts_thinking: false,
            scanned_text: false,
            terms,
        }
    }

    /// Looks at a whole answer before it is pushed: text that ends thinking it did not begin is thinking.
    pub fn foresee(&mut self, deltas: &[Delta]) {
        let mut text = String::new();
        for delta in deltas {
            if let Delta::Text(piece) = delta {
                text.push_str(&piece.read());
            }
        }
        self.starts_thinking = implies_thinking(&text);
    }

    /// Whether what comes out is no longer just what came in.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Whether all that came in has come out.
    pub fn is_settled(&self) -> bool {
        let input = match &self.input {
            Input::Scanned(scanner) => !scanner.is_holding(),
            Input::Call(call) => !call.arguments.is_holding() && call.held.is_none(),
            Input::None | Input::Filtered | Input::Other => true,
        };
        let bytes = self.bytes.as_ref().is_none_or(|bytes| !bytes.is_holding());
        input && bytes && !self.ended && !self.open.is_pending() && !self.filters.is_holding()
    }

    /// What was found since this was asked last.
    pub fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// The filters that changed something, by their names in the configuration.
    pub fn fired_words(&self) -> Vec<&'static str> {
        self.fired.iter().map(|filter| filter.word()).collect()
    }

    /// What is wrong with the first call that can't be run, once.
    pub fn complaint(&mut self) -> Option<Complaint> {
        self.complaint.take()
    }

    /// Takes a delta in and appends what comes out of it.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<Delta>) {
        if self.ended {
            match delta {
                Delta::Usage(_) => return out.push(delta.clone()),
                Delta::Finish(finish) if finish.reason == StopReason::MaxOutput => self.close(Edge::Cut, out),
                _ => self.close(Edge::Stopped, out),
            }
        }
        match delta {
            Delta::Open(block) => self.begin(block, out),
            Delta::Text(text) => self.text(text, out),
            Delta::Thinking(text) if matches!(self.input, Input::Scanned(_)) => self.scan(text, None, out),
            Delta::Arguments(text) => self.arguments(text, out),
            Delta::Signature(_) => {
                self.flush(Edge::Stopped, out);
                self.open.settle(out);
                out.push(delta.clone());
            }
            Delta::Close => self.end(out),
            Delta::Finish(finish) => self.finish(finish, out),
            Delta::Start(_) | Delta::Thinking(_) | Delta::Opaque(_) | Delta::Usage(_) | Delta::End => {
                out.push(delta.clone());
            }
        }
    }

    fn begin(&mut self, block: &Block, out: &mut Vec<Delta>) {
        match block {
            Block::Text if self.scans() => {
                let starts_thinking = self.starts_thinking && !self.scanned_text;
                self.scanned_text = true;
                self.scanned(Limits { starts_thinking, ..self.limits() });
                self.open.expect(block);
            }
            Block::Text if !self.terms.filters.is_empty() => {
                self.prepare_filters();
                self.input = Input::Filtered;
                self.open.expect(block);
            }
            Block::Thinking if self.terms.reads_calls() => {
                self.scanned(Limits { is_thinking: true, ..self.limits() });
                self.open.expect(block);
            }
            Block::Call { id, name, signature } => self.begin_call(id, name, signature.as_ref(), out),
            _ => {
                self.input = Input::Other;
                self.open.begin(block, out);
            }
        }
    }

    fn scans(&self) -> bool {
        self.terms.reads_calls() || self.terms.filters.contains(&OutputFilter::StripThinking)
    }

    fn limits(&self) -> Limits {
        Limits {
            undamaged_only: self.terms.repair == ToolRepair::Parse,
            thinking_anywhere: self.terms.filters.contains(&OutputFilter::StripThinking),
            ..Limits::default()
        }
    }

    fn scanned(&mut self, limits: Limits) {
        let tools = if self.terms.reads_calls() { Arc::clone(&self.terms.tools) } else { Arc::default() };
        self.prepare_filters();
        self.input = Input::Scanned(Box::new(Scanner::new(tools, limits)));
    }

    fn prepare_filters(&mut self) {
        self.filters = Filters::new(&self.terms.filters);
        let mends_bytes = self.terms.filters.contains(&OutputFilter::RepairByteFallback);
        self.bytes = mends_bytes.then(ByteTokens::default);
    }

    fn text(&mut self, text: &Text, out: &mut Vec<Delta>) {
        if matches!(self.input, Input::Other | Input::None | Input::Call(_)) {
            return out.push(Delta::Text(text.clone()));
        }
        match self.bytes.as_mut().map(|bytes| bytes.push(&text.read())) {
            Some(Some(mended)) => {
                self.changed |= self.bytes.as_ref().is_some_and(ByteTokens::fired);
                self.scan(&Text::plain(mended), None, out);
            }
            _ => self.scan(text, None, out),
        }
    }

    /// Gives text to the scanner, or its end.
    fn scan(&mut self, text: &Text, end: Option<Edge>, out: &mut Vec<Delta>) {
        let mut input = std::mem::take(&mut self.input);
        let plain = text.read();
        let mut writer = Writer::new(self, text, &plain, out);
        match (&mut input, end) {
            (Input::Scanned(scanner), None) => scanner.push(&plain, &mut writer),
            (Input::Scanned(scanner), Some(edge)) => {
                if !plain.is_empty() {
                    scanner.push(&plain, &mut writer);
                }
                scanner.finish(edge, &mut writer);
                let cut_off = scanner.was_cut_off();
                self.cut_off |= cut_off;
            }
            _ => writer.show(&plain),
        }
        self.input = input;
    }

    /// The block that comes in ends; where something is held, how the answer goes on decides.
    fn end(&mut self, out: &mut Vec<Delta>) {
        let waits = match &self.input {
            Input::Scanned(scanner) => scanner.is_holding(),
            Input::Call(call) => !call.arguments.is_complete(),
            _ => false,
        };
        if waits {
            self.ended = true;
        } else {
            self.close(Edge::Stopped, out);
        }
    }

    /// Lets go of what is held of a text.
    fn flush(&mut self, edge: Edge, out: &mut Vec<Delta>) {
        if !matches!(self.input, Input::Scanned(_) | Input::Filtered) {
            return;
        }
        let rest = self.bytes.as_mut().map(ByteTokens::finish).unwrap_or_default();
        if self.bytes.as_ref().is_some_and(ByteTokens::fired) {
            self.fire(OutputFilter::RepairByteFallback);
        }
        self.scan(&Text::plain(rest), Some(edge), out);
        let shown = self.filters.finish();
        Writer::new(self, &Text::empty(), "", out).put(&shown);
        for filter in self.filters.fired() {
            self.fire(filter);
        }
        self.input = Input::Other;
    }

    fn fire(&mut self, filter: OutputFilter) {
        self.changed = true;
        if !self.fired.contains(&filter) {
            self.fired.push(filter);
        }
    }

    fn close(&mut self, edge: Edge, out: &mut Vec<Delta>) {
        self.ended = false;
        self.flush(edge, out);
        if let Input::Call(call) = std::mem::take(&mut self.input) {
            self.end_call(*call, edge, out);
        }
        self.input = Input::None;
        self.open.close(out);
    }

    fn finish(&mut self, finish: &Finish, out: &mut Vec<Delta>) {
        if !self.thought.is_empty() && self.calls.is_empty() && finish.reason != StopReason::MaxOutput {
            for call in std::mem::take(&mut self.thought) {
                self.give(call, out);
            }
        }
        let mut finish = finish.clone();
        let reason = match &finish.reason {
            _ if !self.terms.reads_calls() => None,
            StopReason::Calls if self.calls.is_empty() => Some(StopReason::EndTurn),
            StopReason::EndTurn | StopReason::Other(_) if !self.calls.is_empty() => Some(StopReason::Calls),
            StopReason::StopSequence if self.calls.iter().any(|call| call.found) => Some(StopReason::Calls),
            // A whole call runs, though another behind it was cut off.
            StopReason::MaxOutput if self.cut_off && self.calls.iter().any(|call| call.found) => {
                Some(StopReason::Calls)
            }
            _ => None,
        };
        if let Some(reason) = reason {
            self.changed = true;
            finish.reason = reason;
        }
        out.push(Delta::Finish(Box::new(finish)));
    }

    fn begin_call(&mut self, id: &Text, name: &Text, signature: Option<&Text>, out: &mut Vec<Delta>) {
        let written = name.read().into_owned();
        if !self.terms.reads_calls() || self.terms.repair == ToolRepair::Parse {
            self.calls.push(Sent { name: written, arguments: Value::Null, found: false, repeated: false });
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

    fn arguments(&mut self, text: &Text, out: &mut Vec<Delta>) {
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

    fn end_call(&mut self, mut call: Call, edge: Edge, out: &mut Vec<Delta>) {
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
        self.calls.push(Sent { name: call.name, arguments: value, found: false, repeated: false });
    }

    fn complain(&mut self, tool: &str, what: String, word: &'static str) {
        self.complaint.get_or_insert(Complaint { tool: tool.to_owned(), what, word });
    }

    /// Whether a call went out before in the other form: found in text, or structured. Each counts once.
    fn repeats(&mut self, name: &str, arguments: &Value, found: bool) -> bool {
        let same = |call: &&mut Sent| {
            call.found == found && !call.repeated && call.name == name && call.arguments.same(arguments)
        };
        let before = self.calls.iter_mut().find(same);
        before.map(|call| call.repeated = true).is_some()
    }

    /// Gives a call that was found in text.
    fn give(&mut self, call: Found, out: &mut Vec<Delta>) {
        self.changed = true;
        if self.repeats(&call.name, &call.arguments, false) {
            let mut damage = call.damage;
            damage.add(Damage::Repeated);
            return self.note(&call.name, call.format, damage, Outcome::Left(Reason::Repeated));
        }
        let id = self.ids.given(call.id.as_deref());
        self.open.close(out);
        let name = Text::plain(call.name.clone());
        out.push(Delta::Open(Block::Call { id: Text::plain(id), name, signature: None }));
        out.push(Delta::Arguments(Text::plain(call.arguments.to_json())));
        out.push(Delta::Close);
        self.note(&call.name, call.format, call.damage, Outcome::Called);
        self.calls.push(Sent { name: call.name, arguments: call.arguments, found: true, repeated: false });
    }

    fn note(&mut self, tool: &str, format: Format, damage: Damages, outcome: Outcome) {
        self.findings.push(Finding { tool: tool.to_owned(), format, damage, outcome });
    }

    fn reject(&mut self, rejected: Rejected) {
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
        self.note(&rejected.name, rejected.format, damage, outcome);
    }
}
