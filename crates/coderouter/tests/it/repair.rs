//! Repair on every wire: calls that models write as text, structured calls that are damaged, errors that hold an answer,
//! and texts that are no calls.

use crate::ask::{Ask, Crossing, OpenAi, Plain, Stream, crossings, streams};
use crate::heard::{Call, Heard};
use crate::house::{Part as Script, house};
use rehearsal::{Act, Dialect, Mishap, Part, Point, Reply, Response, Script as Scripted, ToolCall};
use serde_json::json;

/// The same call as families write it.
const WRITTEN: &[(&str, &str)] = &[
    ("hermes", "<tool_call>\n{\"name\": \"Read\", \"arguments\": {\"file_path\": \"/a\"}}\n</tool_call>"),
    (
        "qwen3-coder",
        "<tool_call>\n<function=Read>\n<parameter=file_path>\n/a\n</parameter>\n</function>\n</tool_call>",
    ),
    ("glm-4.5", "<tool_call>Read\n<arg_key>file_path</arg_key>\n<arg_value>/a</arg_value>\n</tool_call>"),
    ("mistral-args", "[TOOL_CALLS]Read[ARGS]{\"file_path\": \"/a\"}"),
    (
        "deepseek-v3.1",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>Read<｜tool▁sep｜>{\"file_path\": \"/a\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "harmony",
        "<|channel|>commentary to=functions.Read <|constrain|>json<|message|>{\"file_path\": \"/a\"}<|call|>",
    ),
    ("prompt-json", "```json\n{\"name\": \"read\", \"arguments\": {\"file_path\": \"/a\"}}\n```"),
    ("pythonic", "[Read(file_path=\"/a\")]"),
];

/// Text in pieces of so many characters.
fn pieces(text: &str, size: usize) -> Part {
    let chars: Vec<char> = text.chars().collect();
    Part::Text(chars.chunks(size).map(|piece| piece.iter().collect()).collect())
}

async fn said(crossing: Crossing, reply: Reply) -> Heard {
    let house = house().provider("first", crossing.backend, reply).open().await;
    house.ask(&crossing.ask().tools()).await
}

fn is_read(call: &Call) -> bool {
    call.name == "Read" && call.input() == json!({ "file_path": "/a" })
}

fn stop_word(client: Dialect) -> &'static str {
    if client == OpenAi { "tool_calls" } else { "tool_use" }
}

#[tokio::test]
async fn calls_in_text_become_calls_on_every_wire() {
    for crossing in crossings() {
        for (family, written) in WRITTEN {
            for size in [1, 3, 1000] {
                let heard =
                    said(crossing, Reply::empty().part(pieces(&format!("I look.\n\n{written}"), size))).await;
                let at = format!("{crossing:?} {family} in pieces of {size}: {}", heard.body());
                assert_eq!(heard.said.text.trim(), "I look.", "{at}");
                assert!(heard.said.calls.len() == 1 && is_read(&heard.said.calls[0]), "{at}");
                assert_eq!(heard.said.stop, stop_word(crossing.client), "{at}");
            }
        }
    }
}

#[tokio::test]
async fn repairs_are_told() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, Reply::text(WRITTEN[0].1)).open().await;
        house.ask(&crossing.ask().tools()).await;
        let log = house.log();
        let line =
            log.lines().find(|line| line.contains("tool-repair-applied")).unwrap_or_else(|| panic!("{log}"));
        assert!(line.contains(r#""format":"hermes""#) && line.contains(r#""tool":"Read""#), "{line}");
    }
}

#[tokio::test]
async fn several_calls_keep_their_order_and_text_behind_them_its_place() {
    let written = format!("{}\n{}\nDone.", WRITTEN[1].1, WRITTEN[1].1.replace("/a", "/b"));
    for crossing in crossings() {
        let heard = said(crossing, Reply::empty().part(pieces(&written, 4))).await;
        let files: Vec<_> = heard.said.calls.iter().map(|call| call.input()["file_path"].clone()).collect();
        assert_eq!(files, ["/a", "/b"], "{crossing:?}");
        assert_eq!(heard.said.text.trim(), "Done.", "{crossing:?}");
    }
}

