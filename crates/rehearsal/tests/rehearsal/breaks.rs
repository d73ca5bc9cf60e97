//! Answers that break off, never come, or never end; and how the backend notices that its client left.

use std::io::ErrorKind;
use std::time::Duration;

use rehearsal::{Act, Mishap, Outcome, Point, Reply};

use crate::client::{CHAT, Client, MESSAGES, PLAIN, STREAM, ask, backend};

fn broken(at: Point, mishap: Mishap) -> Act {
    Reply::words("one two three four").answer().fails(at, mishap).into()
}

/// The body of a stream up to where the backend closes.
async fn torn(target: &str, act: Act) -> String {
    let backend = backend(act).await;
    let mut client = Client::connect(&backend).await;
    client.post(target, STREAM).await;
    String::from_utf8(client.rest().await.expect("a clean end")).expect("UTF-8")
}

#[tokio::test]
async fn dies_where_it_is_told_to() {
    let text = torn(MESSAGES, broken(Point::Events(1), Mishap::Close)).await;
    assert!(text.contains("event: message_start") && !text.contains("content_block_start"), "{text}");
    assert!(!text.ends_with("0\r\n\r\n"), "{text}");
    for target in [MESSAGES, CHAT] {
        let text = torn(target, broken(Point::Contents(2), Mishap::Close)).await;
        assert!(text.contains("two") && !text.contains("three"), "{text}");
        let text = torn(target, broken(Point::Events(0), Mishap::Close)).await;
        assert!(text.ends_with("transfer-encoding: chunked\r\n\r\n"), "{text}");
    }
}

#[tokio::test]
async fn ends_cleanly_without_the_end() {
    for (target, last) in [(MESSAGES, "content_block_stop"), (CHAT, "four")] {
        let received =
            ask(&backend(broken(Point::BeforeClosing, Mishap::CleanEnd)).await, target, STREAM).await;
        let text = received.text();
        assert!(text.trim_end().lines().last().unwrap().contains(last), "{text}");
        assert!(!text.contains("message_stop") && !text.contains("[DONE]"), "{text}");
    }
}

#[tokio::test]
async fn an_error_frame_speaks_the_dialect_and_ends() {
    let act = || broken(Point::Contents(1), Mishap::Error(String::from("Overloaded")));
    let text = ask(&backend(act()).await, MESSAGES, STREAM).await.text();
    let frame = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    assert!(text.ends_with(frame), "{text}");
    let text = ask(&backend(act()).await, CHAT, STREAM).await.text();
    assert!(
        text.ends_with("\"code\":null}}\n\n")
            && text.contains("data: {\"error\":{\"message\":\"Overloaded\""),
        "{text}"
    );
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    for act in [Act::reset(), broken(Point::Contents(1), Mishap::Reset)] {
        let backend = backend(act).await;
        let mut client = Client::connect(&backend).await;
        client.post(CHAT, STREAM).await;
        assert_eq!(client.rest().await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn a_dropped_connection_says_nothing() {
    assert_eq!(torn(CHAT, Act::drop_connection()).await, "");
}

#[tokio::test]
async fn a_half_closed_connection_still_waits_for_its_client() {
    let backend = backend(broken(Point::Contents(1), Mishap::HalfClose)).await;
    let mut client = Client::connect(&backend).await;
    client.post(CHAT, STREAM).await;
    assert!(String::from_utf8(client.rest().await.unwrap()).unwrap().contains("one"));
    assert_eq!(backend.requests()[0].outcome, Outcome::Playing);
    drop(client);
    assert!(backend.wait_until(|seen| seen[0].cancelled()).await.is_ok());
}

#[tokio::test]
async fn a_plain_answer_breaks_in_its_middle() {
    let whole = ask(&backend(Reply::words("one two three four")).await, CHAT, PLAIN).await;
    let half = ask(&backend(broken(Point::Contents(2), Mishap::CleanEnd)).await, CHAT, PLAIN).await;
    assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
}

#[tokio::test]
async fn a_client_that_leaves_is_noticed_whatever_is_being_played() {
    let forever = Duration::from_secs(3600);
    for act in [
        Act::hang(),
        Act::from(Reply::text("x")).delay(forever),
        Act::from(Reply::text("x")).delay_body(forever),
        Act::from(Reply::words("a b c")).pace(forever),
        Act::endless_headers(),
        Act::endless_interim(),
        broken(Point::Contents(1), Mishap::Hang),
        broken(Point::Contents(1), Mishap::Deltas(Duration::ZERO)),
        broken(Point::Events(0), Mishap::Comments(Duration::from_millis(1))),
    ] {
        let what = format!("{act:?}");
        let backend = backend(act).await;
        let mut client = Client::connect(&backend).await;
        client.post(MESSAGES, STREAM).await;
        backend.wait_for(1).await.expect("the request arrives");
        drop(client);
        assert!(backend.wait_until(|seen| seen[0].cancelled()).await.is_ok(), "{what}");
    }
}

#[tokio::test]
async fn an_answer_read_to_its_end_is_no_cancellation() {
    let backend = backend(Reply::text("x")).await;
    ask(&backend, CHAT, STREAM).await;
    let seen = backend.wait_until(|seen| seen[0].outcome != Outcome::Playing).await.unwrap();
    assert_eq!(seen[0].outcome, Outcome::Played);
}

#[tokio::test]
async fn floods_are_floods() {
    for (act, never) in [
        (Act::endless_headers(), "\r\n\r\n"),
        (Act::endless_header_line(), "\r\n\r\n"),
        (broken(Point::Contents(1), Mishap::Deltas(Duration::ZERO)), "message_stop"),
        (broken(Point::Events(0), Mishap::Comments(Duration::ZERO)), "message_start"),
    ] {
        let backend = backend(act).await;
        let mut client = Client::connect(&backend).await;
        client.post(MESSAGES, STREAM).await;
        let bytes = client.at_least(2 << 20).await;
        assert!(bytes.len() >= 2 << 20);
        assert!(!bytes.windows(never.len()).any(|window| window == never.as_bytes()));
        assert!(backend.bytes_sent() >= 2 << 20);
    }
}

#[tokio::test]
async fn a_huge_line_is_one_line_of_that_length() {
    let length = 3_000_001;
    let backend = backend(broken(Point::Contents(1), Mishap::Line(length))).await;
    let text = ask(&backend, CHAT, STREAM).await.text();
    let longest = text.lines().map(str::len).max().unwrap();
    assert_eq!(longest, "data: {\"text\":\"\"}".len() + length as usize);
}
