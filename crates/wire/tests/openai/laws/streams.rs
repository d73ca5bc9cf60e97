//! Whatever a backend sends, its deltas are legal, the cuts of its bytes don't matter, and a client that is handed
//! some frames as they came reads the same answer.

use crate::grammar;
use crate::streams::voice;
use bytes::Bytes;
use canon::delta::{Block, Delta, Order};
use canon::dialect::Dialect;
use canon::reply::{Collector, Reply};
use proptest::prelude::*;
use wire::codec::{Ending, Seen, Voice};
use wire::openai::{Decoder, Encoder, decode_reply};
use wire::sse::{Frame, Splitter};

fn field(name: &'static str, value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    proptest::option::of(value)
        .prop_map(move |value| value.map_or(String::new(), |value| format!("\"{name}\":{value},")))
}

fn object(fields: &str) -> String {
    format!("{{{}}}", fields.trim_end_matches(','))
}

fn call() -> impl Strategy<Value = String> {
    let arguments = prop::sample::select(vec![
        "\"\"",
        "\"{\"",
        "\"}\"",
        "\"{}\"",
        r#""{\"x\":1}""#,
        r#""\"x\":""#,
        r#""[2]""#,
        "{\"y\":1}",
        "null",
    ]);
    let function = (
        field("name", prop::sample::select(vec!["\"f\"", "\"g\"", "\"\""]).prop_map(str::to_owned)),
        field("arguments", arguments.prop_map(str::to_owned)),
    );
    let function = function.prop_map(|(name, arguments)| object(&(name + &arguments)));
    (
        field("index", (0..3u8).prop_map(|n| n.to_string())),
        field("id", "\"[abc]\""),
        field("function", function),
    )
        .prop_map(|(index, id, function)| object(&(index + &id + &function)))
}

