//! Shortens large tool results: their beginning and their end stay, a note tells what is gone.

use canon::request::{Content, Message, Part, PartKind};
use canon::text::Text;

/// Texts of results up to this many characters stay whole. Far above what a shortened text has, so that nothing
/// is shortened twice.
const LARGE: usize = 2_000;

/// The characters kept at the beginning.
const HEAD: usize = 800;

/// The characters kept at the end.
const TAIL: usize = 400;

/// A turn with its large results shortened; none where there is no large one.
pub(super) fn shortened(turn: &Message) -> Option<Message> {
    if large_results(turn) == 0 {
        return None;
    }
    let mut turn = turn.clone();
    for part in turn.content.parts_mut() {
        if let PartKind::CallResult(result) = &mut part.kind {
            each_text(&mut result.content, |text| {
                if let Some(short) = shorten(text) {
                    *text = short;
                }
            });
        }
    }
    Some(turn)
}

/// How many results of a turn are large.
pub(super) fn large_results(turn: &Message) -> usize {
    let Content::Parts(parts) = &turn.content else { return 0 };
    parts.iter().filter(|part| is_large_result(part)).count()
}

fn is_large_result(part: &Part) -> bool {
    let PartKind::CallResult(result) = &part.kind else { return false };
    match &result.content {
        Content::Absent => false,
        Content::Text(text) => is_large(text),
        Content::Parts(parts) => {
            parts.iter().any(|part| matches!(&part.kind, PartKind::Text(text) if is_large(text)))
        }
    }
}

/// Whether a text has more than [`LARGE`] characters; most have fewer bytes, and nobody has to count.
fn is_large(text: &Text) -> bool {
    text.stored_len() > LARGE && text.read().chars().nth(LARGE).is_some()
}

fn each_text(content: &mut Content, mut change: impl FnMut(&mut Text)) {
    match content {
        Content::Absent => {}
        Content::Text(text) => change(text),
        Content::Parts(parts) => {
            for part in parts {
                if let PartKind::Text(text) = &mut part.kind {
                    change(text);
                }
            }
        }
    }
}

fn shorten(text: &Text) -> Option<Text> {
    if !is_large(text) {
        return None;
    }
    let text = text.read();
    let left_out = text.chars().count() - HEAD - TAIL;
    let (head, _) = text.char_indices().nth(HEAD)?;
    let (tail, _) = text.char_indices().nth_back(TAIL - 1)?;
    let note = format!("[earlier tool result shortened: {left_out} characters left out]");
    Some(Text::plain(format!("{}\n{note}\n{}", &text[..head], &text[tail..])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn ends_stay_and_what_is_gone_is_told() {
        let long = format!("{}{}{}", "h".repeat(HEAD), "中".repeat(5_000), "t".repeat(TAIL));
        let short = shorten(&long.as_str().into()).unwrap().to_string();
        let note = "\n[earlier tool result shortened: 5000 characters left out]\n";
        assert_eq!(short, format!("{}{note}{}", "h".repeat(HEAD), "t".repeat(TAIL)));
        assert_eq!(shorten(&short.as_str().into()), None);
    }

    #[test]
    fn what_is_meant_is_counted() {
        let escaped = |times| Text::escaped(Bytes::from(r"\u4e2d".repeat(times)));
        assert_eq!(shorten(&escaped(LARGE)), None);
        let short = shorten(&escaped(LARGE + 1)).unwrap();
        assert!(short.read().starts_with("中中") && short.read().ends_with("中中"));
    }
}
