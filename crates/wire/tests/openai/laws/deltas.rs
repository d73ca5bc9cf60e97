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
use wire::openai::{Encoder, encode_reply};

fn delta() -> impl Strategy<Value = Delta> {
    let text = "[a\"\\\\\n\u{2028}é]{0,3}";
    let block = prop_oneof![
        Just(Block::Text),
        Just(Block::Refusal),
        Just(Block::Thinking),
        Just(Block::Redacted("x".into())),
        Just(Block::Opaque(Json::EMPTY_OBJECT)),
        "[a-z]{0,2}".prop_map(|id| Block::Call { id: id.into(), name: "f".into(), signature: None }),
    ];
    let reason = prop_oneof![
        Just(StopReason::EndTurn),
        Just(StopReason::Calls),
        Just(StopReason::MaxOutput),
        Just(StopReason::Refusal),
        Just(StopReason::Pause),
        Just(StopReason::Other(Some("odd".into()))),
    ];
    prop_oneof![
        1 => Just(Delta::Start(Box::new(Head { id: Some("msg_1".into()), ..Head::default() }))),
        4 => block.prop_map(Delta::Open),
        4 => text.prop_map(|text| Delta::Text(text.into())),
        2 => text.prop_map(|text| Delta::Thinking(text.into())),
        3 => text.prop_map(|text| Delta::Arguments(text.into())),
        1 => Just(Delta::Signature("s".into())),
        1 => Just(Delta::Opaque(Json::NULL)),
        4 => Just(Delta::Close),
        1 => reason.prop_map(|reason| Delta::Finish(Box::new(Finish::new(reason)))),
        1 => any::<(Option<u64>, Option<u64>)>().prop_map(|(input, output)| Delta::Usage(Box::new(Usage { input, output, ..Usage::default() }))),
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
        1 => Just(Ask::Hold),
        1 => Just(Ask::Surface),
        1 => Just(Ask::Fail),
    ]
}

proptest! {
    #[test]
    fn streams_are_legal(asks in proptest::collection::vec(ask(), 0..30), own in any::<bool>()) {
        let mut encoder = Encoder::new(voice());
        encoder.answering(if own { Dialect::OpenAi } else { Dialect::Anthropic });
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
        prop_assert_eq!(grammar::check(&out), Ok(()), "{}", String::from_utf8_lossy(&out));
        encoder.surface(&mut out);
        prop_assert_eq!(grammar::check(&out), Ok(()));
        prop_assert!(out.ends_with(b"data: [DONE]\n\n"));
    }

    #[test]
    fn answers_are_legal(deltas in proptest::collection::vec(delta(), 0..20)) {
        let mut collector = Collector::default();
        deltas.iter().for_each(|delta| collector.push(delta));
        let answer: serde_json::Value = serde_json::from_slice(&encode_reply(&collector.finish(), &voice(), Dialect::OpenAi)).unwrap();
        prop_assert!(answer["choices"][0]["finish_reason"].is_string());
        prop_assert!(answer["usage"]["total_tokens"].is_u64());
    }
}

#[test]
fn a_surfaced_answer_keeps_its_half_call_and_says_it_was_cut() {
    let (mut encoder, mut out) = (Encoder::new(voice()), Vec::new());
    encoder.push(&Delta::Open(Block::Call { id: "a".into(), name: "f".into(), signature: None }), &mut out);
    encoder.push(&Delta::Arguments("{\"x".into()), &mut out);
    encoder.surface(&mut out);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("\"finish_reason\":\"length\"") && !text.contains("{}\"}}"), "{text}");
    assert!(text.ends_with("\"completion_tokens\":1,\"total_tokens\":8,\"prompt_tokens_details\":{\"cached_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0}}}\n\ndata: [DONE]\n\n"), "{text}");
}
