//! How a stream ends: reasons, token counts and the terminator, in whatever order they come.

use super::{Decoder, Stage};
use crate::openai::finish;
use canon::delta::{Delta, Finish, StopReason};
use canon::extra::Extra;
use canon::text::Text;
use canon::usage::Usage;

/// What is said of the ending.
pub(super) struct Told {
    pub(super) word: Text,
    pub(super) stop_sequence: Option<Text>,
    pub(super) extra: Extra,
}

impl Decoder {
    /// Hears the reason of the ending. It is told at once only if `alone`: the chunk said nothing beside it. Returns
    /// whether what is told is what the chunk says.
    pub(super) fn hear_finish(&mut self, told: Told, alone: bool, out: &mut Vec<Delta>) -> bool {
        let claimed = match finish::reason(&told.word) {
            StopReason::EndTurn if told.stop_sequence.is_some() => StopReason::StopSequence,
            reason => reason,
        };
        let came_before = self.finish.is_some();
        self.finish = Some(Finish { reason: claimed, stop_sequence: told.stop_sequence, extra: told.extra });
        if !alone || came_before || !self.has_content {
            return false;
        }
        let faithful = self.calls.are_told() && self.waiting.is_empty();
        let reason = self.conclude(out);
        faithful && told.word.is(finish::word(&reason, self.holds))
    }

    /// Takes counts in: after the ending they are told, before it only the last ones are.
    pub(super) fn count(&mut self, usage: Usage, out: &mut Vec<Delta>) {
        if !usage.is_present() {
            return;
        }
        if self.stage == Stage::Finished {
            out.push(Delta::Usage(Box::new(usage)));
        } else {
            self.usage = Some(usage);
        }
    }

    /// Takes the terminator in; returns whether nothing but the end was told for it.
    pub(super) fn done(&mut self, out: &mut Vec<Delta>) -> bool {
        if self.stage == Stage::Before {
            return false;
        }
        let told = self.stage == Stage::Finished;
        if !told {
            self.conclude(out);
        }
        self.stage = Stage::Ended;
        out.push(Delta::End);
        told
    }

    /// Tells everything that waits, then the ending.
    fn conclude(&mut self, out: &mut Vec<Delta>) -> StopReason {
        self.release(out);
        self.close_text(out);
        self.holds.calls = self.calls.were_told();
        let mut finish = self.finish.take().unwrap_or_else(|| Finish::new(StopReason::Other(None)));
        finish.reason = finish::agreed(finish.reason, self.holds);
        let reason = finish.reason.clone();
        out.extend(self.usage.take().map(|usage| Delta::Usage(Box::new(usage))));
        out.push(Delta::Finish(Box::new(finish)));
        self.stage = Stage::Finished;
        reason
    }
}
