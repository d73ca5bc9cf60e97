//! Names of tags: which characters they have, and how they are folded so that all spellings of one are the same.

use super::role::Known;
use std::borrow::Cow;

/// More bytes than any name of the vocabulary has.
const LONGEST: usize = 24;

/// A name by its letters and digits alone, lower case.
pub fn fold(name: &str) -> String {
    if !name.is_ascii() {
        return name.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    }
    let mut folded = String::with_capacity(name.len());
    let mut rest = name.as_bytes();
    // Most of a name is lower case already.
    while let Some(skip) = rest.iter().position(u8::is_ascii_alphanumeric) {
        let run = &rest[skip..];
        let len = run.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(run.len());
        let from = name.len() - run.len();
        folded.push_str(&name[from..from + len]);
        rest = &run[len..];
    }
    folded.make_ascii_lowercase();
    folded
}

/// A name that was folded without taking memory, if it is short enough to be one of the vocabulary.
pub(super) struct Folded {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Folded {
    pub(super) fn of(name: &str) -> Option<Self> {
        let mut folded = Self { bytes: [0; LONGEST], len: 0 };
        for (at, byte) in name.bytes().enumerate() {
            let meant = FOLDS[usize::from(byte)];
            if meant != 0 {
                *folded.bytes.get_mut(folded.len)? = meant;
                folded.len += 1;
            } else if !byte.is_ascii() {
                let others = name[at..].chars().filter(|it| it.is_alphanumeric());
                others.flat_map(char::to_lowercase).try_for_each(|it| folded.push(it))?;
                break;
            }
        }
        Some(folded)
    }

    fn push(&mut self, it: char) -> Option<()> {
        let end = self.len + it.len_utf8();
        it.encode_utf8(self.bytes.get_mut(self.len..end)?);
        self.len = end;
        Some(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// What a byte is in a folded name; 0 where it is left out, or part of a longer character.
const FOLDS: [u8; 256] = {
    let mut folds = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            folds[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    folds
};

/// The folded name, borrowed where it is known or was written so.
pub(super) fn folded(written: &str, known: Option<Known>) -> Cow<'_, str> {
    match known {
        Some(known) => Cow::Borrowed(known.name),
        None if written.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) => {
            Cow::Borrowed(written)
        }
        None => Cow::Owned(fold(written)),
    }
}

/// The namespace that a folded name is, if it is one.
pub(super) fn namespace(name: &[u8]) -> Option<&'static str> {
    Some(match name {
        b"dsml" => "dsml",
        b"gcml" => "gcml",
        b"minimax" => "minimax",
        b"seed" => "seed",
        b"steptml" => "steptml",
        b"atem" => "atem",
        b"antml" => "antml",
        b"ifm" => "ifm",
        _ => return None,
    })
}

/// Names that are written in capitals.
pub(super) fn is_capital(name: &str, word: &str) -> bool {
    matches!(name, "toolcall" | "startaction" | "endaction") && !word.chars().any(char::is_lowercase)
}

/// Whether a character may stand in a name.
pub(super) fn is_name(it: char) -> bool {
    match u8::try_from(it) {
        Ok(byte) if byte.is_ascii() => FOLDS[usize::from(byte)] != 0 || matches!(byte, b'_' | b'-' | b'.'),
        _ => it.is_alphanumeric() || it == '▁',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_the_same_with_and_without_memory() {
        for (name, expected) in [
            ("tool_call", "toolcall"),
            ("Tool-Call.", "toolcall"),
            ("tool▁calls▁begin", "toolcallsbegin"),
            ("ÄB\u{212a}", "äbk"),
            ("", ""),
            ("__", ""),
        ] {
            assert_eq!(fold(name), expected);
            assert_eq!(Folded::of(name).expect("short").bytes(), expected.as_bytes());
        }
        assert!(Folded::of(&"a".repeat(LONGEST + 1)).is_none());
    }
}
