//! Backends that mean harm: the next provider answers, memory stays bounded, and nothing of one request gets into
//! another.

use crate::ask::{Crossing, crossings, streams};
use crate::house::{Part, house};
use crate::together::{across, together};
use bytes::Bytes;
use rehearsal::{Act, Repeat, Reply, Script, Step};
use serde_json::json;
use std::time::{Duration, Instant};

/// Floods that begin before any answer.
const FLOODS: &[&str] = &["endless-headers", "endless-header-line", "endless-interim"];

/// More than this no flood may add to what the process holds, other tests that run meanwhile included.
const MOST: u64 = 160 << 20;

/// Lines longer than that.
const LINE_FIRST: &str = "huge-line-first:400000000";
const LINE_LATER: &str = "huge-line:400000000";

/// The most memory the process ever held, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kilobytes: u64 =
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kilobytes * 1024
}

async fn survives(crossing: Crossing, act: impl Into<Part>, name: &str) {
    let before = peak();
    let started = Instant::now();
    let house = house()
        .provider_with("flood", crossing.backend, act, "ttft_timeout_s: 0.4\ntimeout_s: 1")
        .provider("steady", crossing.backend, Reply::words("The steady answer."))
        .open()
        .await;
    let heard = house.ask(&crossing.ask()).await;
    let what = format!("{name} {crossing:?} {:?} after {:?}", heard.answer.head, started.elapsed());
    assert_eq!((heard.said.text.as_str(), heard.failure.as_ref()), ("The steady answer.", None), "{what}");
    assert_eq!(heard.header("x-coderouter-fallback-from"), "flood", "{what}");
    assert!(started.elapsed() < Duration::from_secs(6), "{what}");
    let grown = peak() - before;
    assert!(grown < MOST, "{what}: {} MiB", grown >> 20);
}

#[tokio::test]
async fn floods_are_cut_off() {
    for act in FLOODS {
        together(crossings().map(|crossing| survives(crossing, *act, act))).await;
    }
}

#[tokio::test]
async fn a_line_without_end_is_cut_off() {
    for crossing in crossings() {
        survives(crossing, LINE_FIRST, LINE_FIRST).await;
    }
}

/// Byte by byte even a whole answer takes too long to begin.
#[tokio::test]
async fn a_drip_is_silence() {
    together(streams().map(|crossing| survives(crossing, "drip:50", "drip"))).await;
}

/// In mid-stream a line without end breaks the stream; it is neither kept nor passed on.
#[tokio::test]
async fn a_huge_line_in_mid_stream() {
    for crossing in streams() {
        let before = peak();
        let house = house().provider("flood", crossing.backend, LINE_LATER).open().await;
        let heard = house.ask(&crossing.ask()).await;
        assert!(heard.failure.is_some(), "{crossing:?}");
        assert!(heard.answer.body.len() < 4_000, "{crossing:?}: {}", heard.answer.body.len());
        assert!(peak() - before < MOST, "{crossing:?}");
    }
}

/// An answer that nobody asked for is never the answer to the next request.
#[tokio::test]
async fn surplus_bytes_answer_nobody() {
    let all = across(&["surplus", "surplus-late:20"], crossings());
    together(all.into_iter().map(|(act, crossing)| async move {
        let house = house().provider("forger", crossing.backend, act).open().await;
        for turn in 0..3 {
            let heard = house.ask(&crossing.ask()).await;
            let what = format!("{act} {turn} {crossing:?} {}", heard.body());
            assert!(heard.said.text.ends_with("middle.") && !heard.body().contains("forged"), "{what}");
            // The surplus is to lie on the kept connection before it is wanted again.
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }))
    .await;
}

/// A length that is too short leaves bytes behind that are nobody's either.
#[tokio::test]
async fn lies_about_length_harm_one_request_at_most() {
    for crossing in crossings() {
        for lie in
            ["length-too-short, ok", "length-too-long, ok", "two-lengths, ok", "length-and-chunked, ok"]
        {
            let plan = house().provider("liar", crossing.backend, lie);
            let house = plan.provider("steady", crossing.backend, "ok").open().await;
            let first = house.ask(&crossing.ask()).await;
            assert!(!first.body().contains("HTTP/1.1"), "{lie} {crossing:?}");
            for _ in 0..2 {
                let heard = house.ask(&crossing.ask()).await;
                assert_eq!(heard.said.text, "Hello from the rehearsal backend.", "{lie} {crossing:?}");
            }
        }
    }
}

/// A kept connection that its backend has closed meanwhile is replaced, and nobody notices.
#[tokio::test]
async fn a_connection_closed_meanwhile_is_replaced() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, "ok, until-close, ok").open().await;
        for _ in 0..4 {
            let heard = house.ask(&crossing.ask()).await;
            assert_eq!(
                (heard.status(), heard.header("x-coderouter-fallback-from")),
                (200, ""),
                "{crossing:?}"
            );
        }
    }
}

/// An answer of nothing but blanks never begins, however long it goes on.
#[tokio::test]
async fn endless_blanks_are_silence() {
    let head =
        Bytes::from_static(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
    let blanks = Repeat { bytes: Bytes::from_static(b" \n"), times: None, every: Duration::from_millis(20) };
    let act = Act::steps([Step::Write(head), Step::Repeat(blanks)]);
    together(crossings().map(|crossing| survives(crossing, act.clone(), "blanks"))).await;
}

/// A backend may have said what it has to say before it has read what it was sent.
#[tokio::test]
async fn an_answer_may_come_before_the_request_is_through() {
    for crossing in crossings() {
        let long = json!([{ "role": "user", "content": "x".repeat(4_000_000) }]);
        for (act, status) in [("413", 413), ("ok", 200)] {
            let script = Script::from_name(act).expect("a script").before_body();
            let house = house().provider("hasty", crossing.backend, script).open().await;
            let heard = house.ask(&crossing.ask().with("messages", long.clone())).await;
            assert_eq!(heard.status(), status, "{crossing:?}");
        }
    }
}

/// Redirects lead nowhere.
#[tokio::test]
async fn nobody_is_asked_elsewhere() {
    for crossing in crossings() {
        let trap = house().provider("trap", crossing.backend, "ok").open().await;
        let to = format!("{}/v1/messages", trap.backend("trap").url());
        let plan = house().provider("sly", crossing.backend, rehearsal::Response::redirect(to));
        let heard = plan.open().await.ask(&crossing.ask()).await;
        assert_eq!(heard.status(), 502, "{crossing:?}");
        assert!(trap.backend("trap").requests().is_empty(), "{crossing:?}");
    }
}
