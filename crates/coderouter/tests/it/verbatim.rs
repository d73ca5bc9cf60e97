//! The verbatim lane: where client and backend speak one dialect, bytes go through as they came, but for the names
//! that are the router's to give.

use crate::ask::{Anthropic, Ask, Crossing, Form, MODEL, OpenAi, Plain, Stream, streams};
use crate::heard::Heard;
use crate::house::{House, house};
use rehearsal::{Dialect, Reply, Response, Seen};

/// A request as odd as JSON allows: the order of its keys, blanks, numbers, escapes and unknown fields.
const ODD_MESSAGES: &str = r#"{
  "zeta":1.50e+3 , "model": "asked-model","max_tokens":1000,
  "system":[{"type":"text","text":"Be kind.","cache_control":{"type":"ephemeral","ttl":"1h"},"x":null}],
  "messages":[ {"role":"user","content":[{"type":"text","text":"\u0048i \ud83d\ude00 \/ é","citations":null}],"y":[]},
    {"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"tool_use","id":"toolu_1","name":"Read","input":{"b":12345678901234567890,"a":1.0}}]},
    {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"ok","is_error":false},{"type":"unheard_of","n":1}]} ],
  "tools":[{"name":"Read","input_schema":{"type":"object","$id":"x","properties":{}},"defer":0},{"type":"web_search_20250305","name":"web_search"}],
  "metadata":{"user_id":"{\"device_id\":\"d\"}"},"thinking":{"type":"adaptive"},"context_management":{"edits":[]},
  "output_config":{"effort":"high"},"profile" : "main","betas":["x"],"omega":{"deep":[[[{}]]]}}"#;

const ODD_CHAT: &str = r#"{
  "zeta":1.50e+3 , "model": "asked-model","max_tokens":1000,"seed":7,"logit_bias":{"50256":-100},
  "messages":[ {"role":"system","content":"Be kind.","name":"n"},
    {"role":"user","content":[{"type":"text","text":"\u0048i \ud83d\ude00 \/ é"}],"y":[]},
    {"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"Read","arguments":"{\"b\": 1.0 }"},"z":1}]},
    {"role":"tool","tool_call_id":"call_1","content":"ok"} ],
  "tools":[{"type":"function","function":{"name":"Read","parameters":{"type":"object","properties":{}},"strict":true}}],
  "response_format":{"type":"text"},"profile" : "main","user":"u","omega":{"deep":[[[{}]]]}}"#;

fn odd(client: Dialect) -> &'static str {
    if client == Anthropic { ODD_MESSAGES } else { ODD_CHAT }
}

async fn open(dialect: Dialect) -> House {
    house().provider("first", dialect, Reply::words("Hello.")).open().await
}

fn seen(house: &House) -> Seen {
    house.backend("first").requests().pop().expect("a request")
}

