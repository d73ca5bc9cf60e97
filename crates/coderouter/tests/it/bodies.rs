//! Request bodies that HTTP carries wrongly, or that are too long, or not what they are declared as.

use crate::ask::{Anthropic, Ask, OpenAi, Plain};
use crate::heard::Heard;
use crate::house::{House, house};
use crate::line::Line;
use rehearsal::Dialect;
use std::time::{Duration, Instant};

const LIMITS: &str = "server:\n  limits: {max_body_bytes: 4096, head_timeout_s: 1, body_timeout_s: 1}";

async fn open() -> House {
    house().provider("first", Anthropic, "ok").root(LIMITS).open().await
}

fn head(client: Dialect, framing: &str) -> String {
    let target = Ask::new(client, Plain).target;
    format!(
        "POST {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
    )
}

async fn refused(line: &mut Line, client: Dialect) -> Heard {
    Heard::read(&Ask::new(client, Plain), line.answer().await.expect("an answer"))
}

async fn serves(house: &House) {
    assert_eq!(house.ask(&Ask::new(Anthropic, Plain)).await.status(), 200, "the server goes on");
}

#[tokio::test]
async fn too_long_a_body_is_refused() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        let kind = if client == Anthropic { "request_too_large" } else { "invalid_request_error" };
        // Declared: refused before it has come.
        let mut line = house.connect().await;
        line.send(head(client, "content-length: 4097")).await;
        let heard = refused(&mut line, client).await;
        assert_eq!((heard.status(), heard.failed().kind.as_str()), (413, kind));
        assert!(heard.failed().message.contains("4096"), "{:?}", heard.failure);
        // In chunks: as soon as it is too long.
        let mut line = house.connect().await;
        line.send(head(client, "transfer-encoding: chunked")).await;
        for _ in 0..5 {
            line.send(format!("400\r\n{}\r\n", "x".repeat(0x400))).await;
        }
        let heard = refused(&mut line, client).await;
        assert_eq!((heard.status(), heard.failed().kind.as_str()), (413, kind));
        serves(&house).await;
    }
    assert!(house.backend("first").requests().iter().all(|seen| seen.body.len() < 1_000));
}

#[tokio::test]
async fn a_body_must_be_declared_as_plain_json() {
    let house = open().await;
    let rows = [
        ("content-type: text/plain", 415),
        ("content-type: application/x-www-form-urlencoded", 415),
        ("content-type: multipart/form-data; boundary=application/json", 415),
        ("content-type: application/jsonp", 415),
        ("content-type:", 415),
        ("x-none: 1", 415),
        ("content-type: application/json\r\ncontent-encoding: gzip", 415),
        ("content-type: application/json\r\ncontent-encoding: identity, br", 415),
        ("content-type: application/json\r\ncontent-encoding: identity", 200),
        ("content-type: Application/JSON;charset=UTF-8", 200),
    ];
    for client in [Anthropic, OpenAi] {
        for (headers, status) in rows {
            let ask = Ask::new(client, Plain);
            let body = String::from_utf8(ask.bytes()).expect("JSON");
            let target = &ask.target;
            let request = format!(
                "POST {target} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut line = house.connect().await;
            line.send(request).await;
            let heard = refused(&mut line, client).await;
            assert_eq!(heard.status(), status, "{headers} {}", heard.everything());
        }
        serves(&house).await;
    }
}

/// A body in chunks is as good as one of known length.
#[tokio::test]
async fn chunks_are_put_together() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        let body = Ask::new(client, Plain).bytes();
        let mut line = house.connect().await;
        line.send(head(client, "transfer-encoding: chunked")).await;
        for piece in body.chunks(7) {
            line.send(format!("{:x};ext=1\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece))).await;
        }
        line.send("0\r\ntrailer: x\r\n\r\n").await;
        assert_eq!(refused(&mut line, client).await.status(), 200);
    }
}

#[tokio::test]
async fn broken_framing_is_refused() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        let bodies =
            ["zz\r\n{}\r\n", "-1\r\n", "fffffffffffffffff\r\n{}", "2\r\n{}x\r\n0\r\n\r\n", "\r\n\r\n"];
        for body in bodies {
            let mut line = house.connect().await;
            line.send(format!("{}{body}", head(client, "transfer-encoding: chunked"))).await;
            line.half_close().await;
            if let Some(head) = line.head().await {
                assert_eq!(head.status, 400, "{body:?}");
            }
            serves(&house).await;
        }
    }
}

/// Who stops in the middle of a body, or drips it, is cut off; who only takes a while is not.
#[tokio::test]
async fn a_body_that_stops_coming_is_not_waited_for() {
    let house = open().await;
    for client in [Anthropic, OpenAi] {
        let started = Instant::now();
        let mut line = house.connect().await;
        line.send(format!("{}{{\"model\":", head(client, "content-length: 100"))).await;
        let heard = refused(&mut line, client).await;
        assert_eq!(heard.status(), 408, "{}", heard.everything());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    serves(&house).await;
}

#[tokio::test]
async fn a_dripping_body_is_cut_off() {
    let house = open().await;
    let started = Instant::now();
    let mut line = house.connect().await;
    line.send(head(Anthropic, "content-length: 100")).await;
    let mut drip = tokio::time::interval(Duration::from_millis(200));
    let heard = loop {
        tokio::select! {
            answer = line.head() => break answer,
            _ = drip.tick() => {}
        }
        line.send(" ").await;
        assert!(started.elapsed() < Duration::from_secs(5), "still dripping");
    };
    assert_eq!(heard.map_or(408, |head| head.status), 408);
    serves(&house).await;
}
