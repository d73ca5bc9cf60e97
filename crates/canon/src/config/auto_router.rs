//! The classifier's settings: an ordered list of rules, each with one matcher.

use crate::id::ProfileName;

/// The `auto_router:` block, in force where `default_profile` is `auto`.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoRouter {
    /// False where the block says `disabled`: every request then takes `otherwise`.
    pub enabled: bool,
    /// The user's rules, first match wins; empty means the bundled ones.
    pub rules: Vec<AutoRule>,
    /// The profile where no rule matches.
    pub otherwise: ProfileName,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoRule {
    /// Its name in events; `user:<index>` where the file gives none.
    pub id: String,
    /// The profile it chooses.
    pub profile: ProfileName,
    /// When it applies.
    pub matcher: Matcher,
}

/// What a rule looks at. Ratios are shares between 0 and 1; patterns have been compiled once to check them.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// The latest user message has an image.
    HasImage,
    /// At least this share of its text stands in code fences.
    CodeFenceRatioMin(f64),
    /// Its text contains this, letter case minded.
    ContentContains(String),
    /// Its text matches this anywhere.
    ContentRegex(String),
    /// The request's `model` matches this as a whole.
    ModelPattern(String),
    /// The whole body is estimated at this many tokens or more.
    ContentTokenCountMin(u64),
    /// The request declares tools.
    HasTools,
    /// At least this share of its text is Chinese, Japanese or Korean.
    CjkRatioMin(f64),
    /// The client's hint header names this class of request, letter case ignored.
    RequestClass(String),
    /// The client's hint header names this kind of agent, letter case ignored.
    AgentType(String),
    /// The client's hint header says that this is a compaction.
    Compaction,
}