#[tokio::test]
async fn nothing_is_read_where_it_should_not_be() {
    for crossing in crossings() {
        let written = WRITTEN[0].1;
        let house = house()
            .provider_with("first", crossing.backend, Reply::text(written), "tool_repair: off")
            .open()
            .await;
        let off = house.ask(&crossing.ask().tools()).await;
        assert_eq!((off.said.text.as_str(), off.said.calls.len()), (written, 0), "{crossing:?}");
        let without = said_without_tools(crossing, written).await;
        assert_eq!(without.said.text, written, "{crossing:?}");
        let example = format!("For example: `{written}` is what it writes.");
        let heard = said(crossing, Reply::text(&example)).await;
        assert_eq!((heard.said.text.as_str(), heard.said.calls.len()), (example.as_str(), 0), "{crossing:?}");
    }
}

async fn said_without_tools(crossing: Crossing, text: &str) -> Heard {
    house().provider("first", crossing.backend, Reply::text(text)).open().await.ask(&crossing.ask()).await
}

/// Prose is with the client before the backend has gone on for long.
#[tokio::test]
async fn prose_streams_while_calls_are_looked_for() {
    for crossing in streams() {
        let reply = Reply::words("One two three <four five six ").answer();
        let house = house()
            .provider("first", crossing.backend, reply.fails(Point::Contents(4), Mishap::Hang))
            .open()
            .await;
        let mut line = house.connect().await;
        line.send(crossing.ask().tools().raw(&house)).await;
        assert_eq!(line.head().await.expect("a head").status, 200);
        let body = String::from_utf8(line.body_until("three").await).expect("UTF-8");
        assert!(body.contains("One"), "{crossing:?} {body}");
    }
}

