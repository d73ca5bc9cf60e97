//! What happened in a night, in one number.

use std::fmt;

/// A digest of everything that was told, in its order (FNV-1a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transcript(u64);

impl Default for Transcript {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl fmt::Write for Transcript {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

/// How long a text is, without holding it.
#[derive(Debug, Default)]
pub struct Length(pub usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}