#[tokio::test]
async fn a_request_goes_through_byte_for_byte() {
    for client in [Anthropic, OpenAi] {
        let house = open(client).await;
        let ask = Ask::new(client, Plain).carrying(odd(client));
        assert_eq!(house.ask(&ask).await.status(), 200);
        let sent = String::from_utf8(seen(&house).body.to_vec()).expect("UTF-8");
        // The profile is the router's own, and goes with its comma; the model is the provider's.
        let expect = odd(client).replace(MODEL, "first-model").replace(r#""profile" : "main","#, "");
        let squeeze = |text: &str| text.replace(['\n', ' '], "");
        assert_eq!(squeeze(&sent), squeeze(&expect), "{client:?}");
        assert_eq!(messages(&sent), messages(&expect), "blanks and all");
    }
}

/// The messages of a body, without what parts them from the next field.
fn messages(body: &str) -> &str {
    let (_, rest) = body.split_once(r#""messages":"#).expect("messages");
    rest.split_once(r#""tools":"#).expect("tools").0.trim_end()
}

/// Where not even a name differs, not one byte does.
#[tokio::test]
async fn a_request_that_needs_nothing_is_untouched() {
    for client in [Anthropic, OpenAi] {
        let plan = house().provider_with("first", client, "ok", &format!("model: {MODEL}"));
        let house = plan.open().await;
        let body = odd(client).replace(r#""profile" : "main","#, "");
        house.ask(&Ask::new(client, Plain).carrying(body.as_str())).await;
        assert_eq!(seen(&house).body, body.as_bytes(), "{client:?}");
    }
}

#[tokio::test]
async fn headers_and_query_reach_a_backend_of_the_same_dialect() {
    let house = open(Anthropic).await;
    let betas = "claude-code-20250219, interleaved-thinking-2025-05-14,x-unheard-of";
    let ask = Ask::new(Anthropic, Plain)
        .at("/v1/messages?beta=true&x=%20y")
        .header("anthropic-version", "2026-10-21")
        .header("anthropic-beta", betas)
        .header("anthropic-dangerous-direct-browser-access", "true")
        .header("authorization", "Bearer the-clients-own")
        .header("x-api-key", "the-clients-own")
        .header("cookie", "the-clients-own")
        .header("x-forwarded-for", "the-clients-own")
        .header("x-coderouter-profile", "main")
        .header("accept-encoding", "gzip, br");
    assert_eq!(house.ask(&ask).await.status(), 200);
    let seen = seen(&house);
    assert_eq!(seen.target, "/v1/messages?beta=true&x=%20y");
    assert_eq!(seen.header("anthropic-version"), Some("2026-10-21"));
    assert_eq!(seen.header("anthropic-beta"), Some(betas));
    assert_eq!(seen.header("anthropic-dangerous-direct-browser-access"), Some("true"));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    let heads = format!("{:?}", seen.headers);
    assert!(!heads.contains("the-clients-own") && !heads.contains("x-coderouter"), "{heads}");
}

#[tokio::test]
async fn another_dialect_gets_neither_headers_nor_query() {
    for (client, backend) in [(Anthropic, OpenAi), (OpenAi, Anthropic)] {
        let house = open(backend).await;
        let target = format!("{}?beta=true", Ask::new(client, Plain).target);
        let ask =
            Ask::new(client, Plain).at(&target).header("anthropic-beta", "x").header("x-api-key", "mine");
        assert_eq!(house.ask(&ask).await.status(), 200);
        let seen = seen(&house);
        assert_eq!(seen.target, seen.path(), "{client:?}");
        assert_eq!((seen.header("anthropic-beta"), seen.header("x-api-key")), (None, None), "{client:?}");
        let version = seen.header("anthropic-version");
        assert_eq!(version, (backend == Anthropic).then_some("2023-06-01"));
    }
}

/// A stream with everything a router might be tempted to tidy up.
const ODD_EVENTS: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",",
    "\"role\":\"assistant\",\"model\":\"first-model\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,",
    "\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":1,\"service_tier\":\"standard\"},\"zeta\":1.50}}\n\n",
    "event: rehearsed_event\ndata: {\"type\":\"rehearsed_event\", \"n\" : 1e5}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":",
    "{\"type\":\"text\",\"text\":\"\",\"citations\":null}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
    "{\"type\":\"text_delta\",\"text\":\"\\u0048i \\ud83d\\ude00 \\/\"},\"x\":[]}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":",
    "{\"type\":\"rehearsed_delta\",\"y\":{}}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":",
    "{\"type\":\"rehearsed_block\",\"z\":[1.0]}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",",
    "\"stop_sequence\":null,\"container\":null},\"usage\":{\"output_tokens\":2,\"server_tool_use\":{}},\"c\":{}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

const ODD_CHUNKS: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"first-model\",",
    "\"system_fingerprint\":\"fp\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},",
    "\"logprobs\":null,\"finish_reason\":null}],\"obfuscation\":\"zZ\"}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"first-model\",",
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\u0048i \\ud83d\\ude00 \\/\",\"x\":1.50},",
    "\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"first-model\",",
    "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"stop_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"first-model\",",
    "\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"total_tokens\":5,\"cost\":0.10}}\n\n",
    "data: [DONE]\n\n",
);

async fn answered(client: Dialect, form: Form, body: &'static str) -> Heard {
    let kind = if form == Stream { "text/event-stream" } else { "application/json" };
    let response = Response::empty(200).header("content-type", kind).body(body);
    house().provider("first", client, response).open().await.ask(&Ask::new(client, form)).await
}

#[tokio::test]
async fn a_stream_goes_through_byte_for_byte() {
    for (client, body) in [(Anthropic, ODD_EVENTS), (OpenAi, ODD_CHUNKS)] {
        let heard = answered(client, Stream, body).await;
        assert_eq!(heard.body(), body.replace("first-model", MODEL), "{client:?}");
        assert_eq!(heard.said.text, "Hi \u{1F600} /");
    }
}

#[tokio::test]
async fn a_plain_answer_goes_through_byte_for_byte() {
    let message = r#"{ "zeta":1.50,"id":"msg_1","type":"message","role":"assistant","model":"first-model","content":[{"type":"text","text":"\u0048i","citations":null},{"type":"rehearsed_block","z":[1.0]}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2,"service_tier":"standard"},"container":null }"#;
    let completion = r#"{ "zeta":1.50,"id":"chatcmpl-1","object":"chat.completion","created":17,"model":"first-model","choices":[{"index":0,"message":{"role":"assistant","content":"\u0048i","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5},"service_tier":"default" }"#;
    for (client, body) in [(Anthropic, message), (OpenAi, completion)] {
        let heard = answered(client, Plain, body).await;
        assert_eq!(heard.body(), body.replace("first-model", MODEL), "{client:?}");
    }
}

/// A name that is as the client asked leaves even the model's bytes alone, however the stream is cut.
#[tokio::test]
async fn names_are_put_in_wherever_a_stream_is_cut() {
    for crossing in streams().filter(|crossing: &Crossing| crossing.client == crossing.backend) {
        for act in ["bytes", "joined"] {
            let plan = house().provider_with("first", crossing.backend, act, "model: asked-model");
            let same = plan.open().await.ask(&crossing.ask().tools()).await;
            let other = house().provider("first", crossing.backend, act).open().await;
            let other = other.ask(&crossing.ask().tools()).await;
            assert_eq!(same.body(), other.body(), "{act} {crossing:?}");
        }
    }
}

/// Of a backend's headers only those a client of its dialect knows what to do with go on.
#[tokio::test]
async fn few_headers_come_back() {
    for client in [Anthropic, OpenAi] {
        let answer = Reply::text("Hello.")
            .answer()
            .header("anthropic-ratelimit-requests-remaining", "7")
            .header("x-ratelimit-remaining-tokens", "8")
            .header("request-id", "req_theirs")
            .header("set-cookie", "a=b")
            .header("server", "theirs")
            .header("x-coderouter-provider", "forged")
            .header("access-control-allow-origin", "*")
            .header("connection", "keep-alive, x-secret")
            .header("x-secret", "1");
        let heard =
            house().provider("first", client, answer).open().await.ask(&Ask::new(client, Stream)).await;
        assert_eq!(heard.header("anthropic-ratelimit-requests-remaining"), "7");
        assert_eq!(heard.header("x-ratelimit-remaining-tokens"), "8");
        assert_eq!(heard.header("request-id"), "req_theirs");
        assert_eq!(heard.header("x-coderouter-provider"), "first");
        for gone in ["set-cookie", "server", "access-control-allow-origin", "x-secret"] {
            assert_eq!(heard.header(gone), "", "{client:?} {gone}");
        }
    }
}
