//! The auto router from the outside: which provider a request that names no profile comes to, and what is told of it.

use crate::ask::{Anthropic, Ask, Crossing, Form, OpenAi, Plain, crossings};
use crate::house::{House, Plan, house};
use rehearsal::Dialect;
use serde_json::{Value, json};

/// A provider for each of the profiles that the bundled rules know.
fn auto() -> Plan {
    let plan = house().default_profile("auto");
    ["multi", "coding", "writing"].into_iter().fold(plan, |plan, name| {
        let dialect = if name == "coding" { OpenAi } else { Anthropic };
        plan.provider(name, dialect, "ok").another_profile(name, &[name])
    })
}

fn with_rules(rules: &str) -> Plan {
    auto().root(&format!("auto_router:\n  default_rule_profile: writing\n  rules: {rules}"))
}

fn said(client: Dialect, form: Form, content: impl Into<Value>) -> Ask {
    Ask::new(client, form).with("messages", json!([{ "role": "user", "content": content.into() }]))
}

fn picture(client: Dialect) -> Value {
    match client {
        Anthropic => json!({
            "type": "image",
            "source": { "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo=" },
        }),
        OpenAi => {
            json!({ "type": "image_url", "image_url": { "url": "data:image/png;base64,iVBORw0KGgo=" } })
        }
    }
}

/// Asks and checks who answered, by header and by whom the request reached. The answer is not read: it is in the name
/// of whatever model was asked for.
async fn check(house: &House, ask: &Ask, profile: &str) {
    let before = house.backend(profile).requests().len();
    let mut line = house.connect().await;
    line.send(ask.raw(house)).await;
    let head = line.answer().await.expect("an answer").head;
    assert_eq!((head.status, head.header("x-coderouter-profile")), (200, profile), "{ask:?}");
    assert_eq!(house.backend(profile).requests().len(), before + 1, "{ask:?}");
}

fn lines(house: &House, name: &str) -> Vec<Value> {
    let log = house.log();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    lines.filter(|line| line["msg"] == name).collect()
}

const CODE: &str = "What is wrong?\n```rust\nfn main() { println!(\"hello\"); loop {} }\n```";

#[tokio::test]
async fn the_bundled_rules_look_at_every_request() {
    let house = auto().open().await;
    for Crossing { client, form, .. } in crossings().filter(|crossing| crossing.backend == OpenAi) {
        let looked = json!([{ "type": "text", "text": "what is this?" }, picture(client)]);
        check(&house, &said(client, form, looked), "multi").await;
        check(&house, &said(client, form, CODE), "coding").await;
        check(&house, &said(client, form, "A poem, please."), "writing").await;
    }
    let resolved = lines(&house, "auto-router-resolved");
    let rules: Vec<&str> = resolved.iter().map(|line| line["rule_id"].as_str().expect("a rule")).collect();
    assert_eq!(rules, ["builtin:image-attachment", "builtin:code-fence-dense"].repeat(4));
    assert_eq!(resolved[0]["resolved_profile"], "multi");
    assert_eq!(resolved[0]["signals"]["has_image"], true);
    let signals = &resolved[1]["signals"];
    assert_eq!(signals["content_len"], CODE.chars().count());
    assert_eq!((&signals["model"], &signals["has_tools"]), (&json!("asked-model"), &json!(false)));
    assert!(signals["code_fence_ratio"].as_f64().expect("a share") > 0.3, "{signals}");
    let through = lines(&house, "auto-router-fallthrough");
    assert_eq!(through.len(), 4);
    assert_eq!(
        (&through[0]["resolved_profile"], &through[0]["signals"]["disabled"]),
        (&json!("writing"), &json!(false))
    );
}

#[tokio::test]
async fn a_request_that_names_a_profile_is_not_looked_at() {
    let house = auto().root("mode_aliases: {paint: multi}").open().await;
    let ask = || said(Anthropic, Plain, CODE);
    check(&house, &ask(), "coding").await;
    check(&house, &ask().with("profile", "writing"), "writing").await;
    check(&house, &ask().header("x-coderouter-profile", "writing"), "writing").await;
    check(&house, &ask().header("x-coderouter-mode", "paint"), "multi").await;
    check(&house, &ask().with("model", "claude-coderouter-multi"), "multi").await;
    assert_eq!(lines(&house, "auto-router-resolved").len(), 1);
}

