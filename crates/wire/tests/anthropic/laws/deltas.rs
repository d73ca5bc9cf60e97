//! Whatever deltas the encoder is given, what it writes is legal.

use crate::grammar;
use crate::streams::voice;
use canon::delta::{Block, Delta, Finish, Head, StopReason};
use canon::dialect::Dialect;
use canon::fault::{Fault, FaultKind};
use canon::reply::Collector;
use canon::text::Json;
use canon::usage::Usage;
use proptest::prelude::*;
use wire::anthropic::{Encoder, encode_reply};

fn delta() -> impl Strategy<Value = Delta> {
    let text = "[a\"\\\\\n\u{2028}é]{0,3}";
    let opaque = Json::fixed("{\"type\":\"server_tool_use\",\n\"input\":{}}");
    let piece = Json::fixed(r#"{"type":"citations_delta","citation":{}}"#);
    let block = prop_oneof![
        Just(Block::Text),
        Just(Block::Refusal),
        Just(Block::Thinking),
        Just(Block::Redacted("x".into())),
        Just(Block::Opaque(opaque)),
        "[a-z]{0,2}".prop_map(|id| Block::Call { id: id.into(), name: "f".into(), signature: None }),
    ];
    let reason = prop_oneof![
        Just(StopReason::EndTurn),
        Just(StopReason::Calls),
        Just(StopReason::MaxOutput),
        Just(StopReason::StopSequence),
        Just(StopReason::Refusal),
        Just(StopReason::Pause),
        Just(StopReason::Other(Some("odd".into()))),
        Just(StopReason::Other(None)),
    ];
    let usage = |(input, output)| Delta::Usage(Box::new(Usage { input, output, ..Usage::default() }));
    prop_oneof![
        1 => Just(Delta::Start(Box::new(Head { id: Some("chatcmpl-1".into()), ..Head::default() }))),
        4 => block.prop_map(Delta::Open),
        4 => text.prop_map(|text| Delta::Text(text.into())),
        2 => text.prop_map(|text| Delta::Thinking(text.into())),
        3 => text.prop_map(|text| Delta::Arguments(text.into())),
        1 => Just(Delta::Signature("s".into())),
        1 => Just(Delta::Opaque(piece)),
        4 => Just(Delta::Close),
        1 => reason.prop_map(|reason| Delta::Finish(Box::new(Finish::new(reason)))),
        1 => any::<(Option<u64>, Option<u64>)>().prop_map(usage),
        1 => Just(Delta::End),
    ]
}

/// What may be asked of an encoder between deltas.
#[derive(Clone, Debug)]
enum Ask {
    Push(Delta),
    Open,
    Ping,
    Hold,
    Surface,
    Fail,
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        20 => delta().prop_map(Ask::Push),
        1 => Just(Ask::Open),
        1 => Just(Ask::Ping),
        2 => Just(Ask::Hold),
        1 => Just(Ask::Surface),
        1 => Just(Ask::Fail),
    ]
}

fn dialect(own: bool) -> Dialect {
    if own { Dialect::Anthropic } else { Dialect::OpenAi }
}

proptest! {
    #[test]
    fn streams_are_legal(asks in proptest::collection::vec(ask(), 0..30), own in any::<bool>()) {
        let mut encoder = Encoder::new(voice());
        encoder.answering(dialect(own));
        let mut out = Vec::new();
        for ask in &asks {
            match ask {
                Ask::Push(delta) => encoder.push(delta, &mut out),
                Ask::Open => encoder.open(&mut out),
                Ask::Ping => encoder.ping(&mut out),
                Ask::Hold => encoder.hold(&mut out),
                Ask::Surface => encoder.surface(&mut out),
                Ask::Fail => encoder.fail(&Fault::new(FaultKind::Backend, "b\nc"), &mut out),
            }
        }
        let told = grammar::begin(&out).map(drop);
        prop_assert_eq!(told, Ok(()), "{}", String::from_utf8_lossy(&out));
        encoder.surface(&mut out);
        prop_assert_eq!(grammar::check(&out), Ok(()), "{}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn answers_are_legal(deltas in proptest::collection::vec(delta(), 0..20), own in any::<bool>()) {
        let mut collector = Collector::default();
        deltas.iter().for_each(|delta| collector.push(delta));
        let written = encode_reply(&collector.finish(), &voice(), dialect(own));
        let answer: serde_json::Value = serde_json::from_slice(&written).unwrap();
        let blocks = answer["content"].as_array().unwrap();
        let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
        let mut ids: Vec<_> = calls.map(|call| {
            assert!(call["input"].is_object());
            call["id"].as_str().unwrap()
        }).collect();
        let called = !ids.is_empty();
        let reason = answer["stop_reason"].as_str().unwrap();
        prop_assert!(called || reason != "tool_use");
        prop_assert!(!called || reason != "end_turn");
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), count);
        prop_assert!(answer["stop_sequence"].is_null() && answer["usage"]["output_tokens"].is_u64());
    }
}

#[test]
fn waiting_goes_on_in_the_block_of_the_first_text() {
    let (mut encoder, mut out) = (Encoder::new(voice()), Vec::new());
    encoder.hold(&mut out);
    encoder.hold(&mut out);
    for delta in [Delta::Open(Block::Text), Delta::Text("a".into()), Delta::Close] {
        encoder.push(&delta, &mut out);
    }
    encoder.surface(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.matches("content_block_start\n").count(), 1);
    assert_eq!(text.matches(r#""text":"""#).count(), 3);
    assert!(text.contains(r#""stop_reason":"max_tokens""#) && text.contains(r#""input_tokens":7"#), "{text}");
}

#[test]
fn a_surfaced_answer_keeps_its_half_call_and_says_it_was_cut() {
    let (mut encoder, mut out) = (Encoder::new(voice()), Vec::new());
    encoder.push(&Delta::Open(Block::Call { id: "a".into(), name: "f".into(), signature: None }), &mut out);
    encoder.push(&Delta::Arguments("{\"x".into()), &mut out);
    encoder.surface(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.contains(r#""stop_reason":"max_tokens""#) && text.contains(r#""output_tokens":1}"#),
        "{text}"
    );
}
