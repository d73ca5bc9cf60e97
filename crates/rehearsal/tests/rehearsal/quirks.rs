//! Quirks: each does something, and what its sentence says.

use rehearsal::{Quirk, Reply, anthropic, openai, sse};

use crate::client::{CHAT, MESSAGES, PLAIN, STREAM, ask, backend};
use crate::dialects::rich;

const UNCOUNTED: &str = r#"{"model":"m","stream":true}"#;

async fn bytes(reply: Reply, quirk: Option<Quirk>, target: &str, body: &str) -> Vec<u8> {
    let answer = reply.answer();
    let answer = match quirk {
        Some(quirk) => answer.quirk(quirk),
        None => answer,
    };
    ask(&backend(answer).await, target, body).await.body
}

async fn stream(quirk: impl Into<Quirk>, target: &str) -> String {
    let body = bytes(rich(), Some(quirk.into()), target, STREAM).await;
    String::from_utf8(body).expect("UTF-8")
}

#[tokio::test]
async fn every_quirk_changes_its_dialect_only() {
    for quirk in Quirk::all() {
        for (target, other) in
            [(MESSAGES, matches!(quirk, Quirk::OpenAi(_))), (CHAT, matches!(quirk, Quirk::Anthropic(_)))]
        {
            let mut changed = false;
            for body in [STREAM, UNCOUNTED] {
                let plain = bytes(rich(), None, target, body).await;
                changed |= plain != bytes(rich(), Some(quirk), target, body).await;
            }
            // Chunks have no event lines to lose.
            let expected = !other && (quirk, target) != (sse::Quirk::NoEventLines.into(), CHAT);
            assert_eq!(changed, expected, "{} at {target}", quirk.name());
        }
    }
}

#[tokio::test]
async fn names_and_sentences_are_fit_for_people() {
    let mut names: Vec<&str> = Quirk::all().map(Quirk::name).collect();
    for quirk in Quirk::all() {
        assert!(quirk.summary().ends_with('.'), "{}", quirk.name());
    }
    names.sort_unstable();
    let before = names.len();
    names.dedup();
    assert_eq!(names.len(), before);
}

#[tokio::test]
async fn framing_quirks() {
    for (quirk, has, lacks) in [
        (sse::Quirk::Crlf, "event: message_stop\r\ndata: {\"type\":\"message_stop\"}\r\n\r\n", "}\n"),
        (sse::Quirk::Cr, "event: message_stop\rdata: {\"type\":\"message_stop\"}\r\r", "\n"),
        (sse::Quirk::Bom, "\u{feff}event: message_start", "\n\u{feff}"),
        (sse::Quirk::Comments, ": still here\nevent: ping", "\n\nevent: ping"),
        (sse::Quirk::NoSpace, "event:message_stop\ndata:{", "data: "),
        (sse::Quirk::NoEventLines, "data: {\"type\":\"message_stop\"}", "event:"),
        (sse::Quirk::IdLines, "id: 0\nretry: 3000\nevent: message_start", "x"),
        (
            sse::Quirk::SplitData,
            "data: {\"type\":\"content_block_stop\",\ndata: \"index\":0}\n\n",
            "\"content_block_stop\",\"index\"",
        ),
        (sse::Quirk::BadJsonFrame, "data: {\"broken\": tru\n\n", "x"),
        (sse::Quirk::NullFrame, "\n\ndata: null\n\n", "x"),
        (sse::Quirk::ArrayFrame, "\n\ndata: []\n\n", "x"),
    ] {
        let text = stream(quirk, MESSAGES).await;
        assert!(text.contains(has), "{quirk:?}: {text}");
        assert!(lacks == "x" || !text.contains(lacks), "{quirk:?}: {text}");
    }
    assert!(stream(sse::Quirk::NoFinalBlankLine, CHAT).await.ends_with("data: [DONE]\n"));
}

#[tokio::test]
async fn a_byte_that_is_no_utf8_goes_out_in_both_forms() {
    for body in [STREAM, PLAIN] {
        let bytes = bytes(rich(), Some(sse::Quirk::BadUtf8.into()), CHAT, body).await;
        assert_eq!(bytes.iter().filter(|byte| **byte == 0xff).count(), 1);
    }
}

