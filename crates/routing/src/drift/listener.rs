//! Listens to an answer as it passes, and says in the end what it came to. It holds no more than the beginning of
//! the text.

use super::fingerprint::Fingerprinter;
use super::observation::{Answer, Ending, Observation, Offer};
use canon::delta::{Block, Delta};
use canon::request::Request;
use canon::text::Text;
use canon::usage::Usage;

/// Collects an [`Answer`] from the deltas of one.
#[derive(Clone, Debug)]
pub struct Listener {
    answer: Answer,
    /// Bytes of text, thinking and arguments.
    bytes: usize,
    reported: u64,
    text: Fingerprinter,
}

impl Listener {
    /// Gets ready for the answer to a request.
    pub fn new(request: &Request) -> Self {
        let answer = Answer {
            has_content: false,
            called: false,
            length: 0,
            offer: Offer::of(request),
            ending: Ending::Unknown,
            fingerprint: None,
        };
        Self { answer, bytes: 0, reported: 0, text: Fingerprinter::default() }
    }

    /// Takes the next delta in. Calls count once repair has found them; the stop reason should be the backend's.
    pub fn push(&mut self, delta: &Delta) {
        match delta {
            Delta::Start(head) => self.report(&head.usage),
            Delta::Usage(usage) => self.report(usage),
            Delta::Open(block) => self.open(block),
            Delta::Text(text) => self.hear(text),
            Delta::Thinking(text) | Delta::Arguments(text) => self.bytes += text.stored_len(),
            Delta::Finish(finish) => self.answer.ending = Ending::from(Some(&finish.reason)),
            Delta::Opaque(_) => self.answer.has_content = true,
            Delta::Signature(_) | Delta::Close | Delta::End => {}
        }
    }

    /// What the answer came to, if this was all of it.
    pub fn finish(self) -> Observation {
        let estimated = self.bytes.div_ceil(BYTES_A_TOKEN) as u64;
        let length = if self.reported > 0 { self.reported } else { estimated };
        Observation::Answered(Answer { length, fingerprint: self.text.finish(), ..self.answer })
    }

    fn open(&mut self, block: &Block) {
        match block {
            Block::Text | Block::Refusal => self.text.gap(),
            Block::Call { .. } => (self.answer.called, self.answer.has_content) = (true, true),
            Block::Opaque(_) => self.answer.has_content = true,
            Block::Thinking | Block::Redacted(_) => {}
        }
    }

    fn hear(&mut self, text: &Text) {
        self.bytes += text.stored_len();
        self.answer.has_content = self.answer.has_content || !text.is_blank();
        if !self.text.is_full() {
            self.text.push(&text.read());
        }
    }

    fn report(&mut self, usage: &Usage) {
        self.reported = self.reported.max(usage.output.unwrap_or(0));
    }
}

/// Roughly how many bytes a token has where nobody counted.
const BYTES_A_TOKEN: usize = 4;
