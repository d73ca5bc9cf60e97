//! A first provider that fails before it has said anything, in every way there is: the client hears the second and
//! nothing of the first but its name in the headers.

use crate::ask::{Crossing, Form, Plain, Stream, crossings, streams};
use crate::house::{House, house};
use crate::together::{across, together};
use rehearsal::Dialect;

/// A way to fail, and the reason that headers give for leaving: for streams, and for plain answers. An empty reason
/// is an answer that is none the worse for it.
type Row = (&'static str, &'static str, &'static str);

const REFUSALS: &[Row] = &[
    ("refuses", "connection", "connection"),
    ("drop", "connection", "connection"),
    ("reset", "connection", "connection"),
    ("400", "upstream-4xx", "upstream-4xx"),
    ("401", "auth", "auth"),
    ("402", "upstream-4xx", "upstream-4xx"),
    ("403", "auth", "auth"),
    ("404", "upstream-4xx", "upstream-4xx"),
    ("413", "upstream-4xx", "upstream-4xx"),
    ("422", "upstream-4xx", "upstream-4xx"),
    ("429", "rate-limit", "rate-limit"),
    ("429-bare", "rate-limit", "rate-limit"),
    ("429-absurd", "rate-limit", "rate-limit"),
    ("500", "upstream-5xx", "upstream-5xx"),
    ("502", "upstream-5xx", "upstream-5xx"),
    ("503", "upstream-5xx", "upstream-5xx"),
    ("529", "upstream-5xx", "upstream-5xx"),
    ("status:418", "upstream-4xx", "upstream-4xx"),
    ("status:204", "empty-stream", "empty-stream"),
    ("redirect", "upstream-error", "upstream-error"),
    ("long-message", "upstream-5xx", "upstream-5xx"),
    ("nasty-message", "upstream-5xx", "upstream-5xx"),
    ("ollama-parse-error", "upstream-5xx", "upstream-5xx"),
    ("overflow-openai", "upstream-4xx", "upstream-4xx"),
    ("overflow-llama-cpp-old", "upstream-5xx", "upstream-5xx"),
];

const NO_ANSWERS: &[Row] = &[
    ("html", "upstream-error", "upstream-error"),
    ("empty-200", "empty-stream", "empty-stream"),
    ("empty-stream", "empty-stream", "empty-stream"),
    ("bad-json", "upstream-error", "upstream-error"),
    ("wrong-shape", "upstream-error", "upstream-error"),
    ("array-200", "upstream-error", "upstream-error"),
    ("error-200", "upstream-error", "upstream-error"),
    ("error-first", "upstream-error", "upstream-error"),
    ("gzip", "upstream-error", "upstream-error"),
    ("empty-answer", "empty-response", "empty-response"),
    ("blank-answer", "empty-response", "empty-response"),
    // Thinking is content: once it streams, this provider answers or an error does.
    ("thinking-only", "", "empty-response"),
    ("cut-head", "connection", "connection"),
    ("bad-head", "connection", "connection"),
    ("two-lengths", "connection", "connection"),
    ("die-after-head", "connection", "upstream-error"),
    ("die-after-start", "connection", "upstream-error"),
    ("die-mid-stream:0", "connection", "upstream-error"),
    ("reset-mid-stream:0", "connection", "upstream-error"),
    ("half-close-mid-stream:0", "connection", "upstream-error"),
    ("end-mid-stream:0", "stream-truncated", "upstream-error"),
    ("length-too-long", "", "connection"),
    ("bad-chunk", "", "connection"),
];

const SILENCES: &[Row] = &[
    ("hang", "ttft-timeout", "timeout"),
    ("hang-after-head", "ttft-timeout", ""),
    ("hang-after-start", "ttft-timeout", ""),
    ("hang-mid-stream:0", "ttft-timeout", ""),
    ("late-body:60000", "ttft-timeout", "timeout"),
    ("comments-forever:20", "ttft-timeout", ""),
    ("comments-after-start:20", "ttft-timeout", ""),
];

/// Not faults, though odd: the first provider is heard.
const ODD: &[&str] = &[
    "json-for-stream",
    "stream-for-json",
    "wrong-content-type",
    "bytes",
    "joined",
    "until-close",
    "interim:3",
    "late:50",
    "late-body:50",
];

/// Limits that a silent backend runs into soon.
const IMPATIENT: &str = "ttft_timeout_s: 0.5\ntimeout_s: 1";

async fn open(crossing: Crossing, act: &str, limits: &str) -> House {
    house()
        .provider_with("wobbly", crossing.backend, act, limits)
        .provider("steady", crossing.backend, rehearsal::Reply::words("The steady answer."))
        .open()
        .await
}

async fn falls_back(crossing: Crossing, act: &str, limits: &str, reason: &str) {
    let house = open(crossing, act, limits).await;
    let heard = house.ask(&crossing.ask()).await;
    let row = format!("{act} {crossing:?} {:?}", heard.answer.head);
    assert_eq!((heard.status(), heard.said.text.as_str()), (200, "The steady answer."), "{row}");
    assert_eq!(heard.failure, None, "{row}");
    assert_eq!(heard.header("x-coderouter-provider"), "steady", "{row}");
    assert_eq!(heard.header("x-coderouter-model"), "steady-model", "{row}");
    assert_eq!(heard.header("x-coderouter-fallback-from"), "wobbly", "{row}");
    assert_eq!(heard.header("x-coderouter-fallback-to"), "steady", "{row}");
    assert_eq!(heard.header("x-coderouter-fallback-reason"), reason, "{row}");
    assert_eq!(heard.header("x-coderouter-fallback-chain"), "wobbly>steady", "{row}");
    for trace in ["wobbly", "good many words", "x-injected", "rehearsed failure", "Overloaded"] {
        assert!(!heard.body().contains(trace), "{row}: {trace} in {}", heard.body());
    }
    assert_eq!(house.backend("steady").requests().len(), 1, "{row}");
}

async fn check(rows: &'static [Row], limits: &'static str) {
    let all = rows.iter().flat_map(|row| crossings().map(move |crossing| (row, crossing)));
    together(all.filter_map(|((act, stream, plain), crossing)| {
        let reason = if crossing.form == Stream { stream } else { plain };
        (!reason.is_empty()).then(|| falls_back(crossing, act, limits, reason))
    }))
    .await;
}

#[tokio::test]
async fn refusals_move_on() {
    check(REFUSALS, "").await;
}

#[tokio::test]
async fn answers_that_are_none_move_on() {
    check(NO_ANSWERS, "").await;
}

#[tokio::test]
async fn silence_moves_on() {
    check(SILENCES, IMPATIENT).await;
}

#[tokio::test]
async fn odd_answers_are_answers() {
    together(across(ODD, crossings()).into_iter().map(|(act, crossing)| async move {
        let house = open(crossing, act, "").await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.header("x-coderouter-provider"), "wobbly", "{act} {crossing:?}");
        assert!(!heard.said.text.is_empty() && heard.failure.is_none(), "{act} {crossing:?}");
    }))
    .await;
}

