//! What a client is told when everybody has failed: the most useful of the faults, in its own dialect, with what it
//! needs to do the right thing next.

use crate::ask::{Anthropic, Crossing, Stream, crossings};
use crate::heard::Heard;
use crate::house::{House, house};
use crate::together::{across, together};
use rehearsal::overflow;

/// What is expected of a final error.
#[derive(Clone, Copy)]
struct Row {
    /// The chain, each provider's act.
    chain: &'static [&'static str],
    status: u16,
    /// `error.type` for both clients.
    kinds: (&'static str, &'static str),
    should_retry: &'static str,
    retry_after: &'static str,
    /// Words of the message.
    says: &'static [&'static str],
}

/// Nobody is waited for.
const AT_ONCE: &str = "queue_timeout_s: 0";

const SERVER: (&str, &str) = ("api_error", "server_error");
const REQUEST: (&str, &str) = ("invalid_request_error", "invalid_request_error");
const LIMIT: (&str, &str) = ("rate_limit_error", "rate_limit_error");
const LARGE: (&str, &str) = ("request_too_large", "invalid_request_error");

const fn row(
    chain: &'static [&'static str],
    status: u16,
    kinds: (&'static str, &'static str),
    should_retry: &'static str,
    says: &'static [&'static str],
) -> Row {
    Row { chain, status, kinds, should_retry, retry_after: "", says }
}

const fn waits(row: Row, retry_after: &'static str) -> Row {
    Row { retry_after, ..row }
}

const ROWS: &[Row] = &[
    row(&["refuses"], 502, SERVER, "true", &["profile='main'", "[a]"]),
    row(&["400"], 400, REQUEST, "false", &["the request was malformed"]),
    row(&["422"], 400, REQUEST, "false", &["the request can't be processed"]),
    row(&["401"], 502, SERVER, "false", &["credentials", "hint:"]),
    row(&["403"], 502, SERVER, "false", &["credentials"]),
    row(&["402"], 502, SERVER, "false", &["[a status=402]"]),
    row(&["404"], 502, SERVER, "false", &["[a status=404]"]),
    row(&["413"], 413, LARGE, "false", &["the request is too large"]),
    waits(row(&["429:7"], 429, LIMIT, "true", &["rate limit reached"]), "7"),
    waits(row(&["429-absurd"], 429, LIMIT, "true", &["rate limit reached"]), "86400"),
    row(&["429-negative"], 429, LIMIT, "true", &[]),
    row(&["429-date"], 429, LIMIT, "true", &[]),
    row(&["429-words"], 429, LIMIT, "true", &[]),
    row(&["429-bare"], 429, LIMIT, "true", &[]),
    row(&["500"], 502, SERVER, "true", &["[a status=500] internal server error"]),
    row(&["503"], 502, SERVER, "true", &["[a status=503]"]),
    row(&["529"], 502, SERVER, "true", &["[a status=529]"]),
    row(&["html"], 502, SERVER, "true", &["[a]"]),
    row(&["empty-200"], 502, SERVER, "true", &["[a]"]),
    row(&["bad-json"], 502, SERVER, "true", &["[a]"]),
    row(&["redirect"], 502, SERVER, "true", &["redirect"]),
    row(&["drop"], 502, SERVER, "true", &["[a]"]),
    row(&["error-first"], 502, SERVER, "true", &["Overloaded"]),
    // Of several the most useful one, wherever it stands.
    row(&["500", "overflow-openai", "429"], 400, REQUEST, "false", &["204308", "128000"]),
    waits(row(&["429:30", "429:5", "500"], 429, LIMIT, "true", &[]), "5"),
    waits(row(&["429-bare", "429:9"], 429, LIMIT, "true", &[]), "9"),
    row(&["401", "400", "413"], 400, REQUEST, "false", &["the request was malformed"]),
    row(&["500", "413", "400"], 413, LARGE, "true", &["the request is too large"]),
    row(&["401", "403"], 502, SERVER, "false", &["credentials"]),
    row(&["401", "500"], 502, SERVER, "true", &["[b status=500]"]),
];

