//! A quick digest of bytes, to tell texts apart. It is no defence against anybody who looks for collisions.

/// A digest, written piece by piece. How bytes are cut into pieces counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(u64);

/// Any odd number with its bits well mixed.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Words that are taken in at once.
const LANES: usize = 4;

impl Default for Digest {
    fn default() -> Self {
        Self(FACTOR)
    }
}

impl Digest {
    /// Appends a piece.
    pub(crate) fn write(&mut self, piece: &[u8]) {
        self.mix(piece.len() as u64);
        let (blocks, rest) = piece.as_chunks::<{ LANES * 8 }>();
        if !blocks.is_empty() {
            self.blocks(blocks);
        }
        let (words, rest) = rest.as_chunks();
        words.iter().for_each(|word| self.mix(u64::from_le_bytes(*word)));
        self.mix(rest.iter().rfold(0, |value, byte| value << 8 | u64::from(*byte)));
    }

    /// Several words at a time: a lane need not wait for the others' products.
    fn blocks(&mut self, blocks: &[[u8; LANES * 8]]) {
        let mut lanes = [*self; LANES];
        for block in blocks {
            let words = block.as_chunks().0;
            lanes.iter_mut().zip(words).for_each(|(lane, word)| lane.mix(u64::from_le_bytes(*word)));
        }
        lanes.iter().for_each(|lane| self.mix(lane.0));
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    }

    /// The digest of all that was written.
    pub(crate) fn value(self) -> u64 {
        // The lower bits of a product depend on the lower ones of its factors alone.
        self.0 ^ self.0 >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(pieces: &[&[u8]]) -> u64 {
        let mut digest = Digest::default();
        pieces.iter().for_each(|piece| digest.write(piece));
        digest.value()
    }

    #[test]
    fn lengths_and_cuts_count() {
        assert_ne!(of(&[b""]), of(&[]));
        assert_ne!(of(&[b"\0"]), of(&[b""]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"12345678\0"]), of(&[b"12345678"]));
    }

    proptest! {
        #[test]
        fn one_changed_byte_changes_it(
            mut bytes in proptest::collection::vec(any::<u8>(), 1..200),
            place: prop::sample::Index,
            by in 1..=255_u8,
        ) {
            let before = of(&[&bytes]);
            let place = place.index(bytes.len());
            bytes[place] = bytes[place].wrapping_add(by);
            prop_assert_ne!(of(&[&bytes]), before);
        }
    }
}
