//! How HTTP carries answers: pieces, chunks, lengths, and the lies about them.

use std::time::Duration;

use rehearsal::{Act, Framing, Refused, Reply, Response, Slicing, Step};

use crate::client::{CHAT, Client, MESSAGES, PLAIN, STREAM, ask, backend};
use crate::dialects::rich;

/// All bytes that come for one request until the backend closes.
async fn raw(act: impl Into<Act>, body: &str) -> String {
    let backend = backend(act).await;
    let mut client = Client::connect(&backend).await;
    client.post(CHAT, body).await;
    String::from_utf8(client.rest().await.expect("a clean end")).expect("UTF-8")
}

#[tokio::test]
async fn a_stream_is_one_chunk_an_event() {
    let backend = backend(Reply::words("a b c")).await;
    let received = ask(&backend, CHAT, STREAM).await;
    assert_eq!(received.chunks.len(), received.text().matches("\n\n").count());
}

#[tokio::test]
async fn slicing_changes_the_cuts_and_nothing_else() {
    let whole = ask(&backend(rich()).await, MESSAGES, STREAM).await;
    for (slicing, chunks) in [
        (Slicing::Joined, vec![whole.body.len()]),
        (Slicing::Every(1), vec![1; whole.body.len()]),
        (Slicing::At(vec![0, 5, 5, 7, 1 << 30]), vec![5, 2, whole.body.len() - 7]),
    ] {
        let backend = backend(rich().answer().slicing(slicing)).await;
        let cut = ask(&backend, MESSAGES, STREAM).await;
        assert_eq!(cut.chunks, chunks);
        assert_eq!(cut.body, whole.body);
    }
}

#[tokio::test]
async fn lengths_that_lie() {
    let plain = ask(&backend(Reply::text("x")).await, CHAT, PLAIN).await.body.len();
    for (framing, headers) in [
        (Framing::LengthTooLong(100), vec![plain + 100]),
        (Framing::LengthTooShort(100), vec![plain - 100]),
        (Framing::TwoLengths, vec![plain, plain + 1]),
    ] {
        let backend = backend(Act::from(Reply::text("x")).framing(framing)).await;
        let mut client = Client::connect(&backend).await;
        client
            .send(&format!("POST {CHAT} HTTP/1.1\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"))
            .await;
        let all = String::from_utf8(client.rest().await.unwrap()).unwrap();
        let (head, _) = all.split_once("\r\n\r\n").unwrap();
        let lengths: Vec<usize> =
            head.lines().filter_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).collect();
        // The model's name differs between the two requests.
        let extra = "rehearsal".len() - "m".len();
        assert_eq!(lengths, headers.iter().map(|length| length + extra).collect::<Vec<_>>(), "{framing:?}");
    }
}

#[tokio::test]
async fn chunks_that_lie() {
    let both = Act::from(Response::json_text(200, "{}")).framing(Framing::LengthAndChunked);
    let backend = backend(both).await;
    let received = ask(&backend, CHAT, PLAIN).await;
    assert!(
        received.head.contains("content-length: 2\r\ntransfer-encoding: chunked\r\n"),
        "{}",
        received.head
    );
    assert_eq!(received.text(), "{}");
    for (framing, size) in [
        (Framing::BadChunkSize, "\r\nzz\r\ndata: [DONE]"),
        (Framing::HugeChunkSize, "\r\nfffffffffffffffffffff\r\ndata"),
    ] {
        let all = raw(Act::from(Reply::text("x")).framing(framing), STREAM).await;
        assert!(all.contains(size), "{all}");
    }
}

#[tokio::test]
async fn a_body_that_ends_with_the_connection() {
    let all = raw(Act::from(Reply::text("x")).framing(Framing::UntilClose), STREAM).await;
    assert!(all.contains("connection: close\r\n\r\ndata: "), "{all}");
    assert!(all.ends_with("data: [DONE]\n\n"), "{all}");
}

#[tokio::test]
async fn interim_answers_come_first() {
    let all = raw(Act::from(Response::html(200)).interim(3).framing(Framing::UntilClose), PLAIN).await;
    assert_eq!(all.matches("HTTP/1.1 103 Early Hints\r\nlink: </rehearsal>\r\n\r\n").count(), 3);
    assert!(all.find("103").unwrap() < all.find("HTTP/1.1 200 OK\r\n").unwrap());
}

#[tokio::test]
async fn surplus_follows_on_the_same_connection() {
    for later in [Duration::ZERO, Duration::from_millis(1)] {
        let backend =
            backend(Act::from(Response::json_text(200, "{}")).surplus(later, "HTTP/1.1 200 OK\r\n")).await;
        let mut client = Client::connect(&backend).await;
        client.post(CHAT, PLAIN).await;
        assert_eq!(client.answer().await.text(), "{}");
        assert_eq!(client.until("\n").await, b"HTTP/1.1 200 OK\r\n");
    }
}

#[tokio::test]
async fn a_head_cut_off() {
    let all = raw(Act::from(Reply::text("x")).cut_head(30), STREAM).await;
    assert_eq!(all.len(), 30);
    assert!("HTTP/1.1 200 OK\r\ncontent-type: ".starts_with(&all), "{all}");
}

#[tokio::test]
async fn dripping_pausing_and_delaying_change_no_byte() {
    let expected = ask(&backend(Reply::words("a b")).await, CHAT, STREAM).await;
    let moment = Duration::from_micros(10);
    let act = || Act::from(Reply::words("a b"));
    for act in [act().drip(moment), act().pace(moment), act().delay(moment), act().delay_body(moment)] {
        let received = ask(&backend(act).await, CHAT, STREAM).await;
        assert_eq!((&received.head, &received.body), (&expected.head, &expected.body));
        assert_eq!(received.chunks, expected.chunks);
    }
}

#[tokio::test]
async fn gzip_is_declared_and_real() {
    let expected = ask(&backend(rich()).await, CHAT, STREAM).await;
    let received = ask(&backend(rich().answer().gzip()).await, CHAT, STREAM).await;
    assert!(received.head.contains("content-encoding: gzip\r\n"), "{}", received.head);
    assert_eq!(&received.body[..3], [0x1f, 0x8b, 8]);
    // One stored block: ten bytes of header, five of block header, the data, eight of trailer.
    assert_eq!(&received.body[15..received.body.len() - 8], expected.body);
}

#[tokio::test]
async fn pages_redirects_and_nothing() {
    let page = ask(&backend(Response::html(502)).await, CHAT, PLAIN).await;
    assert_eq!(page.status, 502);
    assert!(page.text().starts_with("<!DOCTYPE html>"));
    let redirect = ask(&backend(Response::redirect("http://elsewhere.invalid/")).await, CHAT, PLAIN).await;
    assert_eq!(redirect.status, 307);
    assert!(redirect.head.contains("location: http://elsewhere.invalid/\r\n"), "{}", redirect.head);
    let nothing = ask(&backend(Response::empty(200)).await, CHAT, PLAIN).await;
    assert_eq!((nothing.status, nothing.body.len()), (200, 0));
}

#[tokio::test]
async fn raw_steps_are_played_as_they_are() {
    let write = |text: &'static str| Step::Write(text.into());
    assert_eq!(raw(Act::steps([write("ab"), write("c"), Step::Close]), PLAIN).await, "abc");
    assert_eq!(raw(Act::raw("nonsense"), PLAIN).await, "nonsense");
}

#[tokio::test]
async fn a_refused_address_refuses() {
    let refused = Refused::bind().unwrap();
    let addr = refused.url().trim_start_matches("http://").to_owned();
    let error = tokio::net::TcpStream::connect(addr).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
