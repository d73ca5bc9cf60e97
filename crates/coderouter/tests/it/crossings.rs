//! Whole answers over every crossing: what a model says arrives as it was said, in the client's dialect.

use crate::ask::{Anthropic, Crossing, OpenAi, Stream, crossings, streams};
use crate::heard::Heard;
use crate::house::house;
use rehearsal::{Mishap, Part, Point, Reply, Stop, ToolCall, Usage};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Something a model says, and what must be heard of it.
struct Row {
    reply: Reply,
    text: &'static str,
    calls: Vec<(&'static str, Value)>,
    /// Why it stopped, in the words of both clients.
    stops: (&'static str, &'static str),
}

fn row(reply: Reply, text: &'static str, stops: (&'static str, &'static str)) -> Row {
    Row { reply, text, calls: Vec::new(), stops }
}

const DONE: (&str, &str) = ("end_turn", "stop");
const WAITS: (&str, &str) = ("tool_use", "tool_calls");
const CUT: (&str, &str) = ("max_tokens", "length");

const ODD: &str = "é\u{1F600}\"\\\n\t\r \u{2028}\u{2029}\u{85}\u{b}\u{7f} </script> data: [DONE]\n\nevent: x";

fn rows() -> Vec<Row> {
    let read = |path: &str| ToolCall::new("Read", &json!({ "file_path": path })).in_pieces(5);
    let write = json!({ "file_path": "/b c", "content": ODD, "deep": { "list": [1, 2.50, null, true] } });
    vec![
        row(Reply::words("Hello from over there."), "Hello from over there.", DONE),
        row(Reply::text(ODD), ODD, DONE),
        row(Reply::words("Too long to").stop(Stop::MaxTokens), "Too long to", CUT),
        Row {
            calls: vec![("Read", json!({ "file_path": "/a" }))],
            ..row(Reply::words("I look.").part(read("/a")), "I look.", WAITS)
        },
        Row {
            calls: vec![("Read", json!({ "file_path": "/a" })), ("Write", write.clone())],
            ..row(
                Reply::empty().part(read("/a")).part(ToolCall::new("Write", &write).in_pieces(7)),
                "",
                WAITS,
            )
        },
        Row {
            calls: vec![("Read", json!({}))],
            ..row(Reply::empty().part(ToolCall::raw("Read", "{}")), "", WAITS)
        },
    ]
}

async fn ask(crossing: Crossing, reply: Reply) -> Heard {
    let house = house().provider("first", crossing.backend, reply).open().await;
    house.ask(&crossing.ask().tools()).await
}

fn word<'a>(crossing: Crossing, words: (&'a str, &'a str)) -> &'a str {
    if crossing.client == Anthropic { words.0 } else { words.1 }
}

#[tokio::test]
async fn what_is_said_arrives() {
    for crossing in crossings() {
        for row in rows() {
            let heard = ask(crossing, row.reply.clone()).await;
            let said = &heard.said;
            let calls: Vec<_> = said.calls.iter().map(|call| (call.name.as_str(), call.input())).collect();
            assert_eq!((heard.status(), &heard.failure), (200, &None), "{crossing:?}");
            assert_eq!((said.text.as_str(), calls), (row.text, row.calls), "{crossing:?}");
            assert_eq!(said.stop, word(crossing, row.stops), "{crossing:?} {:?}", row.reply.stop);
        }
    }
}

#[tokio::test]
async fn headers_say_who_answered() {
    let mut ids = HashSet::new();
    for crossing in crossings() {
        let heard = ask(crossing, Reply::text("Hello.")).await;
        assert_eq!(heard.header("x-coderouter-provider"), "first", "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-profile"), "main", "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-model"), "first-model", "{crossing:?}");
        assert!(ids.insert(heard.header("x-request-id").to_owned()), "{crossing:?}");
        for name in ["from", "to", "reason", "chain"] {
            assert_eq!(heard.header(&format!("x-coderouter-fallback-{name}")), "", "{crossing:?}");
        }
        let kind = if crossing.form == Stream { "text/event-stream" } else { "application/json" };
        assert!(heard.header("content-type").starts_with(kind), "{crossing:?}");
    }
}