#[tokio::test]
async fn structured_calls_are_mended_on_every_wire() {
    let damaged = [
        ToolCall::raw("read", r#"{"file_path":"/a"}"#),
        ToolCall::raw("functions.Read", r#"{"file_path":"/a"}"#),
        ToolCall::raw("Read<|channel|>commentary", r#"{"file_path":"/a"}"#),
        ToolCall::raw("Read", r#"{"file_path":"/a"}{"file_path":"/a"}"#),
        ToolCall::raw("Read", r#""{\"file_path\":\"/a\"}""#),
        ToolCall::raw("Read", r#"{'file_path': '/a'}"#),
        ToolCall::raw("Read", r#"{"file_path":"/a""#),
    ];
    for crossing in crossings().filter(|crossing| crossing.backend == OpenAi) {
        for call in &damaged {
            for count in [1, 5] {
                let heard = said(crossing, Reply::empty().part(call.clone().in_pieces(count))).await;
                let at = format!("{crossing:?} {call:?}: {}", heard.body());
                assert!(heard.said.calls.len() == 1 && is_read(&heard.said.calls[0]), "{at}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_said_twice_is_run_once() {
    for crossing in crossings() {
        let reply = Reply::empty()
            .part(pieces(WRITTEN[0].1, 7))
            .part(ToolCall::new("Read", &json!({ "file_path": "/a" })));
        let heard = said(crossing, reply).await;
        assert!(
            heard.said.calls.len() == 1 && is_read(&heard.said.calls[0]),
            "{crossing:?} {}",
            heard.body()
        );
        assert_eq!(heard.said.text.trim(), "", "{crossing:?}");
    }
}

#[tokio::test]
async fn an_answer_in_an_error_is_found() {
    let errors = [
        r#"{"error":{"message":"error parsing tool call: raw='{\"name\": \"Read\", \"arguments\": {\"file_path\": \"/a\"}', err=unexpected end of JSON input"}}"#,
        r#"{"error":{"code":500,"message":"Failed to parse input at pos 0: <tool_call>\n<function=Read>\n<parameter=file_path>\n/a\n</parameter>\n</function>","type":"server_error"}}"#,
    ];
    for crossing in crossings().filter(|crossing| crossing.backend == OpenAi) {
        for error in errors {
            let house = house()
                .provider("first", OpenAi, Response::json_text(500, error))
                .provider("second", OpenAi, Reply::text("Never."))
                .open()
                .await;
            let heard = house.ask(&crossing.ask().tools()).await;
            let at = format!("{crossing:?} {}", heard.everything());
            assert!(heard.said.calls.len() == 1 && is_read(&heard.said.calls[0]), "{at}");
            assert_eq!(heard.header("x-coderouter-provider"), "first", "{at}");
        }
    }
}

#[tokio::test]
async fn thinking_alone_is_no_answer() {
    for crossing in crossings() {
        let house = house()
            .provider("first", crossing.backend, Reply::words("<think>I wonder and wonder"))
            .provider("second", crossing.backend, Reply::words("<think>Hm.</think>\n\nHello there."))
            .open()
            .await;
        let heard = house.ask(&crossing.ask().tools()).await;
        assert_eq!(heard.said.text, "Hello there.", "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "second", "{crossing:?}");
    }
}

#[tokio::test]
async fn leaked_thinking_is_shown_to_those_who_ask() {
    for crossing in crossings() {
        let house = house()
            .provider("first", crossing.backend, Reply::words("<think>Hm.</think>\n\nHello there."))
            .open()
            .await;
        let heard = house.ask(&crossing.ask().tools().thinking()).await;
        assert_eq!(
            (heard.said.text.as_str(), heard.said.thinking.as_str()),
            ("Hello there.", "Hm."),
            "{crossing:?}"
        );
    }
}

#[tokio::test]
async fn filters_go_by_their_names() {
    let settings = "output_filters: [strip_thinking, strip_stop_markers, repair_byte_fallback]";
    for crossing in crossings() {
        let text = "<think>Hm.</think>\nGr<0xC3><0xBC>n.<|im_end|>";
        let reply = Reply::empty().part(pieces(text, 2));
        let house = house().provider_with("first", crossing.backend, reply, settings).open().await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, "Grün.", "{crossing:?}");
        assert!(house.log().contains("output-filter-applied"), "{crossing:?}");
    }
}

/// A call that can't be run is asked for again; the client sees only what came of it.
#[tokio::test]
async fn a_call_that_cannot_be_run_is_asked_for_again() {
    let schema = json!({ "type": "object", "properties": { "file_path": { "type": "string" } }, "required": ["file_path"] });
    for crossing in crossings() {
        let bad = "I look.\n<tool_call>\n{\"name\": \"Read\", \"arguments\": {\"lines\": 3}}\n</tool_call>";
        let script =
            Scripted::first(Act::from(Reply::words(bad))).then(Act::from(Reply::words(WRITTEN[0].1)));
        let house = house()
            .provider_with("first", crossing.backend, Script::from(script), "tool_repair: reask")
            .open()
            .await;
        let tools = match crossing.client {
            OpenAi => json!([{ "type": "function", "function": { "name": "Read", "parameters": schema } }]),
            Dialect::Anthropic => json!([{ "name": "Read", "input_schema": schema }]),
        };
        let heard = house.ask(&crossing.ask().with("tools", tools)).await;
        let at = format!("{crossing:?} {}", heard.everything());
        assert!(heard.said.calls.len() == 1 && is_read(&heard.said.calls[0]), "{at}");
        assert_eq!(heard.said.text.trim(), "", "{at}");
        let requests = house.backend("first").requests();
        assert_eq!(requests.len(), 2, "{at}");
        let again = String::from_utf8_lossy(&requests[1].body).into_owned();
        assert!(again.contains("a required argument is missing") && again.contains("I look."), "{again}");
        assert!(house.log().contains("tool-repair-reasked"), "{at}");
    }
}

/// Nothing that is not changed leaves the lane in which bytes go through as they came.
#[tokio::test]
async fn a_stream_without_calls_goes_through_byte_for_byte() {
    let text =
        "Let me see: `<tool_call>` is a tag.\n\n```json\n{\"name\": \"x\"}\n```\n\n- a < b, c[0], {d}\n";
    for crossing in streams().filter(|crossing| crossing.client == crossing.backend) {
        for size in [1, 4, 9] {
            let plan = |settings: &str| {
                let reply = Reply::empty()
                    .part(pieces(text, size))
                    .part(ToolCall::new("Write", &json!({ "file_path": "/b" })));
                let settings = format!("model: asked-model\n{settings}");
                house().provider_with("first", crossing.backend, reply, &settings)
            };
            let ask: Ask = crossing.ask().tools();
            let mended = plan("").open().await.ask(&ask).await;
            let untouched = plan("tool_repair: off").open().await.ask(&ask).await;
            assert_eq!(mended.body(), untouched.body(), "{crossing:?} in pieces of {size}");
        }
    }
}

/// How an answer comes makes no difference to what is found in it.
#[tokio::test]
async fn plain_and_streamed_answers_come_to_the_same() {
    for (family, written) in WRITTEN {
        for client in [Dialect::Anthropic, OpenAi] {
            for backend in [Dialect::Anthropic, OpenAi] {
                let mut found = Vec::new();
                for form in [Plain, Stream] {
                    let heard = said(Crossing { client, backend, form }, Reply::words(written)).await;
                    found.push(
                        heard
                            .said
                            .calls
                            .iter()
                            .map(|call| (call.name.clone(), call.input()))
                            .collect::<Vec<_>>(),
                    );
                }
                assert_eq!(found[0], found[1], "{family} {client:?} {backend:?}");
            }
        }
    }
}
