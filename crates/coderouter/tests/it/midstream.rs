//! Answers that break once a client has heard part of them.

use crate::ask::{Anthropic, Ask, Crossing, Plain, crossings, streams};
use crate::heard::Heard;
use crate::house::house;
use crate::together::{across, together};
use rehearsal::{Answer, Form, Mishap, Part, Point, Reply, ToolCall};
use serde_json::json;
use std::time::{Duration, Instant};

/// Ways to break, and words of the error that tells it.
const BREAKS: &[(&str, &str)] = &[
    ("die-mid-stream:4", "broke"),
    ("reset-mid-stream:4", "broke"),
    ("half-close-mid-stream:4", "broke"),
    ("end-mid-stream:4", "ended without its end"),
    ("error-frame:4", "Overloaded"),
];

/// Ways to end badly once all is said.
const SAID_ALL: &[&str] = &["no-last-chunk", "hang-at-end", "bad-chunk", "huge-chunk", "length-too-long"];

const SAID: &str = "This answer has a ";

async fn ask(crossing: Crossing, act: &str, profile: &str) -> Heard {
    let plan = house().provider("first", crossing.backend, act).provider("second", crossing.backend, "ok");
    plan.profile(profile).open().await.ask(&crossing.ask()).await
}

fn all() -> impl Iterator<Item = (&'static str, &'static str, Crossing)> {
    BREAKS.iter().flat_map(|(act, words)| streams().map(move |crossing| (*act, *words, crossing)))
}

