//! The small brain: with tools it calls one, with the result it is done, in both dialects.

use rehearsal::{Act, Backend, CallForm, Script, Task};
use serde_json::{Value, json};

use crate::client::{CHAT, MESSAGES, ask, backend, started};

const WISH: &str = "Create the file /project/hello.txt with the text hello world.";

fn tools(name: &str) -> Value {
    json!([{ "name": name, "input_schema": {}, "type": "function", "function": { "name": name } }])
}

async fn reply(backend: &Backend, target: &str, body: Value) -> Value {
    let text = ask(backend, target, &body.to_string()).await.text();
    serde_json::from_str(&text).expect("JSON")
}

/// The name, id and input of the only call in an Anthropic answer.
fn call(answer: &Value) -> (&str, &str, &Value) {
    let blocks = answer["content"].as_array().expect("content");
    let call = blocks.iter().find(|block| block["type"] == "tool_use").expect("a call");
    (call["name"].as_str().expect("a name"), call["id"].as_str().expect("an id"), &call["input"])
}

#[tokio::test]
async fn a_task_is_one_call_and_a_last_word_on_the_anthropic_wire() {
    let backend = started(Script::agent_task("Read", json!({ "path": "/a" }), "All read.")).await;
    let user = json!({ "role": "user", "content": [{ "type": "text", "text": "Read it." }] });
    let system = json!({ "role": "system", "content": "Agents: none." });
    let first =
        reply(&backend, MESSAGES, json!({ "tools": tools("Read"), "messages": [user, system] })).await;
    let (name, id, input) = call(&first);
    assert_eq!((name, input), ("Read", &json!({ "path": "/a" })));
    assert_eq!(first["stop_reason"], "tool_use");
    let answer = json!({ "role": "assistant", "content": first["content"] });
    let result = |failed: bool| {
        json!({ "role": "user", "content": [
            { "type": "tool_result", "tool_use_id": id, "content": "ok", "is_error": failed }
        ] })
    };
    for (failed, last) in [(false, "All read."), (true, "The tool reported an error.")] {
        let messages = [&user, &system, &answer, &result(failed)];
        let done = reply(&backend, MESSAGES, json!({ "tools": tools("Read"), "messages": messages })).await;
        assert_eq!(done["content"], json!([{ "type": "text", "text": last }]));
    }
    let messages = [&user, &system, &answer, &result(false), &answer, &user];
    let again = reply(&backend, MESSAGES, json!({ "tools": tools("Read"), "messages": messages })).await;
    assert_ne!(call(&again).1, id);
}

#[tokio::test]
async fn a_task_is_one_call_and_a_last_word_on_the_openai_wire() {
    let backend = backend(Task::create_file()).await;
    let user = json!({ "role": "user", "content": WISH });
    let first = reply(&backend, CHAT, json!({ "tools": tools("write"), "messages": [user] })).await;
    let message = &first["choices"][0]["message"];
    let function = &message["tool_calls"][0]["function"];
    assert_eq!(function["name"], "write");
    let arguments: Value = serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({ "filePath": "/project/hello.txt", "content": "hello world" }));
    let result = json!({ "role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "ok" });
    let body = json!({ "tools": tools("write"), "messages": [user, message, result] });
    let done = reply(&backend, CHAT, body).await;
    assert_eq!(done["choices"][0]["message"]["content"], "Done, the file is written.");
    assert_eq!(done["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn a_file_task_finds_its_tool_and_its_words() {
    let backend = backend(Task::create_file()).await;
    let blocks = json!([{ "type": "text", "text": "<system-reminder>…</system-reminder>" }, { "type": "text", "text": WISH }]);
    let body = json!({ "tools": tools("Write"), "messages": [{ "role": "user", "content": blocks }] });
    let answer = reply(&backend, MESSAGES, body).await;
    let (name, _, input) = call(&answer);
    assert_eq!(name, "Write");
    assert_eq!(input, &json!({ "file_path": "/project/hello.txt", "content": "hello world" }));
}

#[tokio::test]
async fn without_tools_it_only_talks() {
    let backend = backend(Task::create_file()).await;
    for body in [json!({ "tools": [], "messages": [] }), json!({}), json!({ "tools": tools("Other") })] {
        let answer = reply(&backend, MESSAGES, body).await;
        assert_eq!(answer["stop_reason"], "end_turn");
        assert_eq!(answer["content"][0]["type"], "text");
    }
}

#[tokio::test]
async fn a_call_may_be_written_as_text() {
    let backend = backend(Task::create_file().form(CallForm::Text)).await;
    let body = json!({ "tools": tools("Write"), "messages": [{ "role": "user", "content": WISH }] });
    let answer = reply(&backend, MESSAGES, body).await;
    let text = answer["content"][0]["text"].as_str().unwrap();
    let call = text.split("<tool_call>").nth(1).and_then(|rest| rest.split("</tool_call>").next()).unwrap();
    let call: Value = serde_json::from_str(call).unwrap();
    assert_eq!(call["name"], "Write");
    assert_eq!(answer["stop_reason"], "end_turn");
}

#[tokio::test]
async fn a_task_may_be_one_act_of_many() {
    let script = Script::first(Act::drop_connection()).then(Task::create_file());
    let backend = started(script).await;
    let mut client = crate::client::Client::connect(&backend).await;
    client.post(MESSAGES, "{}").await;
    assert!(client.rest().await.unwrap().is_empty());
    assert_eq!(ask(&backend, MESSAGES, "{}").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_was_begun_elsewhere_is_gone_on_with() {
    let backend = backend(Task::create_file()).await;
    let user = json!({ "role": "user", "content": WISH });
    let begun = json!({ "role": "assistant", "content": "I was about to" });
    for (target, tool) in [(MESSAGES, "Write"), (CHAT, "write")] {
        let body = json!({ "tools": tools(tool), "messages": [user, begun] });
        let answer = reply(&backend, target, body).await.to_string();
        assert!(answer.contains("/project/hello.txt"), "{answer}");
    }
}
