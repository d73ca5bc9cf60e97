//! A plain answer as the stream it could have come as.

use super::ending::Told;
use super::{Decoder, Stage};
use crate::codec::Seen;
use crate::json::mend_surrogates;
use crate::openai::chunk::{Chunk, Unknown};
use bytes::Bytes;
use canon::delta::Delta;
use canon::fault::{Fault, FaultKind};

/// Reads a plain answer.
///
/// # Errors
/// The error that stands in the answer's place, or `Malformed` where it is none.
pub fn decode_reply(body: &Bytes, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
    let (chunk, as_it_came) = match Chunk::read(body, Unknown::Keep) {
        Ok(chunk) => (chunk, true),
        Err(problem) => {
            let mended = mend_surrogates(body).ok_or_else(|| problem.of_backend())?;
            (Chunk::read(&mended, Unknown::Keep).map_err(|_| problem.of_backend())?, false)
        }
    };
    if let Some(fault) = chunk.fault(body) {
        return Err(fault);
    }
    let model = chunk.model_at.clone();
    let faithful = Decoder::new().whole(chunk, out)?;
    Ok(Seen { model, relayable: faithful && as_it_came, ..Seen::default() })
}

impl Decoder {
    /// Tells a whole answer; returns whether its bytes say just that.
    fn whole(&mut self, mut chunk: Chunk, out: &mut Vec<Delta>) -> Result<bool, Fault> {
        let Some(mut choice) = chunk.choice.take() else {
            return Err(Fault::new(FaultKind::Malformed, "malformed answer: it has no choices"));
        };
        self.begin(&mut chunk, out);
        let mut faithful = chunk.in_form && choice.is_whole;
        let told = choice.finish.take().map(|word| Told {
            word,
            stop_sequence: choice.stop_sequence.take(),
            extra: std::mem::take(&mut choice.extra),
        });
        faithful &= self.choose(choice, out)?;
        if let Some(usage) = chunk.usage.or(chunk.timings) {
            self.count(usage, out);
        }
        faithful &= told.is_some_and(|told| self.hear_finish(told, true, out));
        if self.stage != Stage::Ended {
            self.done(out);
        }
        Ok(faithful)
    }
}
