//! The fact of a request whose profile the auto router chose.

use crate::id::ProfileName;

/// What the auto router chose for one request, and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoRouted {
    /// The profile.
    pub profile: ProfileName,
    /// What decided.
    pub by: AutoRoutedBy,
    /// What was seen of the request.
    pub signals: Signals,
}

/// What decided for a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutoRoutedBy {
    /// The rule of this id.
    Rule(String),
    /// No rule matched.
    NoRule,
    /// The rules are switched off.
    Disabled,
}

/// What was seen of a request. What has to be looked for is absent unless a rule had to know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signals {
    /// Whether tools are declared.
    pub has_tools: bool,
    /// The model the client asked for; never empty.
    pub model: Option<String>,
    /// Whether the latest user message has an image.
    pub has_image: Option<bool>,
    /// The length of the latest user text in characters.
    pub content_len: Option<u64>,
    /// The share of that text in code fences, from 0 to 1.
    pub code_fence_ratio: Option<f64>,
    /// The estimate of the whole body in tokens.
    pub estimated_tokens: Option<u64>,
}