/// The newest turn of an agent's loop holds results of tools; what the user said decides all the same.
#[tokio::test]
async fn a_loop_of_tools_stays_where_it_began() {
    let house = auto().open().await;
    let read = json!({ "type": "tool_use", "id": "toolu_1", "name": "Read", "input": { "file_path": "a" } });
    let result = json!({ "type": "tool_result", "tool_use_id": "toolu_1", "content": "prose, not code" });
    let anthropic = json!([
        { "role": "user", "content": CODE },
        { "role": "assistant", "content": [read] },
        { "role": "user", "content": [result] },
    ]);
    check(&house, &Ask::new(Anthropic, Plain).tools().with("messages", anthropic), "coding").await;
    let call = json!({ "id": "c1", "type": "function", "function": { "name": "Read", "arguments": "{}" } });
    let chat = json!([
        { "role": "user", "content": CODE },
        { "role": "assistant", "content": null, "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "c1", "content": "prose, not code" },
    ]);
    check(&house, &Ask::new(OpenAi, Plain).tools().with("messages", chat), "coding").await;
}

#[tokio::test]
async fn rules_of_ones_own_in_both_spellings() {
    let house = with_rules(
        "[{match: {request_class: auxiliary}, profile: writing}, {if: {compaction: true}, route_to: multi}, \
         {if: {agent_type: Explore}, route_to: coding}, {if: {model_pattern: 'gpt-.*'}, route_to: multi}, \
         {if: {content_token_count_min: 2000}, route_to: multi}, {if: {has_tools: true}, route_to: coding}, \
         {if: {cjk_ratio_min: 0.5}, route_to: multi}, {if: {content_contains: '@deep'}, route_to: coding}]",
    )
    .open()
    .await;
    let ask = |words: &str| said(OpenAi, Plain, words);
    check(&house, &ask("hi").tools().header("X-Claude-Code-Request-Class", "Auxiliary"), "writing").await;
    check(&house, &ask("hi").header("x-claude-code-compaction", "1"), "multi").await;
    check(&house, &ask("hi").header("x-claude-code-compaction", "0"), "writing").await;
    check(&house, &ask("hi").header("x-claude-code-agent-type", "explore"), "coding").await;
    check(&house, &ask("hi").with("model", "gpt-5"), "multi").await;
    check(&house, &ask("hi").with("model", "x-gpt-5"), "writing").await;
    check(&house, &ask(&"word ".repeat(2_000)), "multi").await;
    check(&house, &ask("hi").tools(), "coding").await;
    check(&house, &ask("こんにちは、元気ですか"), "multi").await;
    check(&house, &ask("go @deep"), "coding").await;
    check(&house, &ask("go"), "writing").await;
    let rules: Vec<Value> =
        lines(&house, "auto-router-resolved").iter().map(|line| line["rule_id"].clone()).collect();
    assert_eq!(rules[..2], ["user:0", "user:1"]);
}

#[tokio::test]
async fn a_pattern_that_comes_to_no_end_is_told_once() {
    let house = with_rules(
        "[{id: slow, match: {content_regex: '^(a|aa)+\\1b'}, profile: multi}, \
         {id: slower, match: {content_regex: '^(a|aa)+\\1c'}, profile: multi}, \
         {id: last, match: {content_contains: a}, profile: coding}]",
    )
    .open()
    .await;
    check(&house, &said(Anthropic, Plain, "a".repeat(5_000)), "coding").await;
    let told = lines(&house, "pattern-limit-exceeded");
    assert_eq!(
        (told.len(), &told[0]["rules"], &told[0]["level"]),
        (1, &json!(["slow", "slower"]), &json!("WARNING"))
    );
}

#[tokio::test]
async fn a_router_that_is_off_takes_its_default() {
    let house = auto().root("auto_router: {disabled: true, default_rule_profile: writing}").open().await;
    check(&house, &said(Anthropic, Plain, CODE), "writing").await;
    let through = lines(&house, "auto-router-fallthrough");
    assert_eq!((through.len(), &through[0]["signals"]["disabled"]), (1, &json!(true)));
    assert_eq!(through[0]["signals"]["content_len"], Value::Null, "nobody asked");
}

/// The rules in force are those of the configuration in force.
#[tokio::test]
async fn other_rules_hold_after_a_reload() {
    let house = auto().open().await;
    check(&house, &said(OpenAi, Plain, CODE), "coding").await;
    let other = with_rules("[{match: {content_contains: wrong}, profile: multi}]").open().await;
    house.adopt(&other);
    check(&other, &said(OpenAi, Plain, CODE), "multi").await;
    let heard = house.ask(&said(OpenAi, Plain, CODE)).await;
    assert_eq!(heard.header("x-coderouter-profile"), "multi");
}
