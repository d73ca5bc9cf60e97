//! Keys: whatever a backend does with the one it was sent, nobody else learns it.

use crate::ask::{Anthropic, Ask, Crossing, Stream, crossings};
use crate::house::{House, house};
use rehearsal::{Answer, Mishap, Point, Reply, Response, Seen};

/// A key with everything in it that some form writes differently.
const KEY: &str = "canary+/%=\"\\&key:0123456789~END";

/// The forms in which a key can come back.
fn forms() -> Vec<String> {
    let json: String = KEY.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let percent = |upper: bool| -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        let escape = |b: u8| if upper { format!("%{b:02X}") } else { format!("%{b:02x}") };
        KEY.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { escape(b) }).collect()
    };
    let escaped = serde_json::to_string(KEY).expect("a text");
    vec![
        KEY.to_owned(),
        escaped.trim_matches('"').to_owned(),
        json,
        percent(true),
        percent(false),
        base64(KEY.as_bytes(), true),
        base64(KEY.as_bytes(), false),
        base64(format!("user:{KEY}").as_bytes(), true),
        base64(format!("x:{KEY}").as_bytes(), true),
        base64(format!("ab:{KEY}").as_bytes(), true),
    ]
}

fn base64(bytes: &[u8], padded: bool) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut three = [0_u8; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..=chunk.len() {
            let at = (number >> (18 - 6 * place)) & 0x3f;
            text.push(char::from(LETTERS[at as usize]));
        }
        if padded {
            text.push_str(&"=".repeat(3 - chunk.len()));
        }
    }
    text
}

/// Pieces of every form that would give the key away.
fn traces() -> Vec<String> {
    let mut traces: Vec<String> =
        forms().iter().map(|form| form.chars().skip(8).take(12).collect()).collect();
    traces.push("0123456789".to_owned());
    traces
}

fn check(what: &str, text: &str) {
    for trace in traces() {
        assert!(!text.contains(&trace), "{trace} in {what}:\n{text}");
    }
}

async fn open(crossing: Crossing, act: impl Into<crate::house::Part>) -> House {
    let plan = house().provider_with("leaky", crossing.backend, act, "api_key_env: LEAKY_KEY");
    // A key that is refused for its rate is waited for; here nobody waits.
    plan.variable("LEAKY_KEY", KEY).profile("queue_timeout_s: 0").open().await
}

/// The key really went out: otherwise nothing here would mean anything.
fn was_sent(seen: &[Seen]) -> bool {
    seen.iter().any(|seen| {
        seen.header("x-api-key") == Some(KEY)
            || seen.header("authorization") == Some(&format!("Bearer {KEY}"))
    })
}

async fn leaks(crossing: Crossing, act: impl Into<crate::house::Part>, what: &str) {
    let house = open(crossing, act).await;
    let heard = house.ask(&crossing.ask()).await;
    assert!(was_sent(&house.backend("leaky").requests()), "{what}");
    check(&format!("{what} {crossing:?}, the answer"), &heard.everything());
    check(&format!("{what} {crossing:?}, the log"), &house.log());
}

#[tokio::test]
async fn a_key_in_an_error_stays_unsaid() {
    for crossing in crossings() {
        for status in [401, 413, 422, 429, 529] {
            let response = Response::status(status).message(format!("the key {KEY} is wrong"));
            leaks(crossing, response, &status.to_string()).await;
        }
        for form in forms() {
            for status in [400, 500] {
                let response = Response::status(status).message(format!("the key {form} is wrong"));
                leaks(crossing, response, &format!("{status} {form}")).await;
            }
            // As text that is no JSON, and where a strict reader would not look.
            let plain =
                Response::empty(400).header("content-type", "text/plain").body(format!("wrong: {form}"));
            leaks(crossing, plain, &form).await;
        }
    }
}

/// Messages are cut, and half a key is still a key.
#[tokio::test]
async fn a_key_at_the_edge_of_a_cut_stays_unsaid() {
    for crossing in crossings() {
        for before in [160, 175, 190, 1_975, 1_990, 4_080, 65_500] {
            let message = format!("{} {KEY} {}", "x".repeat(before), "y".repeat(100));
            for status in [400, 500] {
                let what = format!("{status} behind {before}");
                leaks(crossing, Response::status(status).message(&message), &what).await;
            }
            let act = Reply::words("one two").answer().fails(Point::Contents(1), Mishap::Error(message));
            leaks(crossing, act, &format!("an event behind {before}")).await;
        }
    }
}

#[tokio::test]
async fn a_key_in_a_stream_error_stays_unsaid() {
    for crossing in crossings().filter(|crossing| crossing.form == Stream) {
        for form in forms() {
            for place in [Point::Events(0), Point::Contents(2)] {
                let told = Mishap::Error(format!("the key {form} is wrong"));
                let act: Answer = Reply::words("one two three").answer().fails(place, told);
                leaks(crossing, act, &format!("{place:?} {form}")).await;
            }
        }
    }
}

#[tokio::test]
async fn a_key_in_headers_and_names_stays_unsaid() {
    for crossing in crossings() {
        let answer = Reply::text("Hello.")
            .model(format!("model-{KEY}"))
            .answer()
            .header("x-ratelimit-limit-requests", KEY)
            .header("anthropic-ratelimit-tokens-limit", KEY)
            .header("request-id", KEY)
            .header("retry-after", KEY);
        leaks(crossing, answer, "headers").await;
        let refusal = Response::status(429).retry_after(KEY).header("x-should-retry", KEY);
        leaks(crossing, refusal, "headers of a refusal").await;
    }
}

/// A client's own credentials go to no backend, and come back from none.
#[tokio::test]
async fn a_clients_key_goes_nowhere() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, "leaks-key, ok").open().await;
        let ask = crossing.ask().header("authorization", &format!("Bearer {KEY}")).header("x-api-key", KEY);
        for _ in 0..2 {
            check(&format!("{crossing:?}"), &house.ask(&ask).await.everything());
        }
        let seen = house.backend("first").requests();
        check(&format!("{crossing:?}, at the backend"), &format!("{seen:?}"));
        check(&format!("{crossing:?}, the log"), &house.log());
    }
}

/// Nor does a key that stands in a URL's user info, a query, or a profile nobody knows.
#[tokio::test]
async fn a_key_in_a_request_is_not_logged() {
    let crossing = Crossing { client: Anthropic, backend: Anthropic, form: Stream };
    let house = open(crossing, "ok").await;
    let key = "canary-0123456789";
    let asks = [
        Ask::new(Anthropic, Stream).at(&format!("/v1/messages?key={key}")),
        Ask::new(Anthropic, Stream).header("x-coderouter-profile", key),
        Ask::new(Anthropic, Stream).header("x-claude-code-session-id", key),
    ];
    for ask in asks {
        house.ask(&ask).await;
    }
    let log = house.log();
    assert!(!log.contains(key), "{log}");
}
