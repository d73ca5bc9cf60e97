//! The routes beside the model's: probes, lists, counts, and targets that are none.

use crate::ask::{Anthropic, Ask, OpenAi, Plain};
use crate::house::{House, house};
use crate::line::Answer;
use rehearsal::Script;
use serde_json::{Value, json};

async fn open() -> House {
    let models = Script::from_name("ok").expect("a script").models(["qwen3", "gemma"]);
    house()
        .provider("first", Anthropic, "ok")
        .provider_with("lister", OpenAi, models, "model: \"\"")
        .provider_with("silent", OpenAi, "refuses", "model: \"\"")
        .open()
        .await
}

pub(crate) async fn send(house: &House, method: &str, target: &str, body: &str) -> Answer {
    let mut line = house.connect().await;
    let length = body.len();
    line.send(format!(
        "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    ))
    .await;
    let head = line.head().await.expect("an answer");
    if method == "HEAD" {
        line.without_body();
    }
    line.rest(head).await
}

pub(crate) async fn get(house: &House, target: &str) -> (u16, Value) {
    let answer = send(house, "GET", target, "").await;
    assert_eq!(answer.head.header("content-type"), "application/json", "{target}");
    assert!(answer.head.header("x-request-id").starts_with("req_"), "{target}");
    (answer.head.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

#[tokio::test]
async fn probes_are_answered() {
    let house = open().await;
    let (status, root) = get(&house, "/").await;
    assert_eq!((status, &root["service"]), (200, &json!("coderouter")));
    let (status, health) = get(&house, "/healthz").await;
    assert_eq!((status, &health["status"], &health["allow_paid"]), (200, &json!("ok"), &json!(false)));
    assert_eq!(health["providers"], json!(["first", "lister", "silent"]));
    for target in ["/", "/healthz", "/v1/models"] {
        let answer = send(&house, "HEAD", target, "").await;
        assert_eq!((answer.head.status, answer.body.len()), (200, 0), "{target}");
    }
    assert!(house.backend("first").requests().is_empty(), "no probe asks a backend");
}

/// Claude Code's discovery keeps names that begin with `claude`; chat clients read `object` and `owned_by`.
#[tokio::test]
async fn the_list_of_models_suits_both_dialects() {
    let house = open().await;
    let (status, list) = get(&house, "/v1/models?limit=1000").await;
    let data = list["data"].as_array().expect("a list");
    let ids: Vec<&str> = data.iter().map(|entry| entry["id"].as_str().expect("an id")).collect();
    assert_eq!(status, 200);
    assert_eq!(ids, ["claude-coderouter-main", "first", "qwen3", "gemma", "silent"]);
    assert_eq!((&list["object"], &list["has_more"]), (&json!("list"), &json!(false)));
    assert_eq!((&list["first_id"], &list["last_id"]), (&data[0]["id"], &data[4]["id"]));
    for entry in data {
        assert_eq!((&entry["object"], &entry["type"]), (&json!("model"), &json!("model")));
        assert!(entry["created"].is_u64() && entry["created_at"].is_string(), "{entry}");
        assert!(entry["display_name"].is_string() && entry["owned_by"].is_string(), "{entry}");
        let (status, one) = get(&house, &format!("/v1/models/{}", entry["id"].as_str().unwrap())).await;
        assert_eq!((status, &one), (200, entry));
    }
    let (status, none) = get(&house, "/v1/models/none").await;
    assert_eq!((status, none["error"]["message"].is_string()), (404, true), "{none}");
}

/// What the list offers as a profile is one.
#[tokio::test]
async fn a_listed_profile_can_be_asked_for() {
    let house = open().await;
    let mut line = house.connect().await;
    let ask = Ask::new(Anthropic, Plain).with("model", "claude-coderouter-main");
    line.send(ask.raw(&house)).await;
    let answer = line.answer().await.expect("an answer");
    assert_eq!((answer.head.status, answer.head.header("x-coderouter-profile")), (200, "main"));
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(body["model"], "claude-coderouter-main");
}

/// A provider without a model takes the client's where it lists it, else the first it lists.
#[tokio::test]
async fn a_provider_without_a_model_chooses_from_its_list() {
    let models = || Script::from_name("ok").expect("a script");
    let rows = [
        (models().models(["qwen3", "asked-model"]), json!("asked-model")),
        (models().models(["qwen3", "gemma"]), json!("qwen3")),
        (models().models([""; 0]), Value::Null),
    ];
    for (script, model) in rows {
        let house = house().provider_with("lister", OpenAi, script, "model: \"\"").open().await;
        assert_eq!(house.ask(&Ask::new(OpenAi, Plain)).await.status(), 200);
        let seen = house.backend("lister").requests().pop().expect("a request");
        assert_eq!(seen.json()["model"], model);
    }
}

#[tokio::test]
async fn tokens_are_counted_here() {
    let house = open().await;
    let count = |body: Value| {
        let body = body.to_string();
        let house = &house;
        async move {
            let answer = send(house, "POST", "/v1/messages/count_tokens?beta=true", &body).await;
            (answer.head.status, serde_json::from_slice::<Value>(&answer.body).expect("JSON"))
        }
    };
    let message = |text: &str| json!({ "role": "user", "content": text });
    let tokens = |counted: (u16, Value)| {
        assert_eq!(counted.0, 200, "{}", counted.1);
        counted.1["input_tokens"].as_u64().expect("a count")
    };
    let short = tokens(count(json!({ "model": "m", "messages": [message("Hello there.")] })).await);
    let long =
        tokens(count(json!({ "model": "m", "messages": [message(&"Hello there. ".repeat(100))] })).await);
    assert!(short >= 1 && long >= 90 * short, "{short} {long}");
    let tool = json!({ "name": "Read", "description": "x".repeat(4_000), "input_schema": {} });
    let tools = tokens(count(json!({ "model": "m", "messages": [message("Hi")], "tools": [tool] })).await);
    assert!(tools >= 1_000, "tools count: {tools}");
    for wrong in [json!({}), json!({ "model": "m" }), json!({ "model": "m", "messages": 7 })] {
        let (status, body) = count(wrong).await;
        assert_eq!((status, &body["error"]["type"]), (400, &json!("invalid_request_error")), "{body}");
        assert!(body["error"]["message"].as_str().unwrap().contains("messages"), "{body}");
    }
    assert!(house.backend("first").requests().is_empty(), "no backend is asked");
}

#[tokio::test]
async fn what_is_no_route_is_refused_in_the_shape_of_its_path() {
    let house = open().await;
    let rows = [
        ("GET", "/v1/messages", 405, "/error/type"),
        ("PUT", "/v1/messages/count_tokens", 405, "/error/type"),
        ("GET", "/v1/chat/completions", 405, "/error/code"),
        ("POST", "/v1/models", 405, "/error/code"),
        ("POST", "/v1/messages/batches", 404, "/error/type"),
        ("POST", "/v1/embeddings", 404, "/error/code"),
        ("POST", "/api/event_logging/batch", 404, "/detail"),
        ("GET", "/nothing", 404, "/detail"),
        ("POST", "/healthz", 405, "/detail"),
        ("OPTIONS", "/v1/messages", 405, "/error/type"),
    ];
    for (method, target, status, shape) in rows {
        let answer = send(&house, method, target, "{}").await;
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(answer.head.status, status, "{method} {target} {body}");
        assert!(body.pointer(shape).is_some(), "{method} {target} {body}");
        assert_eq!(answer.head.header("allow").is_empty(), status != 405, "{method} {target}");
    }
    let nasty = send(&house, "GET", "/v1/%0d%0ax:1<script>\u{e9}", "").await;
    assert!(nasty.head.status == 404 || nasty.head.status == 400, "{:?}", nasty.head);
}
