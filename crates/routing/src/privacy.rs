//! The rules of `local_only`: whether a request holds what must stay on this machine or network. Who may then be
//! asked is not decided here.
//!
//! What can't be ruled out counts as held: a pattern that is given up on a text matches it.

mod globs;
mod pieces;

use crate::pattern::{Pattern, PatternError, Search};
use canon::config::{PrivacyMatcher, PrivacyRule};
use canon::request::Request;
use globs::Globs;
use pieces::{Piece, Wanted, each_piece};
use std::ops::ControlFlow;

/// The rules of a configuration, ready to judge by.
#[derive(Clone, Debug, Default)]
pub struct CompiledRules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    id: String,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Files(Box<Globs>),
    Content(Box<Pattern>),
}

/// The rule that keeps a request local.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleMatch {
    /// Its id.
    pub rule: String,
    /// What it found.
    pub evidence: Evidence,
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The name of a file.
    File,
    /// A text.
    Text,
    /// A text on which its pattern was given up.
    Undecided,
}

impl CompiledRules {
    /// Compiles the rules of a configuration.
    ///
    /// # Errors
    /// If a pattern is no regular expression, or a glob can't be made one.
    pub fn new(rules: &[PrivacyRule]) -> Result<Self, PatternError> {
        let compiled = rules.iter().map(|PrivacyRule { id, matcher }| {
            let test = match matcher {
                PrivacyMatcher::Files(globs) => Test::Files(Box::new(Globs::new(globs)?)),
                PrivacyMatcher::ContentRegex(pattern) => Test::Content(Box::new(Pattern::anywhere(pattern)?)),
            };
            Ok(Rule { id: id.clone(), test })
        });
        Ok(Self { rules: compiled.collect::<Result<_, _>>()? })
    }

    /// What of a request the rules have to see; nothing where there are none.
    fn wanted(&self) -> Option<Wanted> {
        let reads = |rule: &Rule| matches!(rule.test, Test::Content(_));
        let wanted = if self.rules.iter().any(reads) { Wanted::Everything } else { Wanted::WhatNamesFiles };
        (!self.rules.is_empty()).then_some(wanted)
    }

    fn judge(&self, piece: Piece<'_>) -> ControlFlow<RuleMatch> {
        for rule in &self.rules {
            if let Some(evidence) = rule.test.find(piece) {
                return ControlFlow::Break(RuleMatch { rule: rule.id.clone(), evidence });
            }
        }
        ControlFlow::Continue(())
    }
}

/// The rule that keeps a request local, if any does: of several the one that finds something first, from the front of
/// the conversation, so that it stays the same while a conversation grows.
pub fn judge(request: &Request, rules: &CompiledRules) -> Option<RuleMatch> {
    each_piece(request, rules.wanted()?, |piece| rules.judge(piece)).break_value()
}

impl Test {
    fn find(&self, piece: Piece<'_>) -> Option<Evidence> {
        match self {
            Self::Files(globs) => globs.name(piece).then_some(Evidence::File),
            Self::Content(pattern) => match pattern.search(piece.text()) {
                Search::Found => Some(Evidence::Text),
                Search::GivenUp => Some(Evidence::Undecided),
                Search::Nothing => None,
            },
        }
    }
}

#[cfg(test)]
mod tests;
