//! The rules under `local_only:`, which keep what they recognise on providers of this machine or network.

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacyRule {
    /// Its name in events; `local_only:<index>` where the file gives none.
    pub id: String,
    /// When it applies.
    pub matcher: PrivacyMatcher,
}

/// What a rule looks for. Patterns have been compiled once to check them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrivacyMatcher {
    /// A file that one of these globs names has been touched by a tool or attached; never empty.
    Files(Vec<String>),
    /// Any text of the request matches this anywhere.
    ContentRegex(String),
}
