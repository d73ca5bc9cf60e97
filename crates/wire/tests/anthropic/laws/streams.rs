//! Whatever frames come in, the deltas are legal, and so is every mixture of frames relayed and deltas written anew.

use crate::grammar;
use crate::streams::voice;
use bytes::Bytes;
use canon::delta::{Block, Delta, Order};
use canon::dialect::Dialect;
use canon::reply::{Collector, Reply};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::anthropic::{Decoder, Encoder};
use wire::codec::Ending;
use wire::sse::{Frame, Splitter};

/// One event, named rightly or not, in one of several forms.
fn event() -> impl Strategy<Value = String> {
    let text = "[a\"\\\\\n{}é\u{2028}]{0,4}";
    let index =
        prop_oneof![3 => Just(json!(0)), 3 => Just(json!(1)), 1 => Just(json!(2)), 1 => Just(json!(null))];
    let block = prop_oneof![
        3 => Just(json!({"type": "text", "text": ""})),
        1 => text.prop_map(|text| json!({"type": "text", "text": text, "citations": [{"x": 1}]})),
        2 => Just(json!({"type": "thinking", "thinking": "", "signature": ""})),
        1 => text.prop_map(|text| json!({"type": "thinking", "thinking": text})),
        1 => Just(json!({"type": "redacted_thinking", "data": "x"})),
        2 => "[ab]{0,1}".prop_map(|id| json!({"type": "tool_use", "id": id, "name": "f", "input": {}})),
        1 => "[ab]".prop_map(|id| json!({"type": "tool_use", "id": id, "name": "f", "input": {"whole": [1]}})),
        1 => Just(json!({"type": "tool_use", "id": null, "input": "{\"a\":1}"})),
        1 => Just(json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})),
        1 => Just(json!("no block")),
    ];
    let delta = prop_oneof![
        4 => text.prop_map(|text| json!({"type": "text_delta", "text": text})),
        2 => text.prop_map(|text| json!({"type": "thinking_delta", "thinking": text})),
        1 => Just(json!({"type": "signature_delta", "signature": "s"})),
        3 => text.prop_map(|text| json!({"type": "input_json_delta", "partial_json": text})),
        1 => Just(json!({"type": "citations_delta", "citation": {"x": [1.50]}})),
        1 => Just(json!({"type": "novel_delta", "text": 7})),
        1 => Just(json!(null)),
    ];
    let usage =
        json!({"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 1, "service_tier": "x"});
    let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage});
    let reason = prop::sample::select(vec!["end_turn", "tool_use", "max_tokens", "odd", ""]);
    let told = prop_oneof![
        3 => Just(json!({"type": "message_start", "message": message})),
        1 => Just(json!({"type": "message_start", "message": {"usage": null}})),
        8 => (index.clone(), block).prop_map(|(index, block)| json!({"type": "content_block_start", "index": index, "content_block": block})),
        12 => (index.clone(), delta).prop_map(|(index, delta)| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        8 => index.prop_map(|index| json!({"type": "content_block_stop", "index": index})),
        2 => (reason, prop::sample::select(vec![json!(null), usage])).prop_map(|(reason, usage)| {
            let reason = Some(reason).filter(|reason| !reason.is_empty());
            json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": usage})
        }),
        2 => Just(json!({"type": "message_stop"})),
        1 => Just(json!({"type": "ping"})),
        1 => Just(json!({"type": "novel", "x": 1})),
        1 => Just(json!({"no": "type"})),
        1 => Just(json!([1])),
    ];
    (told, 0..12u8).prop_map(|(told, form)| frame(&told, form))
}

fn frame(told: &Value, form: u8) -> String {
    let kind = told["type"].as_str().unwrap_or("none");
    match form {
        0 => format!("data: {told}\n\n"),
        1 => format!("event: {kind}\r\ndata: {told}\r\n\r\n"),
        2 => format!(": comment\nevent: {kind}\ndata:{told}\n\n"),
        3 => format!("event: {kind}\ndata: {}\n\n", &told.to_string()[1..]),
        4 => format!("event: {kind}\ndata: {}\n\n", told.to_string().replace('a', "\\ud83d")),
        _ => format!("event: {kind}\ndata: {told}\n\n"),
    }
}

/// A stream of these events that comes to an end.
fn ended(events: &[String]) -> String {
    let told = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}});
    events.concat() + &frame(&told, 5) + &frame(&json!({"type": "message_stop"}), 5)
}

fn split(pieces: &[&[u8]]) -> Vec<Frame> {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(Bytes::copy_from_slice(piece), &mut frames).unwrap();
    }
    splitter.finish(&mut frames);
    frames
}

fn decode(frames: &[Frame]) -> (Vec<Delta>, Ending) {
    let (mut decoder, mut deltas) = (Decoder::new(), Vec::new());
    for frame in frames {
        decoder.frame(frame, &mut deltas).unwrap();
    }
    let ending = decoder.finish(&mut deltas);
    let length = deltas.len();
    assert_eq!((decoder.finish(&mut deltas), deltas.len()), (ending, length));
    (deltas, ending)
}

fn collect(deltas: &[Delta]) -> Reply {
    let mut collector = Collector::default();
    deltas.iter().for_each(|delta| collector.push(delta));
    collector.finish()
}

/// What an agent acts on: blocks with their bodies, and the reason.
fn gist(reply: &Reply) -> String {
    let blocks: Vec<String> = reply
        .blocks
        .iter()
        .map(|block| format!("{:?} {:?} {:?} {:?}", block.block, block.body, block.signature, block.opaque))
        .collect();
    format!("{} {:?}", blocks.join("\n"), reply.finish.as_ref().map(|finish| &finish.reason))
}

