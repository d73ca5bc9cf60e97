//! What a text is about, as a short digest of its main words: an agent that goes in circles says the same thing in
//! slightly other words. Nothing of the text can be read from it.

use super::stop_words::is_stop_word;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;

/// How much of a text is looked at, in bytes; what comes after rarely changes what it is about.
pub const TEXT_LIMIT: usize = 32 * 1024;

/// The distinct words that a text needs to be about something.
const WORDS_NEEDED: usize = 3;

/// The words that make the digest.
const WORDS_KEPT: usize = 12;

/// Words shorter than this, in characters, say too little.
const SHORTEST_WORD: usize = 3;

/// A digest of a text's main words: 48 bits, shown as 12 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 6]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Collects a text that comes in pieces, at most [`TEXT_LIMIT`] bytes of it.
#[derive(Clone, Debug, Default)]
pub struct Fingerprinter {
    /// At most [`TEXT_LIMIT`] bytes.
    text: String,
    /// Whether a piece did not fit: then nothing behind it is taken in, however short.
    full: bool,
}

impl Fingerprinter {
    /// Takes in the next piece; a word may be cut anywhere.
    pub fn push(&mut self, piece: &str) {
        if self.full {
            return;
        }
        let taken = piece.floor_char_boundary(TEXT_LIMIT - self.text.len());
        self.text.push_str(&piece[..taken]);
        self.full = taken < piece.len();
    }

    /// Another text of the same answer begins: words don't go across.
    pub fn gap(&mut self) {
        if !self.text.is_empty() {
            self.push(" ");
        }
    }

    /// Whether further pieces change nothing.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The fingerprint of all pieces together.
    pub fn finish(&self) -> Option<Fingerprint> {
        fingerprint(&self.text)
    }
}

/// The fingerprint of a text; none where it has fewer than three distinct words that count.
///
/// Case, digits, punctuation and accents written apart don't matter, nor do function words and words of one or two
/// characters. Of the rest, the twelve most frequent ones are told apart from those of other texts.
pub fn fingerprint(text: &str) -> Option<Fingerprint> {
    let folded = folded(text);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in folded.split_ascii_whitespace().filter(|word| word.chars().nth(SHORTEST_WORD - 1).is_some()) {
        *counts.entry(word).or_default() += 1;
    }
    let mut words: Vec<(&str, usize)> = counts.into_iter().filter(|(word, _)| !is_stop_word(word)).collect();
    if words.len() < WORDS_NEEDED {
        return None;
    }
    words.sort_unstable_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
    words.truncate(WORDS_KEPT);
    words.sort_unstable();
    let mut hash = Sha256::new();
    for (place, (word, _)) in words.iter().enumerate() {
        hash.update(if place == 0 { "" } else { "|" });
        hash.update(word);
    }
    let mut head = [0; 6];
    head.copy_from_slice(&hash.finalize()[..6]);
    Some(Fingerprint(head))
}

/// The text in lower case with blanks for all that is no letter.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        folded.extend(text.bytes().map(folded_ascii));
        return folded;
    }
    for c in text.chars().map(narrow) {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => folded.push(folded_ascii(byte)),
            // An accent written after its letter belongs to the word, which is told by its letters.
            _ if ('\u{300}'..='\u{36f}').contains(&c) => {}
            _ if c.is_alphabetic() => folded.extend(c.to_lowercase()),
            _ => folded.push(' '),
        }
    }
    folded
}

fn folded_ascii(byte: u8) -> char {
    if byte.is_ascii_alphabetic() { char::from(byte.to_ascii_lowercase()) } else { ' ' }
}

/// The ASCII character that a wide one stands for. Of all compatibility forms, those are what models mix in; a
/// full normalisation would need tables for the sake of a digest that never leaves the process.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(one: &str, other: &str) {
        assert!(fingerprint(one).is_some(), "{one}");
        assert_eq!(fingerprint(one), fingerprint(other), "{one} / {other}");
    }

    #[test]
    fn it_is_made_of_the_sorted_words() {
        let digest = Sha256::digest("cargo|parser|tests");
        let expect: String = digest[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let found = fingerprint("The tests of the parser: cargo").unwrap();
        assert_eq!(found.to_string(), expect);
        assert_eq!(format!("{found:?}").len(), 12);
    }

    #[test]
    fn what_does_not_matter() {
        let plain = "cargo builds parser";
        for other in [
            "parser BUILDS Cargo",
            "cargo, builds 12 parser!",
            "I will now let you know: cargo builds the parser",
            "cargo2builds3parser",
            "cargo builds\u{3000}ｐａｒｓｅｒ",
            "cargo builds parse\u{301}r",
            "it is so: cargo_builds_parser",
        ] {
            same(plain, other);
        }
        same("Éclair straße größe", "éclair STRAßE GRÖßE");
    }

    #[test]
    fn what_does() {
        let plain = fingerprint("cargo builds parser");
        for other in ["cargo builds lexer", "cargo builds parser tests", "cargos builds parser"] {
            assert_ne!(fingerprint(other), plain, "{other}");
        }
    }

    #[test]
    fn too_few_words_have_none() {
        for text in ["", "ok", "cargo builds", "cargo cargo builds", "the and for you", "12 34 56", "a b c d"]
        {
            assert_eq!(fingerprint(text), None, "{text}");
        }
    }

    #[test]
    fn the_most_frequent_words_count_and_ties_go_by_the_alphabet() {
        let twelve: Vec<String> = ('a'..='l').map(|c| format!("word{c}")).collect();
        let twice = format!("{0} {0}", twelve.join(" "));
        same(&twice, &format!("{twice} once heardof"));
        same(&twelve.join(" "), &format!("{} zzzz", twelve.join(" ")));
        assert_ne!(fingerprint(&twelve.join(" ")), fingerprint(&format!("{} aaaa", twelve.join(" "))));
    }

    #[test]
    fn texts_of_one_answer_are_joined_by_a_blank() {
        let mut pieces = Fingerprinter::default();
        pieces.gap();
        for piece in ["cargo bui", "lds"] {
            pieces.push(piece);
        }
        pieces.gap();
        pieces.push("parser");
        assert_eq!(pieces.finish(), fingerprint("cargo builds parser"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut pieces = Fingerprinter::default();
        for _ in 0..TEXT_LIMIT {
            pieces.push("größer ");
        }
        assert!(pieces.is_full());
        assert!(pieces.text.len() <= TEXT_LIMIT);
        pieces.gap();
        assert!(pieces.text.len() <= TEXT_LIMIT);
    }

    #[test]
    fn behind_a_piece_that_did_not_fit_nothing_is_taken_in() {
        let (mut pieces, mut whole) = (Fingerprinter::default(), Fingerprinter::default());
        let text = format!("{}cargo builds é parser", "a ".repeat(TEXT_LIMIT / 2 - 7));
        whole.push(&text);
        text.split_inclusive('é').for_each(|piece| pieces.push(piece));
        assert_eq!((pieces.text.len(), &pieces.text), (TEXT_LIMIT - 1, &whole.text));
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(text in ".{0,80}", cuts in proptest::collection::vec(0_usize..100, 0..6)) {
            let mut pieces = Fingerprinter::default();
            let (mut cuts, mut start) = (cuts, 0);
            cuts.sort_unstable();
            for cut in cuts.into_iter().map(|cut| text.floor_char_boundary(cut.min(text.len()))) {
                pieces.push(&text[start..cut]);
                start = cut;
            }
            pieces.push(&text[start..]);
            prop_assert_eq!(pieces.finish(), fingerprint(&text));
        }
    }
}