fn delta() -> impl Strategy<Value = String> {
    let text = || {
        prop::sample::select(vec!["\"a\"", "\"\"", "\"\\n\"", "null", r#"[{"type":"text","text":"l"}]"#])
            .prop_map(str::to_owned)
    };
    let calls = prop_oneof![
        4 => proptest::collection::vec(call(), 0..3).prop_map(|calls| format!("[{}]", calls.join(","))),
        1 => Just("null".to_owned()),
    ];
    (
        prop_oneof![3 => Just(""), 1 => Just(r#""role":"assistant","#)],
        field("content", text()),
        proptest::option::weighted(0.2, field("reasoning_content", text())),
        proptest::option::weighted(0.1, field("refusal", text())),
        field("tool_calls", calls),
    )
        .prop_map(|(role, content, thinking, refusal, calls)| {
            let (thinking, refusal) = (thinking.unwrap_or_default(), refusal.unwrap_or_default());
            object(&[role, &content, &thinking, &refusal, &calls].concat())
        })
}

/// The data of one frame, in form or not.
fn data() -> impl Strategy<Value = String> {
    let reasons = vec![
        "null",
        "null",
        "null",
        "null",
        "null",
        "\"stop\"",
        "\"tool_calls\"",
        "\"length\"",
        "\"odd\"",
        "\"\"",
    ];
    let finish = prop::sample::select(reasons);
    let head = prop_oneof![4 => Just(r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","#), 1 => Just("")];
    let usage = prop::sample::select(vec![
        "",
        "",
        "",
        r#","usage":{"prompt_tokens":3,"completion_tokens":1}"#,
        ",\"usage\":null",
    ]);
    let chunk = (head, delta(), finish, usage).prop_map(|(head, delta, finish, usage)| {
        format!(r#"{{{head}"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]{usage}}}"#)
    });
    let odd = prop::sample::select(vec![
        "null",
        "[]",
        "{",
        "{}",
        "[DONE]",
        r#"{"choices":null}"#,
        r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"#,
    ]);
    prop_oneof![12 => chunk, 1 => odd.prop_map(str::to_owned)]
}

fn stream() -> impl Strategy<Value = String> {
    let frame = (data(), prop_oneof![9 => Just("\n"), 1 => Just("\r\n")]);
    proptest::collection::vec(frame, 0..16)
        .prop_map(|frames| frames.iter().map(|(data, end)| format!("data: {data}{end}{end}")).collect())
}

/// Any bytes that look a little like a stream.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "data: ",
        "{\"choices\":[{\"delta\":{\"content\":\"",
        "\"}}]}",
        "\n\n",
        "[DONE]",
        "\\u",
        "\\",
        "é",
    ]);
    let piece = prop_oneof![3 => word.prop_map(|word| word.as_bytes().to_vec()), 1 => proptest::collection::vec(any::<u8>(), 0..4)];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn split(pieces: &[&[u8]]) -> Vec<Frame> {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(Bytes::copy_from_slice(piece), &mut frames).unwrap();
    }
    splitter.finish(&mut frames);
    frames
}

/// All deltas of a stream and its ending; faults end it.
fn decode(frames: &[Frame]) -> (Vec<Delta>, Option<Ending>) {
    let (mut decoder, mut deltas) = (Decoder::new(), Vec::new());
    for frame in frames {
        if decoder.frame(frame, &mut deltas).is_err() {
            return (deltas, None);
        }
    }
    let ending = decoder.finish(&mut deltas);
    let told = deltas.len();
    assert_eq!(decoder.finish(&mut deltas), ending);
    assert_eq!(deltas.len(), told);
    (deltas, Some(ending))
}

fn is_legal(deltas: &[Delta], ending: Option<Ending>) -> Result<(), String> {
    let mut order = Order::default();
    for delta in deltas {
        order.check(delta).map_err(|disorder| disorder.to_string())?;
    }
    let wanted = ending == Some(Ending::Complete);
    if ending.is_some() && order.is_ended() != wanted {
        Err(format!("{ending:?} {deltas:?}"))
    } else {
        Ok(())
    }
}

fn collect(deltas: &[Delta]) -> Reply {
    let mut collector = Collector::default();
    deltas.iter().for_each(|delta| collector.push(delta));
    collector.finish()
}

/// What a client of this dialect can tell of an answer: texts of one kind in a row are one text to it.
fn told(reply: &Reply) -> Vec<String> {
    let mut told: Vec<(Block, String)> = Vec::new();
    for block in &reply.blocks {
        let is_call = matches!(block.block, Block::Call { .. });
        let body = if is_call && block.body.is_empty() { "{}".into() } else { block.body.read() };
        match told.last_mut().filter(|(last, _)| !is_call && *last == block.block) {
            Some((_, text)) => text.push_str(&body),
            None => told.push((block.block.clone(), body.into_owned())),
        }
    }
    told.iter().map(|block| format!("{block:?}")).collect()
}

/// The stream a client gets: frames as they came where they may be and `relay` says so, the others written anew; an
/// end is made where the backend sent none.
fn relayed(frames: &[Frame], opens: bool, relay: &[bool]) -> Vec<u8> {
    let (mut decoder, mut encoder) = (Decoder::new(), Encoder::new(Voice { model: "m".into(), ..voice() }));
    let (mut out, mut deltas) = (Vec::new(), Vec::new());
    if opens {
        encoder.open(&mut out);
    }
    encoder.answering(Dialect::OpenAi);
    for (frame, relay) in frames.iter().zip(relay.iter().cycle()) {
        let seen = decoder.frame(frame, &mut deltas).unwrap();
        let relays = *relay && encoder.follows(&seen, &deltas);
        if relays {
            out.extend_from_slice(&frame.bytes);
        }
        for delta in deltas.drain(..) {
            if relays { encoder.observe(&delta) } else { encoder.push(&delta, &mut out) }
        }
    }
    decoder.finish(&mut deltas);
    deltas.iter().for_each(|delta| encoder.push(delta, &mut out));
    encoder.surface(&mut out);
    out
}

/// The insides of strings, some of which end the string early and go on as other fields.
fn inside() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "",
        "é\u{2028}",
        r"\n",
        r#"\""#,
        r"\ud83d\ude00",
        r"\ud83d",
        r"\",
        "\u{1}",
        r#"a","refusal":"b"#,
        r#"a"},"finish_reason":"stop"}],"x":[{"y":{"z":""#,
        r#"{\"x\":"#,
        "1}",
    ])
}

/// Chunks that differ in one string, each with `blanks` in front.
fn alike(fields: &[(&str, &str)], blanks: impl Fn(usize) -> usize) -> String {
    let frame = |(number, (field, inside)): (usize, &(&str, &str))| {
        let delta = match *field {
            "arguments" => format!(r#"{{"tool_calls":[{{"index":0,"function":{{"arguments":"{inside}"}}}}]}}"#),
            "call" => r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#.to_owned(),
            field => format!(r#"{{"{field}":"{inside}"}}"#),
        };
        let blanks = " ".repeat(blanks(number));
        format!(
            "data: {{{blanks}\"id\":\"c-1\",\"object\":\"o\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":null}}]}}\n\n"
        )
    };
    fields.iter().enumerate().map(frame).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn deltas_are_legal(stream in stream()) {
        let (deltas, ending) = decode(&split(&[stream.as_bytes()]));
        prop_assert_eq!(is_legal(&deltas, ending), Ok(()));
    }

    #[test]
    fn any_bytes_are_borne(stream in noise()) {
        let (deltas, ending) = decode(&split(&[&stream]));
        prop_assert_eq!(is_legal(&deltas, ending), Ok(()));
        let _ = decode_reply(&Bytes::from(stream), &mut Vec::new());
    }

    #[test]
    fn cuts_change_nothing(stream in stream(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        let bytes = stream.as_bytes();
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(decode(&split(&pieces)), decode(&split(&[bytes])));
    }

    #[test]
    fn alikeness_changes_nothing(
        fields in proptest::collection::vec((prop::sample::select(vec!["content", "content", "reasoning_content", "refusal", "call", "arguments", "arguments"]), inside()), 0..12),
    ) {
        let (mut alike_deltas, mut unlike_deltas) = (Vec::new(), Vec::new());
        let (mut first, mut second) = (Decoder::new(), Decoder::new());
        let unlike = alike(&fields, |number| number + 1);
        for (one, other) in split(&[alike(&fields, |_| 0).as_bytes()]).iter().zip(&split(&[unlike.as_bytes()])) {
            let seen = first.frame(one, &mut alike_deltas);
            let unlike_seen = second.frame(other, &mut unlike_deltas);
            let place = |seen: &Seen, frame: &Frame| seen.model.clone().map(|place| frame.bytes.slice(place));
            let told = |seen: &Seen, frame: &Frame| (place(seen, frame), seen.relayable, seen.block, seen.unreadable);
            prop_assert_eq!(seen.map(|seen| told(&seen, one)), unlike_seen.map(|seen| told(&seen, other)));
            prop_assert_eq!(&alike_deltas, &unlike_deltas);
        }
    }

    #[test]
    fn a_relayed_stream_says_the_same(stream in stream(), opens in any::<bool>(), relay in proptest::collection::vec(prop::bool::weighted(0.8), 1..8)) {
        let frames = split(&[stream.as_bytes()]);
        let (deltas, ending) = decode(&frames);
        let out = relayed(&frames, opens, &relay);
        let shown = String::from_utf8_lossy(&out).into_owned();
        let (again, ended) = decode(&split(&[&out]));
        prop_assert_eq!(ended, Some(Ending::Complete), "{}", shown);
        if ending == Some(Ending::Complete) {
            prop_assert_eq!(told(&collect(&deltas)), told(&collect(&again)), "{}", shown);
        }
        prop_assert_eq!(grammar::check(&out), Ok(()), "{}", shown);
        prop_assert!(shown.ends_with("data: [DONE]\n\n"));
    }
}