async fn open(crossing: Crossing, chain: &[&'static str]) -> House {
    let names = ["a", "b", "c"];
    let plan = chain.iter().zip(names);
    plan.fold(house().profile(AT_ONCE), |plan, (act, name)| plan.provider(name, crossing.backend, *act))
        .open()
        .await
}

fn check(row: &Row, crossing: Crossing, heard: &Heard) {
    let what = format!("{:?} {crossing:?}\n{}", row.chain, heard.everything());
    let failure = heard.failed();
    let kind = if crossing.client == Anthropic { row.kinds.0 } else { row.kinds.1 };
    assert_eq!((heard.status(), failure.kind.as_str()), (row.status, kind), "{what}");
    assert_eq!(heard.header("x-should-retry"), row.should_retry, "{what}");
    assert_eq!(heard.header("retry-after"), row.retry_after, "{what}");
    for words in row.says {
        assert!(failure.message.contains(words), "{words}: {what}");
    }
    assert_eq!(heard.header("content-type"), "application/json", "{what}");
    assert_eq!(heard.header("x-coderouter-provider"), "", "nobody answered: {what}");
    assert_eq!(heard.header("x-coderouter-fallback-from"), "a", "{what}");
    let left = &["a", "b", "c"][..row.chain.len()];
    assert_eq!(heard.header("x-coderouter-fallback-chain"), left.join(">"), "{what}");
    // Agents show a login page where they read of these.
    let body = heard.body().to_lowercase();
    let words: Vec<&str> = body.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for login in ["401", "403", "api_key", "authentication", "unauthorized"] {
        assert!(!words.contains(&login), "{login}: {what}");
    }
}

#[tokio::test]
async fn the_most_useful_fault_is_told() {
    let all = ROWS.iter().flat_map(|row| crossings().map(move |crossing| (row, crossing)));
    together(all.map(|(row, crossing)| async move {
        let house = open(crossing, row.chain).await;
        check(row, crossing, &house.ask(&crossing.ask()).await);
    }))
    .await;
}

/// Every backend's way to say that a prompt is too long becomes the client's own, with the numbers.
#[tokio::test]
async fn overflow_is_told_in_the_words_that_make_a_client_compact() {
    let all = overflow::PROMPT.iter().flat_map(|words| crossings().map(move |crossing| (words, crossing)));
    together(all.map(|(words, crossing)| async move {
        let plan = house().provider("a", crossing.backend, words.response());
        let heard = plan.open().await.ask(&crossing.ask()).await;
        let failure = heard.failed();
        let what = format!("{} {crossing:?} {failure:?}", words.name);
        assert_eq!((heard.status(), failure.kind.as_str()), (400, "invalid_request_error"), "{what}");
        assert_eq!(heard.header("x-should-retry"), "false", "{what}");
        if crossing.client == Anthropic {
            assert!(failure.message.starts_with("prompt is too long"), "{what}");
        } else {
            assert_eq!(failure.code, "context_length_exceeded", "{what}");
        }
    }))
    .await;
}

/// Where the answer is what is asked too long, a shorter conversation is no cure, and clients must not be told so.
#[tokio::test]
async fn too_long_an_answer_is_no_overflow() {
    for words in overflow::OUTPUT {
        for crossing in crossings() {
            let house = house().provider("a", crossing.backend, words.response()).open().await;
            let heard = house.ask(&crossing.ask()).await;
            let failure = heard.failed();
            let what = format!("{} {crossing:?} {failure:?}", words.name);
            assert_eq!((heard.status(), failure.kind.as_str()), (400, "invalid_request_error"), "{what}");
            assert!(!failure.message.starts_with("prompt is too long"), "{what}");
            assert_ne!(failure.code, "context_length_exceeded", "{what}");
            assert!(failure.message.contains("max_tokens"), "in its own words: {what}");
        }
    }
}

#[tokio::test]
async fn limits_end_as_errors_too() {
    let silences = ["hang", "late-body:60000", "comments-forever:20"];
    together(across(&silences, crossings()).into_iter().map(|(act, crossing)| async move {
        let plan = house().provider_with("a", crossing.backend, act, "timeout_s: 1");
        if act.starts_with("comments") && crossing.form != Stream {
            return;
        }
        let heard = plan.open().await.ask(&crossing.ask()).await;
        check(&row(&["hang"], 502, SERVER, "true", &["[a]"]), crossing, &heard);
    }))
    .await;
}

/// What a backend says is cut and freed of control characters before a client reads it.
#[tokio::test]
async fn a_backends_words_are_tamed() {
    for crossing in crossings() {
        let house = open(crossing, &["nasty-message", "long-message"]).await;
        let heard = house.ask(&crossing.ask()).await;
        let message = &heard.failed().message;
        assert!(message.contains("x-injected: 1"), "{message}");
        assert!(!message.chars().any(|c| c.is_control()), "{message:?}");
        assert!(message.len() < 3_000, "{}", message.len());
        assert_eq!(heard.header("x-injected"), "");
    }
}

/// A chain whose members all cost money is told apart from one that is broken.
#[tokio::test]
async fn a_chain_that_costs_money_says_so() {
    for crossing in crossings() {
        let plan = house().provider_with("a", crossing.backend, "ok", "paid: true");
        let heard = plan.open().await.ask(&crossing.ask()).await;
        let failure = heard.failed();
        assert_eq!((heard.status(), heard.header("x-should-retry")), (502, "false"), "{failure:?}");
        assert!(failure.message.contains("no providers eligible"), "{failure:?}");
        assert!(failure.message.contains("ALLOW_PAID"), "{failure:?}");
    }
}