#[tokio::test]
async fn by_default_a_broken_stream_ends_with_an_error() {
    together(all().map(|(act, words, crossing)| async move {
        let heard = ask(crossing, act, "").await;
        let (said, failure) = (&heard.said, heard.failed());
        assert!(said.text.starts_with(SAID), "{act} {crossing:?} {said:?}");
        assert!(failure.message.contains("provider 'first' failed mid-stream"), "{act} {failure:?}");
        assert!(failure.message.contains(words), "{act} {failure:?}");
        let kind = if crossing.client == Anthropic { "api_error" } else { "server_error" };
        assert_eq!(failure.kind, kind, "{act} {crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "first");
    }))
    .await;
}

#[tokio::test]
async fn a_broken_stream_may_end_as_one_cut_short() {
    together(all().map(|(act, _, crossing)| async move {
        let heard = ask(crossing, act, "partial_stitch_action: surface").await;
        let said = &heard.said;
        assert_eq!(heard.failure, None, "{act} {crossing:?}");
        assert!(said.text.starts_with(SAID), "{act} {crossing:?} {said:?}");
        let (stop, output) = match crossing.client {
            Anthropic => ("max_tokens", "output_tokens"),
            _ => ("length", "completion_tokens"),
        };
        assert_eq!(said.stop, stop, "{act} {crossing:?}");
        assert!(said.usage[output].as_u64() > Some(0), "{act} {crossing:?} {}", said.usage);
    }))
    .await;
}

/// Silence in mid-answer breaks it as well.
#[tokio::test]
async fn an_answer_that_stops_coming_is_broken() {
    together(streams().map(|crossing| async move {
        let plan = house().provider_with("first", crossing.backend, "hang-mid-stream:4", "timeout_s: 1");
        let heard = plan.open().await.ask(&crossing.ask()).await;
        assert!(heard.failed().message.contains("stopped coming"), "{crossing:?} {:?}", heard.failure);
        assert_eq!(heard.said.text, SAID, "{crossing:?}");
    }))
    .await;
}

/// Half a call can't be run, and nobody must think it can.
#[tokio::test]
async fn a_call_cut_in_half_is_never_whole() {
    let call = || ToolCall::new("Write", &json!({ "file_path": "/a", "content": "rm -rf" })).in_pieces(6);
    let broken = |said: &str, mishap| -> Answer {
        let words = if said.is_empty() { Reply::empty() } else { Reply::text(said) };
        words.part(call()).answer().fails(Point::Contents(4), mishap)
    };
    for crossing in streams() {
        for (said, action) in [("", "off"), ("Now. ", "off"), ("", "surface"), ("Now. ", "surface")] {
            for mishap in [Mishap::Close, Mishap::CleanEnd] {
                let plan = house().provider("first", crossing.backend, broken(said, mishap.clone()));
                let plan = plan.profile(&format!("partial_stitch_action: {action}"));
                let heard = plan.open().await.ask(&crossing.ask().tools()).await;
                let row = format!("{said:?} {action} {mishap:?} {crossing:?} {}", heard.body());
                assert_eq!(heard.failure.is_some(), said.is_empty() || action == "off", "{row}");
                for call in &heard.said.calls {
                    let whole: Result<serde_json::Value, _> = serde_json::from_str(&call.arguments);
                    assert!(whole.is_err(), "{row}");
                }
            }
        }
    }
}

/// Made up or not, the end of half a call is no reason to run it.
#[tokio::test]
async fn the_end_made_up_for_half_a_call_is_a_cut() {
    let call = || ToolCall::new("Write", &json!({ "file_path": "/a", "content": "abc" })).in_pieces(6);
    for crossing in streams() {
        for action in ["off", "warn"] {
            let half = Reply::empty().part(call()).answer().fails(Point::Contents(4), Mishap::CleanEnd);
            let plan = house().provider("first", crossing.backend, half);
            let plan = plan.profile(&format!("stream_truncation_action: {action}"));
            let heard = plan.open().await.ask(&crossing.ask().tools()).await;
            let stop = if crossing.client == Anthropic { "max_tokens" } else { "length" };
            assert_eq!(
                (heard.said.stop.as_str(), heard.failure.as_ref()),
                (stop, None),
                "{action} {crossing:?}"
            );
        }
    }
}

/// What a stream lacks at its end is made up, silently or not, or is a fault.
#[tokio::test]
async fn a_stream_without_its_end_ends_as_configured() {
    for crossing in streams() {
        for action in ["off", "warn"] {
            let profile = format!("stream_truncation_action: {action}");
            let heard = ask(crossing, "end-mid-stream:4", &profile).await;
            assert_eq!(
                (heard.failure.as_ref(), heard.said.text.trim_end()),
                (None, SAID.trim_end()),
                "{action}"
            );
            assert_eq!(heard.header("x-coderouter-provider"), "first");
        }
        let heard = ask(crossing, "end-mid-stream:4", "stream_truncation_action: error").await;
        assert!(heard.failure.is_some(), "{crossing:?}");
    }
}

/// Behind its reason a stream is whole, whatever becomes of its connection; nobody waits for what is not to come.
#[tokio::test]
async fn what_is_said_whole_is_whole() {
    together(across(SAID_ALL, streams()).into_iter().map(|(act, crossing)| async move {
        let started = Instant::now();
        let heard = ask(crossing, act, "").await;
        assert!(heard.said.text.ends_with("middle.") && heard.failure.is_none(), "{act} {crossing:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{act} {crossing:?}");
    }))
    .await;
}

/// Before its first content a truncated stream moves on like any other fault.
#[tokio::test]
async fn truncation_is_told_in_the_log() {
    for (action, told) in [("off", false), ("warn", true), ("error", true)] {
        for crossing in streams() {
            let plan = house().provider("first", crossing.backend, "end-mid-stream:4");
            let house = plan.profile(&format!("stream_truncation_action: {action}")).open().await;
            house.ask(&crossing.ask()).await;
            let log = house.log();
            assert_eq!(log.contains("stream-truncation-detected"), told, "{action} {crossing:?} {log}");
        }
    }
}

/// Agents repeat a broken stream as a plain request: it goes to the next provider, in that conversation alone.
#[tokio::test]
async fn the_plain_repeat_starts_at_the_next_provider() {
    for crossing in streams() {
        let first = "die-mid-stream:4, ok";
        let plan =
            house().provider("first", crossing.backend, first).provider("second", crossing.backend, "ok");
        let house = plan.open().await;
        assert!(house.ask(&crossing.ask()).await.failure.is_some());
        let heard = house.ask(&crossing.ask().without("stream").without("stream_options")).await;
        assert_eq!(heard.header("x-coderouter-provider"), "second", "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-fallback-reason"), "just-failed", "{crossing:?}");
        let other = json!([{ "role": "user", "content": "Another conversation." }]);
        let heard = house.ask(&Ask::new(crossing.client, Plain).with("messages", other)).await;
        assert_eq!(heard.header("x-coderouter-provider"), "first", "{crossing:?}");
    }
}

