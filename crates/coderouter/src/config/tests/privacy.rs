//! The rules under `local_only:`.

use canon::config::{PrivacyMatcher, PrivacyRule};

use super::*;

#[test]
fn rules_are_read_in_order_and_named() {
    let text = "local_only:\n  - {files: ['*.pem', '.env*', '${HOME}/x']}\n  - id: names\n    \
                content_regex: '(?i)project \\w+'\n";
    let loaded = load_right(&(text.to_owned() + &minimal("", "")));
    let files = ["*.pem", ".env*", "${HOME}/x"].map(str::to_owned).to_vec();
    assert_eq!(
        loaded.config.local_only,
        [
            PrivacyRule { id: "local_only:0".to_owned(), matcher: PrivacyMatcher::Files(files) },
            PrivacyRule {
                id: "names".to_owned(),
                matcher: PrivacyMatcher::ContentRegex(r"(?i)project \w+".to_owned()),
            },
        ]
    );
    assert_eq!(loaded.unbuilt, []);
}

#[test]
fn without_rules_nothing_is_kept_local() {
    for text in ["", "local_only: []\n", "local_only:\n"] {
        let loaded = load_right(&(text.to_owned() + &minimal("", "")));
        assert_eq!((loaded.config.local_only.len(), loaded.unbuilt.len()), (0, 0), "{text}");
    }
}
