//! Whether a person speaks, or only tools and the agent's harness do.

use canon::request::{Content, Message, PartKind, Request, Role};
use canon::text::Text;

/// The marks Claude Code 2.1 and opencode 1.18 put around what they add to a person's turn, and we around system turns.
const OPEN: &[u8] = b"<system-reminder>";
const CLOSE: &[u8] = b"</system-reminder>";

/// Whether a turn holds words of a person: text of a user turn that is no reminder of the harness.
pub(super) fn speaks_in(message: &Message) -> bool {
    message.role == Role::User
        && match &message.content {
            Content::Absent => false,
            Content::Text(text) => is_said(text),
            Content::Parts(parts) => {
                parts.iter().any(|part| matches!(&part.kind, PartKind::Text(text) if is_said(text)))
            }
        }
}

/// Whether a person has spoken since the model did.
pub(super) fn spoke_last(request: &Request) -> bool {
    let since = request.messages.iter().rev().take_while(|message| message.role != Role::Assistant);
    since.into_iter().any(|message| speaks_in(message))
}

/// Only the ends of the text are looked at: it may be long, and the walk may meet it in every turn.
fn is_said(text: &Text) -> bool {
    let stored = trimmed(text.stored());
    if stored.starts_with(br"\u") {
        // A client that escapes `<` as well.
        let read = text.read();
        return is_own(read.trim().as_bytes());
    }
    is_own(stored)
}

fn is_own(words: &[u8]) -> bool {
    let is_reminder = words.starts_with(OPEN) && words.ends_with(CLOSE);
    !words.is_empty() && !is_reminder
}

/// Without blanks and line ends at both ends, escaped or not.
fn trimmed(mut text: &[u8]) -> &[u8] {
    const ESCAPED: [&[u8]; 3] = [br"\n", br"\r", br"\t"];
    loop {
        text = text.trim_ascii();
        let front = ESCAPED.iter().find_map(|blank| text.strip_prefix(*blank));
        let shorter = front.or_else(|| ESCAPED.iter().find_map(|blank| text.strip_suffix(*blank)));
        match shorter {
            Some(shorter) => text = shorter,
            None => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use canon::dialect::Dialect;
    use canon::request::{CallResult, Part};

    #[test]
    fn reminders_and_blanks_are_no_words_of_a_person() {
        let check = |text: &'static str, expect: bool| {
            let plain = canon::escape::unescape(text.as_bytes()).into_owned();
            for text in [Text::escaped(text.as_bytes().into()), Text::plain(plain)] {
                let turn = |role| fixture::turn(role, Content::Parts(vec![Part::text(text.clone())]));
                assert_eq!(speaks_in(&turn(Role::User)), expect, "{text}");
                assert_eq!(speaks_in(&fixture::turn(Role::User, Content::Text(text.clone()))), expect);
                assert!(!speaks_in(&turn(Role::System)) && !speaks_in(&turn(Role::Assistant)));
            }
        };
        check("go on", true);
        check("", false);
        check(r" \n\t ", false);
        check(r"<system-reminder>\nbe quick\n</system-reminder>", false);
        check(r"\n\n<system-reminder>x</system-reminder>\n", false);
        check(r"\u003csystem-reminder\u003ex\u003c/system-reminder\u003e", false);
        check(r"\u0041h, \u003csystem-reminder\u003e", true);
        check(r"<system-reminder>x</system-reminder>\n\nand now the tests", true);
        check(r"see <system-reminder>x</system-reminder>", true);
    }

    #[test]
    fn results_are_no_words_and_what_stands_beside_them_may_be() {
        let content = Content::Text("done".into());
        let result = CallResult { call_id: "1".into(), name: None, content, is_error: None };
        let mut parts = vec![Part::new(PartKind::CallResult(result))];
        assert!(!speaks_in(&fixture::turn(Role::User, Content::Parts(parts.clone()))));
        assert!(!speaks_in(&fixture::turn(Role::Tool, Content::Parts(parts.clone()))));
        parts.push(Part::text("stop"));
        assert!(speaks_in(&fixture::turn(Role::User, Content::Parts(parts))));
    }

    #[test]
    fn who_spoke_last() {
        let spoke = |turns: &[(Role, &str)]| spoke_last(&fixture::request(Dialect::OpenAi, &[], turns));
        let (user, model) = ((Role::User, "hi"), (Role::Assistant, "ho"));
        let reminder = (Role::User, "<system-reminder>x</system-reminder>");
        assert!(spoke(&[model, user, reminder]));
        assert!(!spoke(&[user, model, reminder]));
        assert!(!spoke(&[]));
    }
}