#[tokio::test]
async fn every_departure_of_a_long_chain_is_told() {
    for crossing in crossings() {
        let house = house()
            .provider_with("costly", crossing.backend, "ok", "paid: true")
            .provider("refuses", crossing.backend, "refuses")
            .provider("busy", crossing.backend, "429")
            .provider("empty", crossing.backend, "empty-answer")
            .provider("steady", crossing.backend, "ok")
            .provider("idle", crossing.backend, "ok")
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.header("x-coderouter-fallback-from"), "costly");
        assert_eq!(heard.header("x-coderouter-fallback-to"), "steady");
        let reasons = "paid-gate,connection,rate-limit,empty-response";
        assert_eq!(heard.header("x-coderouter-fallback-reason"), reasons);
        assert_eq!(heard.header("x-coderouter-fallback-chain"), "costly>refuses>busy>empty>steady");
        assert_eq!(house.backend("idle").requests().len(), 0);
        assert_eq!(house.backend("costly").requests().len(), 0);
    }
}

/// A backend that refuses a field is asked once more without it, and never with it again.
#[tokio::test]
async fn a_refused_field_is_left_out_and_remembered() {
    use serde_json::json;
    let rows: &[(&str, Dialect, &str, serde_json::Value)] = &[
        ("rejects-thinking", Dialect::Anthropic, "thinking", json!({ "type": "adaptive" })),
        ("rejects-context-management", Dialect::Anthropic, "context_management", json!({ "edits": [] })),
        ("rejects-output-config", Dialect::Anthropic, "output_config", json!({ "effort": "high" })),
        ("rejects-stream-options", Dialect::OpenAi, "stream_options", json!({ "include_usage": true })),
    ];
    for (act, dialect, field, value) in rows {
        // A plain request has no stream options to refuse.
        let forms: &[Form] = if *field == "stream_options" { &[Stream] } else { &[Plain, Stream] };
        for form in forms {
            let form = *form;
            let crossing = Crossing { client: *dialect, backend: *dialect, form };
            let house = house().provider("first", *dialect, *act).open().await;
            for tries in [2, 3] {
                let heard = house.ask(&crossing.ask().with(field, value.clone())).await;
                assert_eq!((heard.status(), heard.said.text.as_str()), (200, "Accepted."), "{act}");
                let seen = house.backend("first").requests();
                assert_eq!(seen.len(), tries, "{act} {form:?}");
                assert!(seen[tries - 1].json().get(*field).is_none(), "{act}");
            }
        }
    }
}

