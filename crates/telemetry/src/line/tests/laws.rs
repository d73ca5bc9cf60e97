//! The laws of all lines.

use super::{event, lines};
use canon::event::Fact;
use proptest::prelude::*;

#[test]
fn an_error_is_cut_after_its_secrets_are_out() {
    let error = "x".repeat(490) + "abcdEFGH12345678" + &"y".repeat(500);
    let fact = Fact::MidstreamError { provider: "a".into(), error };
    let (json, short) = lines(&event(fact));
    for line in [json, short] {
        assert!(line.contains("xx[redacted:…"), "{line}");
        assert!(!line.contains("abcd"), "{line}");
    }
}

proptest! {
    #[test]
    fn a_line_is_one_line_whatever_is_in_it(text in "\\PC*|.*", mode in ".*") {
        for fact in [
            Fact::MidstreamError { provider: text.as_str().into(), error: text.clone() },
            Fact::ModeResolved { mode, profile: text.as_str().into() },
            Fact::Degraded { provider: "a".into(), dropped: vec![text.clone()], reason: "non-standard-field" },
        ] {
            let (json, short) = lines(&event(fact));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
            prop_assert_eq!((json.ends_with('\n'), json.matches('\n').count()), (true, 1));
            prop_assert!(short.ends_with('\n') && short.chars().filter(|c| c.is_control()).count() == 1);
        }
    }
}
