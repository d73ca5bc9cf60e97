//! What was wrong with a call, by the numbers of the corruption catalogue in `docs/repair.md`.

use std::fmt;

/// One kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Damage {
    /// C1: the closing tag is missing at the end.
    CloserMissing = 1,
    /// C2: the opening tag is missing.
    OpenerMissing = 2,
    /// C3: an inner closing tag is missing.
    InnerCloserMissing = 3,
    /// C4: a tag is misspelt or in another case.
    TagMisspelt = 4,
    /// C5: angle brackets are lost.
    BracketsLost = 5,
    /// C6: special tokens are stripped.
    TokensStripped = 6,
    /// C7: bars are doubled, or look-alikes stand for them.
    BarsReplaced = 7,
    /// C8: Python quotes or literals.
    PythonLiteral = 8,
    /// C9: a comma too many.
    TrailingComma = 9,
    /// C10: a key without quotes.
    BareKey = 10,
    /// C11: brackets or quotes are missing at the end.
    Unbalanced = 11,
    /// C12: a bracket too many.
    SurplusBracket = 12,
    /// C13: a raw control character in a string.
    RawControl = 13,
    /// C14: an escape that JSON doesn't have.
    BadEscape = 14,
    /// C15: typographic quotes.
    SmartQuote = 15,
    /// C16: a comment.
    Comment = 16,
    /// C17: a Markdown fence around the call.
    Fenced = 17,
    /// C18: arguments as a JSON string.
    EncodedTwice = 18,
    /// C19: arguments doubled.
    Doubled = 19,
    /// C20: no arguments at all.
    ArgumentsAbsent = 20,
    /// C21: the call is inside the reasoning.
    InReasoning = 21,
    /// C22: the reasoning has no end.
    ReasoningUnclosed = 22,
    /// C23: the tool's name is in another spelling.
    NameRespelt = 23,
    /// C24: an argument's name is nearly right.
    KeyRespelt = 24,
    /// C25: an argument nobody asked for.
    UnknownKey = 25,
    /// C26: a number or truth value as text, or the reverse.
    ScalarRetyped = 26,
    /// C27: a list or object as text, or the reverse.
    StructureRetyped = 27,
    /// C28: the call was cut off by the output limit.
    CutOff = 28,
    /// C29: a made-up result follows the call.
    ResultInvented = 29,
    /// C30: several calls in one block.
    SeveralInOne = 30,
    /// C31: the same call twice.
    Repeated = 31,
    /// C32: ids that are equal or missing.
    IdsClash = 32,
    /// C35: tags in unicode escapes.
    TagEscaped = 35,
    /// C36: a stray end-of-turn token.
    StrayToken = 36,
    /// C38: a quote inside a string without its backslash.
    InnerQuote = 38,
    /// C39: the finish reason contradicts what was said.
    FinishContradicts = 39,
}

const ALL: &[Damage] = {
    use Damage as D;
    &[
        D::CloserMissing,
        D::OpenerMissing,
        D::InnerCloserMissing,
        D::TagMisspelt,
        D::BracketsLost,
        D::TokensStripped,
        D::BarsReplaced,
        D::PythonLiteral,
        D::TrailingComma,
        D::BareKey,
        D::Unbalanced,
        D::SurplusBracket,
        D::RawControl,
        D::BadEscape,
        D::SmartQuote,
        D::Comment,
        D::Fenced,
        D::EncodedTwice,
        D::Doubled,
        D::ArgumentsAbsent,
        D::InReasoning,
        D::ReasoningUnclosed,
        D::NameRespelt,
        D::KeyRespelt,
        D::UnknownKey,
        D::ScalarRetyped,
        D::StructureRetyped,
        D::CutOff,
        D::ResultInvented,
        D::SeveralInOne,
        D::Repeated,
        D::IdsClash,
        D::TagEscaped,
        D::StrayToken,
        D::InnerQuote,
        D::FinishContradicts,
    ]
};

