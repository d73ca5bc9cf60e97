//! The auto router: rules that choose the profile of a request that names none. The first rule that matches wins.
//!
//! Rules are compiled once for a configuration. What they look at of a request is found out in `signals`, each thing
//! at most once and only if a rule asks for it.

mod share;
mod signals;
mod user_turn;

use crate::conversation::Hints;
use crate::estimate::ToolContent;
use crate::pattern::{Pattern, PatternError, Search};
use canon::config::{AutoRouter, AutoRule, Matcher};
use canon::event::{AutoRouted, AutoRoutedBy, Fact};
use canon::id::ProfileName;
use canon::request::Request;
use signals::Sight;

/// The rules of a configuration, ready to be asked.
#[derive(Clone, Debug)]
pub struct CompiledRules {
    enabled: bool,
    rules: Vec<Rule>,
    otherwise: ProfileName,
}

#[derive(Clone, Debug)]
struct Rule {
    id: String,
    profile: ProfileName,
    test: Test,
}

/// A matcher with its pattern compiled.
#[derive(Clone, Debug)]
enum Test {
    HasImage,
    CodeFenceRatioMin(f64),
    ContentContains(String),
    ContentRegex(Box<Pattern>),
    ModelPattern(Box<Pattern>),
    ContentTokenCountMin(u64),
    HasTools,
    CjkRatioMin(f64),
    RequestClass(String),
    AgentType(String),
    Compaction,
}

/// What the rules are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What the client asks.
    pub request: &'a Request,
    /// What its headers say beside it.
    pub hints: Hints<'a>,
    /// Whether tool content counts in the estimate of tokens.
    pub tool_content: ToolContent,
}

/// What was chosen for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The profile and what decided for it.
    pub routed: AutoRouted,
    /// The rules, by id, whose patterns were given up on this request and count as no match.
    pub given_up: Vec<String>,
}

impl CompiledRules {
    /// Compiles the rules of a configuration; without any these are [`bundled`].
    ///
    /// # Errors
    /// If a pattern is no regular expression.
    pub fn new(settings: &AutoRouter) -> Result<Self, PatternError> {
        let given = || settings.rules.iter().cloned();
        let rules: Vec<AutoRule> =
            if settings.rules.is_empty() { bundled().into() } else { given().collect() };
        let rules = rules
            .into_iter()
            .map(|AutoRule { id, profile, matcher }| Ok(Rule { id, profile, test: Test::new(matcher)? }));
        let otherwise = settings.otherwise.clone();
        Ok(Self { enabled: settings.enabled, rules: rules.collect::<Result<_, _>>()?, otherwise })
    }

    /// Chooses a profile. The same question gives the same choice.
    pub fn choose(&self, question: &Question<'_>) -> Choice {
        let sight = Sight::new(question);
        let mut given_up = Vec::new();
        let rules = if self.enabled { self.rules.as_slice() } else { &[] };
        let matching = rules.iter().find(|rule| match rule.test.search(&sight) {
            Search::Found => true,
            Search::Nothing => false,
            Search::GivenUp => {
                given_up.push(rule.id.clone());
                false
            }
        });
        let (profile, by) = match matching {
            Some(rule) => (&rule.profile, AutoRoutedBy::Rule(rule.id.clone())),
            None if self.enabled => (&self.otherwise, AutoRoutedBy::NoRule),
            None => (&self.otherwise, AutoRoutedBy::Disabled),
        };
        Choice { routed: AutoRouted { profile: profile.clone(), by, signals: sight.signals() }, given_up }
    }
}

impl Choice {
    /// What is told about it.
    pub fn facts(self) -> impl Iterator<Item = Fact> {
        let given_up = Some(self.given_up).filter(|rules| !rules.is_empty());
        let routed = Fact::AutoRouted(Box::new(self.routed));
        given_up.map(|rules| Fact::PatternsGivenUp { rules }).into_iter().chain([routed])
    }
}

/// The rules of a configuration without rules of its own.
pub fn bundled() -> [AutoRule; 2] {
    let rule = |id: &str, profile: &str, matcher| AutoRule {
        id: format!("builtin:{id}"),
        profile: ProfileName::new(profile),
        matcher,
    };
    [
        rule("image-attachment", "multi", Matcher::HasImage),
        rule("code-fence-dense", "coding", Matcher::CodeFenceRatioMin(0.3)),
    ]
}

impl Test {
    fn new(matcher: Matcher) -> Result<Self, PatternError> {
        Ok(match matcher {
            Matcher::HasImage => Self::HasImage,
            Matcher::CodeFenceRatioMin(least) => Self::CodeFenceRatioMin(least),
            Matcher::ContentContains(words) => Self::ContentContains(words),
            Matcher::ContentRegex(pattern) => Self::ContentRegex(Box::new(Pattern::anywhere(&pattern)?)),
            Matcher::ModelPattern(pattern) => Self::ModelPattern(Box::new(Pattern::whole(&pattern)?)),
            Matcher::ContentTokenCountMin(least) => Self::ContentTokenCountMin(least),
            Matcher::HasTools => Self::HasTools,
            Matcher::CjkRatioMin(least) => Self::CjkRatioMin(least),
            Matcher::RequestClass(class) => Self::RequestClass(class),
            Matcher::AgentType(kind) => Self::AgentType(kind),
            Matcher::Compaction => Self::Compaction,
        })
    }

    fn search(&self, sight: &Sight<'_>) -> Search {
        let hints = &sight.question.hints;
        let says = |hint: Option<&str>, word: &str| hint.is_some_and(|hint| hint.eq_ignore_ascii_case(word));
        let holds = match self {
            Self::HasImage => sight.has_image(),
            Self::CodeFenceRatioMin(least) => sight.code_fence_ratio().is_some_and(|ratio| ratio >= *least),
            Self::ContentContains(words) => sight.text().is_some_and(|text| text.contains(words)),
            Self::ContentRegex(pattern) => return search(pattern, sight.text()),
            Self::ModelPattern(pattern) => return search(pattern, sight.model.as_deref()),
            Self::ContentTokenCountMin(least) => sight.tokens() >= *least,
            Self::HasTools => sight.has_tools(),
            Self::CjkRatioMin(least) => sight.cjk_ratio().is_some_and(|ratio| ratio >= *least),
            Self::RequestClass(class) => says(hints.request_class, class),
            Self::AgentType(kind) => says(hints.agent_type, kind),
            Self::Compaction => hints.compaction,
        };
        if holds { Search::Found } else { Search::Nothing }
    }
}

fn search(pattern: &Pattern, text: Option<&str>) -> Search {
    text.map_or(Search::Nothing, |text| pattern.search(text))
}

#[cfg(test)]
mod tests;
