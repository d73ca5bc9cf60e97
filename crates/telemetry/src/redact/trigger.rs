//! A filter in front of the search: whether three bytes in a row can begin anything that is looked for.

/// A set of three-byte beginnings, as bits under a hash. It may take a beginning for one it was never given, and
/// never the other way round.
pub(super) struct Triggers {
    bits: Box<[u64; WORDS]>,
}

const WORDS: usize = 512;

impl Triggers {
    pub(super) fn new() -> Self {
        Self { bits: Box::new([0; WORDS]) }
    }

    pub(super) fn add(&mut self, start: [u8; 3]) {
        let [a, b, c] = start.map(u32::from);
        let (word, bit) = place(a << 16 | b << 8 | c);
        self.bits[word] |= bit;
    }

    /// Adds a beginning of lower-case letters in every mixture of cases.
    pub(super) fn add_any_case(&mut self, start: [u8; 3]) {
        for cases in 0..8_u8 {
            let mut mixed = start;
            for (place, byte) in mixed.iter_mut().enumerate() {
                if cases >> place & 1 == 1 {
                    *byte = byte.to_ascii_uppercase();
                }
            }
            self.add(mixed);
        }
    }

    /// Whether a text may start with any beginning.
    pub(super) fn fire_at(&self, text: &[u8]) -> bool {
        let Some([a, b, c]) = text.first_chunk().map(|start: &[u8; 3]| start.map(u32::from)) else {
            return false;
        };
        let (word, bit) = place(a << 16 | b << 8 | c);
        self.bits[word] & bit != 0
    }

    /// Whether any beginning may be in a text.
    pub(super) fn fire_in(&self, text: &[u8]) -> bool {
        let Some((&[a, b], rest)) = text.split_first_chunk() else { return false };
        let mut window = u32::from(a) << 8 | u32::from(b);
        for &byte in rest {
            window = (window << 8 | u32::from(byte)) & 0x00ff_ffff;
            let (word, bit) = place(window);
            if self.bits[word] & bit != 0 {
                return true;
            }
        }
        false
    }
}

/// The word and the bit of a beginning: the top 15 bits of a multiplicative hash.
fn place(start: u32) -> (usize, u64) {
    let hash = start.wrapping_mul(0x9e37_79b1) >> 17;
    ((hash >> 6) as usize % WORDS, 1 << (hash & 63))
}