/// A plain answer that breaks has shown the client nothing, so it can be mended.
#[tokio::test]
async fn plain_answers_that_break_move_on() {
    let broken = [
        "die-mid-stream:4",
        "error-frame:4",
        "bad-chunk",
        "huge-chunk",
        "length-too-long",
        "length-too-short",
    ];
    let plain = crossings().filter(|crossing| crossing.form == Plain);
    together(across(&broken, plain).into_iter().map(|(act, crossing)| async move {
        let heard = ask(crossing, act, "").await;
        assert_eq!(heard.header("x-coderouter-provider"), "second", "{act} {crossing:?}");
        assert_eq!(heard.said.text, "Hello from the rehearsal backend.");
    }))
    .await;
}

/// Thinking that leads to nothing: the agent is told, and its repeat goes to the next provider. Where nobody is left
/// the thought is handed on.
#[tokio::test]
async fn thinking_alone_is_no_answer() {
    for crossing in streams() {
        let plan = house().provider("first", crossing.backend, "thinking-only");
        let house = plan.provider("second", crossing.backend, "ok").open().await;
        let heard = house.ask(&crossing.ask().thinking()).await;
        assert_eq!((heard.said.stop.as_str(), heard.failure.is_some()), ("", true), "{crossing:?}");
        let repeat = crossing.ask().thinking().without("stream").without("stream_options");
        assert_eq!(house.ask(&repeat).await.header("x-coderouter-provider"), "second", "{crossing:?}");
        let alone = self::house().provider("first", crossing.backend, "thinking-only").open().await;
        assert_eq!(alone.ask(&crossing.ask().thinking()).await.failure, None, "{crossing:?}");
    }
}

/// What is whole when it comes can still be left, whatever it says.
#[tokio::test]
async fn a_whole_answer_of_thinking_alone_moves_on() {
    for crossing in streams() {
        let thought = Reply::empty().part(Part::unsigned_thinking("Hm.")).answer().form(Form::Json);
        let plan =
            house().provider("first", crossing.backend, thought).provider("second", crossing.backend, "ok");
        let heard = plan.open().await.ask(&crossing.ask()).await;
        assert_eq!(heard.header("x-coderouter-provider"), "second", "{crossing:?}");
        assert_eq!(heard.failure, None, "{crossing:?}");
    }
}

/// Thinking counts as heard, but there is no text to end gracefully with.
#[tokio::test]
async fn thinking_that_breaks_is_an_error() {
    for crossing in streams().filter(|crossing| crossing.client == Anthropic) {
        let reply = Reply::empty().part(Part::unsigned_thinking("Hm.")).part(Part::words("one two"));
        let broken = reply.answer().fails(Point::Contents(1), Mishap::Close);
        let plan =
            house().provider("first", crossing.backend, broken).provider("second", crossing.backend, "ok");
        let heard =
            plan.profile("partial_stitch_action: surface").open().await.ask(&crossing.ask().thinking()).await;
        assert_eq!((heard.said.thinking.as_str(), heard.failure.is_some()), ("Hm.", true), "{crossing:?}");
    }
}