#[tokio::test]
async fn tokens_are_counted_in_the_clients_way() {
    let usage = Usage { input: 200, cached: 15_000, cache_written: 800, output: 12, reasoning: 5 };
    for crossing in crossings() {
        let heard = ask(crossing, Reply::text("Hello.").usage(usage)).await;
        let (said, counts) = (&heard.said, &heard.said.usage);
        // What a backend of the chat dialect has written to its cache stands among its prompt tokens.
        let (input, written) =
            if crossing.backend == Anthropic { (200, json!(800)) } else { (1_000, json!(0)) };
        if crossing.client == Anthropic {
            assert_eq!(counts["input_tokens"], input, "{crossing:?} {counts}");
            assert_eq!(counts["cache_read_input_tokens"], 15_000, "{crossing:?} {counts}");
            assert_eq!(counts["output_tokens"], 12, "{crossing:?} {counts}");
            let told = counts.get("cache_creation_input_tokens").cloned().unwrap_or(json!(0));
            assert_eq!(told, written, "{crossing:?} {counts}");
            assert!(said.first_usage["input_tokens"].as_u64() > Some(0), "{crossing:?} {}", said.first_usage);
        } else {
            assert_eq!(counts["prompt_tokens"], 16_000, "{crossing:?} {counts}");
            assert_eq!(counts["completion_tokens"], 12, "{crossing:?} {counts}");
            assert_eq!(counts["prompt_tokens_details"]["cached_tokens"], 15_000, "{crossing:?} {counts}");
        }
    }
}

#[tokio::test]
async fn a_chat_client_gets_counts_only_where_it_asks() {
    for crossing in streams().filter(|crossing| crossing.client == OpenAi) {
        let house = house().provider("first", crossing.backend, Reply::text("Hello.")).open().await;
        for options in [Value::Null, json!({}), json!({ "include_usage": false })] {
            let ask = crossing.ask().with("stream_options", options.clone());
            let ask = if options.is_null() { ask.without("stream_options") } else { ask };
            let heard = house.ask(&ask).await;
            assert_eq!((heard.said.text.as_str(), &heard.said.usage), ("Hello.", &Value::Null), "{options}");
        }
    }
}

#[tokio::test]
async fn thinking_arrives_where_the_dialect_has_a_place_for_it() {
    let reply = || Reply::empty().part(Part::thinking("Hm, well.", "c2lnbmVk")).part(Part::text("Yes."));
    for crossing in crossings() {
        let passing = "capabilities: {thinking: true, reasoning_passthrough: true}";
        let house = house().provider_with("first", crossing.backend, reply(), passing).open().await;
        let said = house.ask(&crossing.ask()).await.said;
        assert_eq!(said.text, "Yes.", "{crossing:?}");
        if crossing.client == Anthropic {
            assert_eq!(said.thinking, "Hm, well.", "{crossing:?}");
            let signed = if crossing.backend == Anthropic { "c2lnbmVk" } else { "" };
            assert_eq!(said.signature, signed, "a signature is never made up: {crossing:?}");
        } else if crossing.backend == OpenAi {
            assert_eq!(said.thinking, "Hm, well.", "{crossing:?}");
        }
    }
}

/// Chat backends think aloud in fields that are no standard.
#[tokio::test]
async fn thinking_nobody_asked_for_is_kept_back() {
    let reply = || Reply::empty().part(Part::unsigned_thinking("Hm, well.")).part(Part::text("Yes."));
    for crossing in crossings().filter(|crossing| crossing.backend == OpenAi) {
        let house = house().provider("first", crossing.backend, reply()).open().await;
        let said = house.ask(&crossing.ask()).await.said;
        assert_eq!((said.text.as_str(), said.thinking.as_str()), ("Yes.", ""), "{crossing:?}");
        let said = house.ask(&crossing.ask().thinking()).await.said;
        assert_eq!((said.text.as_str(), said.thinking.as_str()), ("Yes.", "Hm, well."), "{crossing:?}");
    }
}

