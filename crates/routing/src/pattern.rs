//! Users' regular expressions, in Python's flavour, compiled once and bounded in what they may cost.

use fancy_regex::{Regex, RegexBuilder};

/// How often a pattern may backtrack over one text before it is given up.
const BACKTRACK_LIMIT: usize = 100_000;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// Why a text is no pattern.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Search {
    /// The pattern matches.
    Found,
    /// It does not.
    Nothing,
    /// It was given up.
    GivenUp,
}

impl Pattern {
    /// A pattern that may match anywhere in a text.
    ///
    /// # Errors
    /// If it is no regular expression.
    pub fn anywhere(pattern: &str) -> Result<Self, PatternError> {
        let regex = RegexBuilder::new(pattern).backtrack_limit(BACKTRACK_LIMIT).build();
        regex.map(Self).map_err(|error| PatternError(error.to_string().replace('\n', " ")))
    }

    /// A pattern that must match a text from its first to its last character.
    ///
    /// # Errors
    /// If it is no regular expression.
    pub fn whole(pattern: &str) -> Result<Self, PatternError> {
        // By itself first, so that an error tells of what was written, and `a)|(b` is none.
        Self::anywhere(pattern)?;
        Self::anywhere(&format!(r"\A(?:{pattern})\z"))
            // A pattern in verbose mode may end in a comment, which swallows what follows in its line.
            .or_else(|_| Self::anywhere(&format!("\\A(?:{pattern}\n)\\z")))
    }

    /// Looks for the pattern in a text.
    pub fn search(&self, text: &str) -> Search {
        match self.0.is_match(text) {
            Ok(true) => Search::Found,
            Ok(false) => Search::Nothing,
            Err(_) => Search::GivenUp,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn check(pattern: &Pattern, text: &str, expect: Search) {
        assert_eq!(pattern.search(text), expect, "{pattern:?} in {text:.40}");
    }

    #[test]
    fn pythons_flavour_is_read() {
        for (pattern, text, expect) in [
            ("(?i)refactor(?!ed)", "please REFACTOR", Search::Found),
            ("(?i)refactor(?!ed)", "it was refactored", Search::Nothing),
            (r"(?P<quote>['`]).*?(?P=quote)", "say 'x'", Search::Found),
            (r"(?m)^\s+at .+:\d+", "boom\n  at main.rs:7", Search::Found),
            ("", "", Search::Found),
        ] {
            check(&Pattern::anywhere(pattern).unwrap(), text, expect);
        }
        assert!(Pattern::anywhere("(open").unwrap_err().to_string().contains("parenthesis"));
    }

    #[test]
    fn a_whole_pattern_matches_from_end_to_end() {
        for (pattern, text, expect) in [
            ("claude-.*haiku.*", "claude-3-haiku-x", Search::Found),
            ("claude-.*haiku", "claude-3-haiku-x", Search::Nothing),
            ("a|ab", "ab", Search::Found),
            ("a|b", "ab", Search::Nothing),
            ("gpt", "gpt\n", Search::Nothing),
            ("(?i)GPT", "gpt", Search::Found),
            ("(?x) gpt # the model", "gpt", Search::Found),
            ("(?x) gpt # the model", "gpt4", Search::Nothing),
        ] {
            check(&Pattern::whole(pattern).unwrap(), text, expect);
        }
        assert!(Pattern::whole("a)|(b").is_err());
    }

    /// In the Python program 25 characters took the whole event loop for a second.
    #[test]
    fn exponential_patterns_end_soon() {
        let start = Instant::now();
        let text = format!("{}!", "a".repeat(5_000));
        check(&Pattern::anywhere("(a+)+$").unwrap(), &text, Search::Nothing);
        check(&Pattern::anywhere(r"^(a|aa)+\1b").unwrap(), &text, Search::GivenUp);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    /// Looking around costs a step for each character in front, so that texts of a usual length are no reason to
    /// give up.
    #[test]
    fn long_texts_can_be_looked_around_in() {
        let text = format!("{}refactor", "lorem ipsum ".repeat(8_000));
        check(&Pattern::anywhere("refactor(?!ed)").unwrap(), &text, Search::Found);
        check(&Pattern::anywhere("refactor(?=ed)").unwrap(), &text, Search::Nothing);
    }
}
