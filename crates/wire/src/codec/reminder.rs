//! Instructions in the middle of a conversation, as user text for backends that take instructions only at its start.
//!
//! They stay where they are, so that a prompt cache in front of them stays valid.

use canon::text::Text;

/// The marks around an instruction that is carried as user text.
pub struct Reminder;

impl Reminder {
    /// What stands in front of the instruction.
    pub const OPEN: &'static str = "<system-reminder>\n";
    /// What stands behind it.
    pub const CLOSE: &'static str = "\n</system-reminder>";

    /// Appends the marked instruction to the inside of a JSON string; its pieces are joined by line feeds.
    pub fn write<'a>(pieces: impl IntoIterator<Item = &'a Text>, out: &mut Vec<u8>) {
        canon::escape::escape_into(Self::OPEN.as_bytes(), out);
        for (index, piece) in pieces.into_iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(b"\\n");
            }
            piece.write_escaped(out);
        }
        canon::escape::escape_into(Self::CLOSE.as_bytes(), out);
    }
}
