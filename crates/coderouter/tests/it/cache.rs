//! Care for a backend's prompt cache: what it reads again must not differ from what it has read before.

use crate::ask::{Anthropic, Ask, OpenAi, Stream};
use crate::house::{House, house};
use rehearsal::Dialect;
use serde_json::{Value, json};

/// A request in the shape of Claude Code's, at some turn of a conversation.
fn turn(number: usize, cch: &str) -> Ask {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let cached =
        |text: &str| json!({ "type": "text", "text": text, "cache_control": { "type": "ephemeral" } });
    let line =
        format!("x-anthropic-billing-header: cc_version=2.1.197.68e; cc_entrypoint=sdk-cli; cch={cch};");
    let mut messages = vec![
        json!({ "role": "user", "content": [text("<system-reminder>\nToday.\n</system-reminder>"), text("Do it.")] }),
        json!({ "role": "system", "content": "Agents: none. Skills: none." }),
    ];
    for at in 0..number {
        let id = format!("toolu_{at:024}");
        let input = json!({ "file_path": format!("/{at}"), "deep": { "z": 1, "a": [1.0, "é"] } });
        messages.push(json!({ "role": "assistant", "content": [
            { "type": "thinking", "thinking": "Let me see.", "signature": "c2ln" },
            text("I look."),
            { "type": "tool_use", "id": id, "name": "Read", "input": input },
        ] }));
        messages.push(json!({ "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": id, "content": format!("content {at}") },
            text("<system-reminder>\nGo on.\n</system-reminder>"),
        ] }));
    }
    // The marker of the cache moves along with the conversation.
    let last = messages.last_mut().and_then(|message| message["content"].as_array_mut());
    if let Some(part) = last.and_then(|parts| parts.last_mut()) {
        part["cache_control"] = json!({ "type": "ephemeral" });
    }
    Ask::new(Anthropic, Stream)
        .with("system", json!([text(&line), cached("You are a coding agent."), cached("Be careful.")]))
        .with("messages", messages)
        .with("thinking", json!({ "type": "adaptive" }))
        .with("metadata", json!({ "user_id": "{\"session_id\":\"s\"}" }))
        .tools()
}

async fn open(backend: Dialect) -> House {
    house().provider("first", backend, "ok").open().await
}

async fn sent(house: &House, ask: &Ask) -> Vec<u8> {
    assert_eq!(house.ask(ask).await.status(), 200);
    house.backend("first").requests().pop().expect("a request").body.to_vec()
}

#[tokio::test]
async fn what_changes_with_every_request_is_put_constant() {
    for backend in [Anthropic, OpenAi] {
        let house = open(backend).await;
        let first = sent(&house, &turn(2, "a1b2c")).await;
        let second = sent(&house, &turn(2, "9f8e7")).await;
        assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&second), "{backend:?}");
        let text = String::from_utf8(first).expect("UTF-8");
        assert!(text.contains("cch=fffff;") && text.contains("cc_version=2.1.197.68e"), "{text}");
    }
}

/// Every turn's prompt begins with that of the turn before, byte for byte.
#[tokio::test]
async fn turns_grow_at_the_end() {
    let house = open(OpenAi).await;
    let mut before: Option<(String, String)> = None;
    for number in 0..5 {
        let body =
            String::from_utf8(sent(&house, &turn(number, &format!("{number:05}"))).await).expect("UTF-8");
        let messages = array(&body, "messages");
        let tools = array(&body, "tools");
        if let Some((earlier, same_tools)) = &before {
            let grown = earlier.strip_suffix(']').expect("a list");
            assert!(messages.starts_with(grown), "turn {number}:\n{earlier}\n{messages}");
            assert_eq!(tools, *same_tools, "turn {number}");
        }
        before = Some((messages, tools));
    }
}

/// The text of a top-level array.
fn array(body: &str, key: &str) -> String {
    let (_, rest) = body.split_once(&format!("\"{key}\":")).expect("the key");
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Box<serde_json::value::RawValue>>();
    values.next().expect("a value").expect("JSON").get().to_owned()
}

#[tokio::test]
async fn system_turns_stay_in_place_and_results_come_before_text() {
    let house = open(OpenAi).await;
    let body: Value = serde_json::from_slice(&sent(&house, &turn(1, "00000")).await).expect("JSON");
    let messages = body["messages"].as_array().expect("a list");
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().expect("a role")).collect();
    let place =
        |words: &str| messages.iter().position(|message| message.to_string().contains(words)).expect(words);
    assert_eq!(roles[0], "system", "{roles:?}");
    assert!(place("Do it.") <= place("Agents: none."), "{body:#}");
    assert!(place("Agents: none.") < place("I look."), "{body:#}");
    assert!(place("content 0") < place("Go on."), "{body:#}");
    assert_eq!(roles[place("content 0")], "tool", "{roles:?}");
    assert!(!messages[0].to_string().contains("Agents: none."), "nothing is pulled to the front: {body:#}");
}

/// Where the router hands out a server's slots, the line goes and each conversation keeps its slot.
#[tokio::test]
async fn managed_slots_belong_to_conversations() {
    let plan = house().provider_with("first", OpenAi, "ok", "slot_affinity_slots: 4");
    let house = plan.open().await;
    let slot = |body: Vec<u8>| {
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(!body.to_string().contains("x-anthropic-billing-header"), "{body}");
        body["id_slot"].as_u64().expect("a slot")
    };
    for session in ["S1", "S2", "S3"] {
        let ask = |number| turn(number, "00000").header("x-claude-code-session-id", session);
        let first = slot(sent(&house, &ask(0)).await);
        assert_eq!(slot(sent(&house, &ask(1)).await), first, "{session}");
        if session == "S1" {
            assert_eq!(first, 1, "as the Python program computes it");
        }
    }
}

#[tokio::test]
async fn the_line_may_be_kept_or_dropped() {
    for backend in [Anthropic, OpenAi] {
        for (word, kept) in [("keep", "cch=a1b2c;"), ("drop", "")] {
            let plan = house().provider_with("first", backend, "ok", &format!("billing_block: {word}"));
            let house = plan.open().await;
            let body = String::from_utf8(sent(&house, &turn(0, "a1b2c")).await).expect("UTF-8");
            assert_eq!(body.contains("x-anthropic-billing-header"), word == "keep", "{body}");
            assert!(body.contains(kept) && body.contains("You are a coding agent."), "{body}");
        }
    }
}

/// What an answer's prompt cost and what of it was reused becomes a fact.
#[tokio::test]
async fn reused_and_paid_tokens_are_told() {
    for backend in [Anthropic, OpenAi] {
        let house = house().provider("first", backend, "cached").open().await;
        house.ask(&turn(0, "00000")).await;
        let log = house.log();
        let line = log.lines().find(|line| line.contains("cache-observed")).expect("a line");
        let fact: Value = serde_json::from_str(line).expect("JSON");
        assert!(line.contains("15000") && line.contains("cache_hit"), "{fact:#}");
    }
}
