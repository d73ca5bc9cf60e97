//! Scenarios by name: all of them start, the language reads, and the important ones do what they say.

use std::collections::HashSet;

use rehearsal::{Script, UnknownScenario, overflow, scenario};

use crate::client::{CHAT, Client, MESSAGES, PLAIN, STREAM, ask, started};

async fn named(text: &str) -> rehearsal::Backend {
    started(Script::from_name(text).expect("a known name")).await
}

#[tokio::test]
async fn names_are_unique_and_described() {
    let mut seen = HashSet::new();
    for (name, summary) in scenario::names() {
        assert!(summary.ends_with('.') && !summary.contains('\n'), "{name}");
        assert!(!name.contains([',', ';', ':', '*', ' ']), "{name}");
        assert!(seen.insert(name.clone()), "{name} twice");
    }
}

#[tokio::test]
async fn every_scenario_starts_and_writes_what_it_can() {
    let silent = ["hang", "drop", "reset", "late"];
    for (name, _) in scenario::names() {
        for target in [MESSAGES, CHAT] {
            let backend = named(&name).await;
            let mut client = Client::connect(&backend).await;
            client.post(target, STREAM).await;
            if silent.contains(&name.as_str()) {
                backend.wait_for(1).await.expect("the request arrives");
                continue;
            }
            let bytes = client.at_least(1).await;
            assert!(bytes.starts_with(if name == "bad-head" { b"S" } else { b"H" }), "{name}");
        }
    }
}

#[tokio::test]
async fn statuses_are_what_their_names_say() {
    for name in
        ["400", "401", "402", "403", "404", "413", "422", "429", "500", "502", "503", "529", "status:418"]
    {
        let status: u16 = name.trim_start_matches("status:").parse().unwrap();
        assert_eq!(ask(&named(name).await, CHAT, PLAIN).await.status, status);
    }
    let full = ask(&named("out-of-memory").await, CHAT, PLAIN).await;
    assert!(full.status == 500 && full.text().contains("out of memory"), "{}", full.text());
    let limited = ask(&named("429:20").await, CHAT, PLAIN).await;
    assert!(limited.head.contains("retry-after: 20\r\n"), "{}", limited.head);
}

#[tokio::test]
async fn overflows_are_known_by_their_own_words() {
    for wording in overflow::PROMPT.iter().chain(overflow::OUTPUT) {
        let received = ask(&named(&format!("overflow-{}", wording.name)).await, CHAT, PLAIN).await;
        assert_eq!((received.status, received.text().as_str()), (wording.status, wording.body));
        assert!(serde_json::from_str::<serde_json::Value>(wording.body).is_ok(), "{}", wording.name);
    }
}

#[tokio::test]
async fn a_list_of_names_is_played_in_order() {
    let backend = named("429:2*2, html,ok").await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let received = ask(&backend, CHAT, PLAIN).await;
        statuses.push((received.status, received.text().contains("Hello")));
    }
    assert_eq!(statuses, [(429, false), (429, false), (200, false), (200, true), (200, true)]);
}

#[tokio::test]
async fn lists_may_stand_behind_prefixes() {
    let backend = named("/a 401; /b 500, ok").await;
    let mut statuses = Vec::new();
    for target in ["/a/v1/messages", "/b/v1/messages", "/b/v1/messages", "/v1/messages"] {
        statuses.push(ask(&backend, target, PLAIN).await.status);
    }
    assert_eq!(statuses, [401, 500, 200, 404]);
}

#[tokio::test]
async fn unknown_words_are_named() {
    let name = |name: &str| UnknownScenario::Name(String::from(name));
    let number = |text: &str| UnknownScenario::Number(String::from(text));
    for (text, expected) in [
        ("", name("")),
        ("nonsense", name("nonsense")),
        ("ok, ", name("")),
        ("ok:3", name("ok:3")),
        ("crlf:3", name("crlf:3")),
        ("429:soon", number("soon")),
        ("ok*many", number("many")),
        ("ok*0", UnknownScenario::Count(0)),
        ("ok*1000000000", UnknownScenario::Count(1_000_000_000)),
        ("/a", name("/a")),
    ] {
        assert_eq!(Script::from_name(text).err(), Some(expected), "{text}");
    }
}

#[tokio::test]
async fn picky_backends_reject_one_field_only() {
    for (name, body) in [
        ("rejects-thinking", r#"{"thinking":{"type":"adaptive"}}"#),
        ("rejects-context-management", r#"{"context_management":{}}"#),
        ("rejects-output-config", r#"{"output_config":{}}"#),
        ("rejects-system-role", r#"{"messages":[{"role":"user"},{"role":"system"}]}"#),
        ("rejects-stream-options", r#"{"stream_options":{}}"#),
    ] {
        let backend = named(name).await;
        assert_eq!(ask(&backend, MESSAGES, body).await.status, 400, "{name}");
        let accepted = r#"{"thinking":{"type":"enabled"},"messages":[{"role":"system"}]}"#;
        assert_eq!(ask(&backend, MESSAGES, accepted).await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_surplus_answer_is_whole_and_forged() {
    let backend = named("surplus").await;
    let mut client = Client::connect(&backend).await;
    client.post(CHAT, PLAIN).await;
    assert!(client.answer().await.text().contains("good many words"));
    assert_eq!(client.answer().await.text(), r#"{"forged":"not your answer"}"#);
}

#[tokio::test]
async fn a_leaked_key_is_the_callers() {
    let backend = named("leaks-key").await;
    let mut client = Client::connect(&backend).await;
    client
        .send("POST /v1/messages HTTP/1.1\r\nauthorization: Bearer sk-1\r\ncontent-length: 2\r\n\r\n{}")
        .await;
    let refused = client.answer().await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("Bearer sk-1"));
}