#[tokio::test]
async fn whether_nothing_is_an_answer_is_configured() {
    for crossing in crossings() {
        for (action, provider, told) in
            [("off", "first", false), ("warn", "first", true), ("fallback", "second", true)]
        {
            let plan = house().provider("first", crossing.backend, "empty-answer");
            let plan = plan.provider("second", crossing.backend, "ok");
            let house = plan.profile(&format!("empty_response_action: {action}")).open().await;
            let heard = house.ask(&crossing.ask()).await;
            assert_eq!(heard.header("x-coderouter-provider"), provider, "{action} {crossing:?}");
            assert_eq!(house.log().contains("empty-response-detected"), told, "{action} {crossing:?}");
        }
    }
}

/// Where the whole chain says nothing, the last nothing is handed on rather than an error.
#[tokio::test]
async fn the_last_empty_answer_is_taken() {
    for crossing in crossings() {
        let house = house().provider("a", crossing.backend, "empty-answer").provider(
            "b",
            crossing.backend,
            "empty-answer",
        );
        let house = house.open().await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!((heard.status(), heard.failure.as_ref()), (200, None), "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "b", "{crossing:?}");
    }
}

/// A stream whose first provider is slow to begin waits for it: only silence counts.
#[tokio::test]
async fn a_slow_start_is_no_silence() {
    together(streams().map(|crossing| async move {
        let house = open(crossing, "late:300", "ttft_timeout_s: 5").await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.header("x-coderouter-provider"), "wobbly", "{crossing:?}");
    }))
    .await;
}

/// Requests that were refused a field at the same time are all asked without it.
#[tokio::test]
async fn a_field_refused_to_many_at_once_is_left_out_for_all() {
    for form in [Plain, Stream] {
        let crossing = Crossing { client: Dialect::Anthropic, backend: Dialect::Anthropic, form };
        let house = house().provider("first", Dialect::Anthropic, "rejects-thinking").open().await;
        let ask = crossing.ask().with("thinking", serde_json::json!({ "type": "adaptive" }));
        let asks = (0..8).map(|_| house.ask(&ask));
        for heard in futures_util::future::join_all(asks).await {
            assert_eq!((heard.status(), heard.said.text.as_str()), (200, "Accepted."), "{form:?}");
        }
    }
}

/// How badly a provider drifts that was left says nothing about the one that answered.
#[tokio::test]
async fn drift_is_told_of_who_answers() {
    // Who always says the same drifts as well.
    let another = |_: &rehearsal::Seen| {
        rehearsal::Reply::words(&format!("The answer is {:x} this time.", fastrand::u64(..))).into()
    };
    let house = house()
        .root("health_cache: {action: off}")
        .provider("wobbly", Dialect::Anthropic, "500")
        .provider("steady", Dialect::Anthropic, rehearsal::Act::decide(another))
        .profile("drift_detection_action: warn")
        .open()
        .await;
    for turn in 0..20 {
        // A conversation that has a home is not asked elsewhere.
        let session = fastrand::u64(..).to_string();
        let ask = crate::ask::Ask::new(Dialect::Anthropic, Plain).header("session-id", &session);
        let heard = house.ask(&ask).await;
        assert_eq!(heard.header("x-coderouter-provider"), "steady");
        assert_eq!(heard.header("x-coderouter-drift"), "", "turn {turn}");
    }
    assert!(house.log().contains("drift-detected"));
}