proptest! {
    #[test]
    fn cuts_change_nothing(events in proptest::collection::vec(event(), 0..20), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let stream = events.concat();
        let bytes = stream.as_bytes();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decode(&split(&pieces)), decode(&split(&[bytes])));
    }

    #[test]
    fn deltas_are_legal(events in proptest::collection::vec(event(), 0..40)) {
        let (deltas, ending) = decode(&split(&[events.concat().as_bytes()]));
        let mut order = Order::default();
        for delta in &deltas {
            prop_assert_eq!(order.check(delta), Ok(()), "{:?}", deltas);
        }
        prop_assert_eq!(order.is_ended(), ending == Ending::Complete);
        prop_assert!(ending != Ending::Nothing || deltas.is_empty());
    }

    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        decode(&split(&[b"data: {\"type\":\"content_block_delta\",\"delta\":", &bytes, b"\n\ndata: ", &bytes]));
    }

    #[test]
    fn what_is_written_is_read_as_the_same(events in proptest::collection::vec(event(), 0..40)) {
        let (deltas, ending) = decode(&split(&[ended(&events).as_bytes()]));
        prop_assert_eq!(ending, Ending::Complete);
        let (mut encoder, mut out) = (Encoder::new(voice()), Vec::new());
        encoder.answering(Dialect::Anthropic);
        deltas.iter().for_each(|delta| encoder.push(delta, &mut out));
        prop_assert_eq!(grammar::check(&out), Ok(()));
        let frames = split(&[&out]);
        let mut decoder = Decoder::new();
        for frame in &frames {
            prop_assert!(decoder.frame(frame, &mut Vec::new()).unwrap().relayable, "{:?}", frame);
        }
        let again = collect(&decode(&frames).0);
        let mut reply = collect(&deltas);
        // Ids that were missing or came twice are made up, and the reason follows from the blocks.
        for (new, old) in again.blocks.iter().zip(&mut reply.blocks) {
            if matches!((&new.block, &old.block), (Block::Call { .. }, Block::Call { .. })) {
                old.block = new.block.clone();
            }
        }
        reply.finish.as_mut().unwrap().reason = again.finish.as_ref().unwrap().reason.clone();
        prop_assert_eq!(gist(&again), gist(&reply));
    }

    #[test]
    fn relayed_and_written_frames_mix(events in proptest::collection::vec(event(), 0..40), written in proptest::collection::vec(0..4u8, 40), opened in any::<bool>()) {
        let frames = split(&[ended(&events).as_bytes()]);
        let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new(voice()));
        encoder.answering(Dialect::Anthropic);
        let (mut all, mut out) = (Vec::new(), Vec::new());
        if opened {
            encoder.hold(&mut out);
        }
        for (frame, written) in frames.iter().zip(written.iter().cycle()) {
            let mut deltas = Vec::new();
            let seen = decoder.frame(frame, &mut deltas).unwrap();
            if *written > 0 && encoder.follows(&seen, &deltas) {
                out.extend_from_slice(&frame.bytes);
                deltas.iter().for_each(|delta| encoder.observe(delta));
            } else {
                deltas.iter().for_each(|delta| encoder.push(delta, &mut out));
            }
            all.append(&mut deltas);
        }
        let mut last = Vec::new();
        let ending = decoder.finish(&mut last);
        last.iter().for_each(|delta| encoder.push(delta, &mut out));
        prop_assert_eq!(ending, Ending::Complete);
        let stripped = without_novelties(&out);
        prop_assert_eq!(grammar::check(stripped.as_bytes()), Ok(()), "{}", stripped);
        let text = |reply: &Reply| reply.blocks.iter().map(|block| block.body.read().into_owned()).collect::<String>();
        prop_assert_eq!(text(&collect(&decode(&split(&[&out])).0)), text(&collect(&all)));
    }
}

/// The stream without events that the grammar has never heard of, which are relayed as they came, and with all counts.
fn without_novelties(stream: &[u8]) -> String {
    let text = std::str::from_utf8(stream).unwrap();
    let frames = text
        .split_inclusive("\n\n")
        .filter(|frame| !frame.contains("novel") && !frame.contains("event: none"));
    frames.collect::<String>().replace(
        "\"output_tokens\":2,\"service_tier\"",
        "\"output_tokens\":2,\"cache_creation_input_tokens\":0,\"service_tier\"",
    )
}

#[test]
fn splitting_takes_time_in_proportion() {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    let body = Bytes::from(format!("data: {}\ndata: {}\n\n", "x".repeat(200_000), "y".repeat(200_000)));
    for at in 0..body.len() {
        splitter.push(body.slice(at..at + 1), &mut frames).unwrap();
    }
    assert_eq!((frames.len(), frames[0].data.len()), (1, 400_001));
}

#[test]
fn what_has_to_wait_is_bounded() {
    let (mut decoder, mut deltas) = (Decoder::new(), Vec::new());
    let call = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    let mut stream = String::new();
    for index in 0..2 {
        let begun = json!({"type": "content_block_start", "index": index, "content_block": call});
        stream.push_str(&frame(&begun, 5));
    }
    let piece = json!({"type": "input_json_delta", "partial_json": "x".repeat(1 << 20)});
    stream.push_str(&frame(&json!({"type": "content_block_delta", "index": 1, "delta": piece}), 5).repeat(9));
    let refused = split(&[stream.as_bytes()]).iter().any(|frame| decoder.frame(frame, &mut deltas).is_err());
    assert!(refused && deltas.len() == 2);
}
