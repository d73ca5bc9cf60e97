//! The stage between decoder and encoder: deltas in, deltas out. Text is scanned for calls, structured calls are checked,
//! thinking that leaked is sorted out, filters run on what is shown, and the stop reason follows from what came out.
//!
//! Everything that comes in goes out in the same order, or is accounted for by a [`Finding`]. Nothing here fails.

mod calls;
mod finding;
mod ids;
mod writer;

use crate::cursor::Edge;
use crate::filter::{ByteTokens, Filters};
use crate::scanner::{Found, Limits, Rejected, Scanner, implies_thinking};
use crate::structured::Arguments;
use crate::toolbox::Toolbox;
use crate::value::Value;
use canon::config::{OutputFilter, ToolRepair, Word};
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::text::Text;
pub use finding::{Complaint, Finding, Outcome};
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
    name: Text,
    arguments: Arc<Value<'static>>,
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
}