#[tokio::test]
async fn anthropic_quirks() {
    use anthropic::Quirk as Q;
    for (quirk, has, lacks) in [
        (Q::NoPing, "message_start", "ping"),
        (Q::NoMessageStart, "content_block_start", "message_start"),
        (Q::NoMessageDelta, "message_stop", "message_delta"),
        (Q::NoMessageStop, "message_delta", "message_stop"),
        (Q::NoBlockStart, "content_block_delta", "content_block_start"),
        (Q::NoBlockStop, "content_block_delta", "content_block_stop"),
        (Q::NoUsage, "message_delta", "usage"),
        (Q::UsageAtEnd, r#""usage":{"input_tokens":0,"#, r#""output_tokens":1}"#),
        (Q::WholeInputAtStart, r#""input":{"file_path":"/a \"b\""}"#, "input_json_delta"),
        (Q::EmptyTextFirst, r#""index":4"#, r#""index":5"#),
        (Q::ThinkingInTextBlock, "thinking_delta", r#"{"type":"thinking","#),
        (Q::IndexGaps, r#""index":9"#, r#""index":1,"#),
        (Q::UnknownEvent, "event: rehearsed_event", "x"),
        (Q::UnknownDelta, r#"{"type":"rehearsed_delta","#, "x"),
        (Q::UnknownBlock, r#"{"type":"rehearsed_block","#, "x"),
        (Q::ErrorFirst, "event: error", "message_start"),
    ] {
        let text = stream(quirk, MESSAGES).await;
        assert!(text.contains(has), "{quirk:?}: {text}");
        assert!(lacks == "x" || !text.contains(lacks), "{quirk:?}: {text}");
    }
    assert_eq!(stream(Q::DuplicateMessageStart, MESSAGES).await.matches("event: message_start").count(), 2);
    let text = stream(Q::InterleavedBlocks, MESSAGES).await;
    let starts = text.rfind("content_block_start").unwrap();
    assert!(starts < text.find("event: content_block_delta").unwrap(), "{text}");
}

#[tokio::test]
async fn openai_quirks() {
    use openai::Quirk as Q;
    for (quirk, has, lacks) in [
        (Q::NoIds, r#"data: {"object":"chat.completion.chunk","choices""#, r#""created""#),
        (Q::NoRole, "Two ", r#""role""#),
        (Q::NoToolIndex, r#""tool_calls":[{"id":"#, r#""tool_calls":[{"index""#),
        (Q::SameToolIndex, r#""tool_calls":[{"index":0"#, r#""tool_calls":[{"index":1"#),
        (Q::NullIds, r#""id":null,"type":"function""#, r#""call_0"#),
        (Q::RepeatedIds, r#""name":"Read","arguments":"{\"file_pat""#, r#"[{"index":0,"function""#),
        (
            Q::FreshIds,
            r#""id":"call_000000000002000000000003","type":"function""#,
            r#"[{"index":0,"function""#,
        ),
        (Q::UsageNull, r#""finish_reason":"tool_calls"}],"usage":null}"#, "x"),
        (Q::WholeCalls, r#""name":"List","arguments":"{}""#, r#""arguments":"""#),
        (Q::ArgumentsAsObject, r#""arguments":{"file_path":"/a \"b\""}"#, r#""arguments":"""#),
        (Q::EmptyToolCalls, r#""content":"Two ","tool_calls":[]"#, "x"),
        (Q::NullToolCalls, r#""content":"Two ","tool_calls":null"#, "x"),
        (Q::NullContent, r#""delta":{"content":null,"tool_calls""#, r#""content":"""#),
        (Q::ListContent, r#""content":[{"type":"text","text":"Two "}]"#, r#""content":"Two "#),
        (Q::ReasoningField, r#""reasoning":"Let me see.""#, "reasoning_content"),
        (Q::LegacyFunctionCall, r#""function_call":{"name":"Read","arguments":""}"#, "tool_calls"),
        (Q::NoFinishReason, "[DONE]", r#""finish_reason":"tool_calls""#),
        (
            Q::FinishWithContent,
            r#""arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls""#,
            r#""delta":{}"#,
        ),
        (Q::StopForTools, r#""finish_reason":"stop""#, r#""finish_reason":"tool_calls""#),
        (Q::UnknownFinish, r#""finish_reason":"rehearsed_reason""#, "x"),
        (Q::NullDelta, r#""delta":null"#, r#""delta":{}"#),
        (Q::NoDone, "usage", "[DONE]"),
        (Q::NoUsage, "[DONE]", "usage"),
        (Q::UsageWithFinish, r#""finish_reason":"tool_calls"}],"usage""#, r#""choices":[],"usage""#),
        (Q::ErrorFirst, r#"data: {"error":{"#, "choices"),
    ] {
        let text = stream(quirk, CHAT).await;
        assert!(text.contains(has), "{quirk:?}: {text}");
        assert!(lacks == "x" || !text.contains(lacks), "{quirk:?}: {text}");
    }
    assert!(stream(Q::UsageFirst, CHAT).await.lines().next().unwrap().contains("\"usage\""));
    assert!(stream(Q::EmptyChoicesFirst, CHAT).await.lines().next().unwrap().contains("\"choices\":[]"));
    let late = stream(Q::UsageLate, CHAT).await;
    assert!(late.find("[DONE]").unwrap() < late.find("usage").unwrap(), "{late}");
    let everywhere = stream(Q::UsageEverywhere, CHAT).await;
    assert_eq!(everywhere.matches("usage").count(), everywhere.matches("data: {").count());
}

#[tokio::test]
async fn interleaved_calls_alternate() {
    let text = stream(openai::Quirk::InterleavedCalls, CHAT).await;
    let indices: Vec<&str> =
        text.split(r#""tool_calls":[{"index":"#).skip(1).map(|rest| &rest[..1]).collect();
    assert_eq!(indices, ["0", "1", "0", "1", "0", "0"]);
}