#[tokio::test]
async fn a_refusal_stays_one() {
    for crossing in crossings() {
        let refused = Reply::empty().part(Part::Refusal("I can't help.".to_owned()));
        let said = ask(crossing, refused).await.said;
        assert_eq!(format!("{}{}", said.text, said.refusal), "I can't help.", "{crossing:?}");
        let filtered = ask(crossing, Reply::text("So far.").stop(Stop::Refusal)).await.said;
        assert_eq!(filtered.stop, word(crossing, ("refusal", "content_filter")), "{crossing:?}");
        if crossing.client == Anthropic {
            assert_eq!(said.stop, "refusal", "{crossing:?}");
        }
    }
}

#[tokio::test]
async fn unknown_reasons_of_chat_backends_become_known() {
    for crossing in crossings().filter(|crossing| crossing.backend == OpenAi) {
        let heard = ask(crossing, Reply::text("What").stop(Stop::Other("eos".to_owned()))).await;
        assert_eq!(heard.said.stop, word(crossing, DONE), "{crossing:?}");
    }
}

#[tokio::test]
async fn reasons_that_one_dialect_alone_has_become_its_nearest() {
    let rows = [
        (Stop::StopSequence("END".to_owned()), "stop_sequence", "stop"),
        (Stop::PauseTurn, "pause_turn", "stop"),
        (Stop::ContextWindow, "model_context_window_exceeded", "length"),
        // Agents that know their maker's newest words get them; chat clients break on words they don't know.
        (Stop::Other("rehearsed_reason".to_owned()), "rehearsed_reason", "stop"),
    ];
    for crossing in crossings().filter(|crossing| crossing.backend == Anthropic) {
        for (stop, native, chat) in &rows {
            let heard = ask(crossing, Reply::text("So far.").stop(stop.clone())).await;
            assert_eq!(heard.said.stop, word(crossing, (native, chat)), "{crossing:?}");
            let names_it = heard.body().contains("END");
            let must = crossing.client == Anthropic && matches!(stop, Stop::StopSequence(_));
            assert_eq!(names_it, must, "{crossing:?} {stop:?}");
        }
    }
}

/// Words and arguments go on as they come: what was said before a backend stops talking is with the client.
#[tokio::test]
async fn streams_stream() {
    for crossing in streams() {
        let call = ToolCall::raw("Write", r#"{"file_path":"/a","content":"early late"}"#).in_pieces(8);
        let reply = Reply::words("One two ").part(call);
        // Behind the words come the pieces of the call; the sixth piece would hold "late".
        let early = reply.answer().fails(Point::Contents(6), Mishap::Hang);
        let house = house().provider("first", crossing.backend, early).open().await;
        let mut line = house.connect().await;
        line.send(crossing.ask().tools().raw(&house)).await;
        let head = line.head().await.expect("a head");
        assert_eq!(head.status, 200, "{crossing:?}");
        let body = line.body_until("nt").await;
        let body = String::from_utf8(body).expect("UTF-8");
        assert!(
            body.contains("One") && body.contains("two") && body.contains("Write"),
            "{crossing:?} {body}"
        );
        assert!(!body.contains("late"), "{crossing:?} {body}");
    }
}

#[tokio::test]
async fn arguments_stay_in_pieces() {
    for crossing in streams() {
        let call = ToolCall::new("Read", &json!({ "file_path": "/a/long/path/of/many/pieces" })).in_pieces(4);
        let pieces = call.arguments.len();
        let said = ask(crossing, Reply::empty().part(call)).await.said;
        assert!(said.calls[0].pieces >= pieces, "{crossing:?}: {} of {pieces}", said.calls[0].pieces);
    }
}

#[tokio::test]
async fn connections_and_backends_are_kept_for_the_next_request() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, Reply::text("Hello.")).open().await;
        let mut line = house.connect().await;
        for _ in 0..3 {
            line.send(crossing.ask().raw(&house)).await;
            let heard = Heard::read(&crossing.ask(), line.answer().await.expect("an answer"));
            assert_eq!(heard.said.text, "Hello.", "{crossing:?}");
        }
        assert_eq!(house.backend("first").accepted_connections(), 1, "{crossing:?}");
    }
}
