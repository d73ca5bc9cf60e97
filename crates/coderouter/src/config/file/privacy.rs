//! A rule under `local_only:`: what must stay on this machine or network.

use canon::config::PrivacyMatcher;

use super::super::reader::{Block, Setting, list, name, pattern, text};

/// One rule; its matcher is missing only after a mistake.
pub(crate) struct PrivacyRule {
    pub(crate) id: Option<String>,
    pub(crate) matcher: Option<PrivacyMatcher>,
}

impl Setting for PrivacyRule {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let id = block.optional("id", name(), "Its name in events.");
        let files = block.optional(
            "files",
            list(text().verbatim()).not_empty(),
            "Globs of files that no request may bring to others: *.pem, .env*, secrets/**.",
        );
        let content =
            block.optional("content_regex", pattern(), "Expression found in any text of a request.");
        match (block.has("files"), block.has("content_regex")) {
            (false, false) => block.mistake("a rule needs `files` or `content_regex`, this one has neither"),
            (true, true) => {
                block.mistake_at(
                    "content_regex",
                    "a rule has `files` or `content_regex`; make two rules of it",
                );
            }
            (true, false) | (false, true) => {}
        }
        let matcher = files.map(PrivacyMatcher::Files).or(content.map(PrivacyMatcher::ContentRegex));
        Self { id, matcher }
    }
}
