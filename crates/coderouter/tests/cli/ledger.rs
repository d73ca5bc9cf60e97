//! What a running router learns of models, and goes by.

use crate::model::Model;
use crate::process::{Home, Server, wait_until};
use rehearsal::Backend;

/// A question of so many words, in a conversation of its own.
fn question(number: usize, words: usize) -> String {
    let text = format!("{number} {}", "some more words here ".repeat(words / 4));
    format!(r#"{{"model":"m","max_tokens":20,"messages":[{{"role":"user","content":"{text}"}}]}}"#)
}

fn provider(name: &str, url: &str) -> String {
    format!("  - {{name: {name}, base_url: '{url}', model: m, slot_affinity_slots: off}}\n")
}

fn kept(home: &Home) -> String {
    std::fs::read_to_string(home.as_ref().join(".coderouter/state/capabilities.json")).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_a_backend_names_is_gone_by_and_kept() {
    let small = Backend::start(Model { window: 4_096, ..Model::default() }.script()).await.unwrap();
    let large = Backend::start(Model::default().script()).await.unwrap();
    let home = Home::new();
    let providers = provider("small", &small.base_url("")) + &provider("large", &large.base_url(""));
    let profiles = "profiles:\n  - {name: default, providers: [small, large]}\n";
    home.write("p.yaml", &format!("health_cache: {{action: off}}\nproviders:\n{providers}{profiles}"));
    let serve = || Server::start(home.command(&["serve", "--config", "p.yaml", "--port", "0"]));
    let server = serve();
    let first = server.ask("POST", "/v1/messages", &question(0, 8_000));
    assert!(first.contains("x-coderouter-provider: large"), "{first}");
    let mut number = 0;
    wait_until("long prompts go past the small one", || {
        number += 1;
        let answer = server.ask("POST", "/v1/messages", &question(number, 8_000));
        answer.contains("x-coderouter-fallback-reason: context-too-small")
    });
    wait_until("it is written down", || kept(&home).contains("\"context\": 4096"));
    drop(server);
    // Another run knows it from its first request on.
    let asked = small.requests().len();
    let answer = serve().ask("POST", "/v1/messages", &question(10_000, 8_000));
    assert!(answer.contains("x-coderouter-fallback-reason: context-too-small"), "{answer}");
    assert_eq!(small.requests().len(), asked);
}