impl Damage {
    /// Its id in logs, metrics and tests: `C1` and on.
    pub fn id(self) -> &'static str {
        const IDS: [&str; 40] = [
            "C0", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12", "C13", "C14",
            "C15", "C16", "C17", "C18", "C19", "C20", "C21", "C22", "C23", "C24", "C25", "C26", "C27", "C28",
            "C29", "C30", "C31", "C32", "C33", "C34", "C35", "C36", "C37", "C38", "C39",
        ];
        IDS[self as usize]
    }

    /// All kinds, by their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    /// What it is, in words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::CloserMissing => "the closing tag is missing at the end",
            Self::OpenerMissing => "the opening tag is missing",
            Self::InnerCloserMissing => "an inner closing tag is missing",
            Self::TagMisspelt => "a tag is misspelt or in another case",
            Self::BracketsLost => "angle brackets are lost",
            Self::TokensStripped => "special tokens are stripped",
            Self::BarsReplaced => "bars are doubled, or look-alikes stand for them",
            Self::PythonLiteral => "Python quotes or literals",
            Self::TrailingComma => "a comma too many",
            Self::BareKey => "a key without quotes",
            Self::Unbalanced => "brackets or quotes are missing at the end",
            Self::SurplusBracket => "a bracket too many",
            Self::RawControl => "a raw control character in a string",
            Self::BadEscape => "an escape that JSON doesn't have",
            Self::SmartQuote => "typographic quotes",
            Self::Comment => "a comment",
            Self::Fenced => "a Markdown fence around the call",
            Self::EncodedTwice => "arguments as a JSON string",
            Self::Doubled => "arguments doubled",
            Self::ArgumentsAbsent => "no arguments at all",
            Self::InReasoning => "the call is inside the reasoning",
            Self::ReasoningUnclosed => "the reasoning has no end",
            Self::NameRespelt => "the tool's name is in another spelling",
            Self::KeyRespelt => "an argument's name is nearly right",
            Self::UnknownKey => "an argument nobody asked for",
            Self::ScalarRetyped => "a number or truth value as text, or the reverse",
            Self::StructureRetyped => "a list or object as text, or the reverse",
            Self::CutOff => "the call was cut off by the output limit",
            Self::ResultInvented => "a made-up result follows the call",
            Self::SeveralInOne => "several calls in one block",
            Self::Repeated => "the same call twice",
            Self::IdsClash => "ids that are equal or missing",
            Self::TagEscaped => "tags in unicode escapes",
            Self::StrayToken => "a stray end-of-turn token",
            Self::InnerQuote => "a quote inside a string without its backslash",
            Self::FinishContradicts => "the finish reason contradicts what was said",
        }
    }
}

/// A set of damages.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Damages(u64);

impl Damages {
    /// No damage.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub fn add(&mut self, damage: Damage) {
        self.0 |= 1 << damage as u32;
    }

    /// Adds one if `found`.
    pub fn note(&mut self, found: bool, damage: Damage) {
        if found {
            self.add(damage);
        }
    }

    /// Adds all of another set.
    pub fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The set without some.
    #[must_use]
    pub fn without(self, some: &[Damage]) -> Self {
        Self(some.iter().fold(self.0, |set, damage| set & !(1 << *damage as u32)))
    }

    /// Whether one is in it.
    pub fn has(self, damage: Damage) -> bool {
        self.0 & (1 << damage as u32) != 0
    }

    /// Whether none is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in it, by their numbers.
    pub fn iter(self) -> impl Iterator<Item = Damage> {
        Damage::all().filter(move |damage| self.has(*damage))
    }

    /// Whether a call with this damage is still read where calls may be read but not mended. What only surrounds the
    /// call, or what the client would take as well, is no mending.
    pub fn is_harmless(self) -> bool {
        const HARMLESS: &[Damage] = &[
            Damage::Fenced,
            Damage::InReasoning,
            Damage::UnknownKey,
            Damage::SeveralInOne,
            Damage::StrayToken,
            Damage::ArgumentsAbsent,
            Damage::EncodedTwice,
        ];
        self.iter().all(|damage| HARMLESS.contains(&damage))
    }
}

impl fmt::Debug for Damages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Damage::id)).finish()
    }
}
