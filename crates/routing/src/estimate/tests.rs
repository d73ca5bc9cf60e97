//! What counts and how much, as tables.

use super::*;
use crate::fixture;
use bytes::Bytes;
use canon::dialect::Dialect;
use canon::request::{
    Arguments, Call, CallResult, Content, Media, MediaData, Part, PartKind, Role, ToolKind,
};
use proptest::prelude::*;

fn said(kind: PartKind) -> Request {
    let mut request = Request::new(Dialect::Anthropic);
    request.messages.edit().push(fixture::turn(Role::User, Content::Parts(vec![Part::new(kind)])));
    request
}

fn check(kind: PartKind, counted: u64, left_out: u64) {
    let request = said(kind);
    assert_eq!(estimate_tokens(&request, ToolContent::Counted), counted);
    assert_eq!(estimate_tokens(&request, ToolContent::LeftOut), left_out);
}

fn escaped(inside: &'static str) -> Text {
    Text::escaped(Bytes::from_static(inside.as_bytes()))
}

#[test]
fn every_readable_part_counts() {
    let forty = "x".repeat(40);
    check(PartKind::Text(forty.as_str().into()), 10, 10);
    check(PartKind::Thinking(forty.as_str().into()), 10, 0);
    check(PartKind::Redacted(forty.as_str().into()), 0, 0);
    let arguments = Arguments::Value(Json::fixed(r#"{"path":"a"}"#));
    check(PartKind::Call(Call { id: "1".into(), name: "Read".into(), arguments }), 4, 0);
    let content = Content::Text(forty.as_str().into());
    let result = CallResult { call_id: "1".into(), name: None, content, is_error: None };
    check(PartKind::CallResult(result), 10, 0);
    let data = MediaData::Plain(forty.as_str().into());
    check(PartKind::Document(Media { data, name: None, extra: canon::extra::Extra::default() }), 10, 10);
}

#[test]
fn escapes_count_as_what_they_stand_for() {
    check(PartKind::Text(escaped(r"\n\n\n\n\n\n\n\n")), 2, 2);
    check(PartKind::Text(escaped(r"\u4e2d\u6587")), 2, 2);
    check(PartKind::Text(escaped(r"\\u4e2d\\u6587")), 3, 3);
    check(PartKind::Text("中文 한국 ".into()), 4, 4);
    check(PartKind::Text("ä".into()), 1, 1);
    check(PartKind::Text("".into()), 0, 0);
}

#[test]
fn tools_and_system_texts_count() {
    let mut request = fixture::request(Dialect::Anthropic, &["12345678", "12345678"], &[]);
    assert_eq!(estimate_tokens(&request, ToolContent::LeftOut), 4);
    let mut tool = fixture::tool("12345", ToolKind::Function);
    tool.edit();
    request.tools.edit().push(tool);
    // 5 of its name, 11 of its description and 2 of its schema.
    assert_eq!(estimate_tokens(&request, ToolContent::LeftOut), (16 + 18) / 4);
    assert_eq!(estimate_text("12345678"), 2);
}

proptest! {
    #[test]
    fn text_is_never_nothing_and_more_is_never_less(text in ".{1,80}", more in ".{0,20}") {
        let one = estimate_text(&text);
        prop_assert!(one >= 1);
        prop_assert!(estimate_text(&(text.clone() + &more)) >= one);
        prop_assert!(one <= text.chars().count() as u64);
    }

    #[test]
    fn any_bytes_can_be_weighed(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let length = bytes.len() as u64;
        let text = PartKind::Text(Text::escaped(bytes.into()));
        prop_assert!(estimate_tokens(&said(text), ToolContent::Counted) <= length);
    }
}
