//! A running server, and what changes around it.

use crate::process::{Home, Server};
use rehearsal::{Backend, Reply, Script};

fn yaml(name: &str, url: &str) -> String {
    format!(
        "providers:\n  - name: {name}\n    base_url: {url}\n    model: m\nprofiles:\n  - name: default\n    providers: [{name}]\n"
    )
}

async fn backend(text: &str) -> Backend {
    Backend::start(Script::always(Reply::text(text))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_used_and_a_broken_one_is_not() {
    let (home, one, two) = (Home::new(), backend("from one").await, backend("from two").await);
    let path = home.write("providers.yaml", &yaml("one", &one.base_url("")));
    let path = path.to_str().unwrap();
    let server = Server::start(home.command(&["serve", "--config", path, "--port", "0"]));
    assert!(server.chat().contains("from one"));
    home.write("providers.yaml", "providers: [\n");
    let line = server.wait_for("config-reload-failed");
    assert!(line.contains("providers.yaml"), "{line}");
    assert!(server.chat().contains("from one"));
    // Editors write a new file and rename it over the old one.
    home.write("new.yaml", &yaml("two", &two.base_url("")));
    std::fs::rename(home.as_ref().join("new.yaml"), home.as_ref().join("providers.yaml")).unwrap();
    server.wait_for("config-reloaded");
    assert!(server.chat().contains("from two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_file_local_backends_are_found() {
    let (home, found) = (Home::new(), backend("found you").await);
    let look_at = found.base_url("");
    let server = Server::start(home.command(&["serve", "--port", "0", "--look-at", &look_at]));
    server.wait_for("local-1 at");
    let answer = server.chat();
    assert!(answer.contains("found you") && answer.contains("x-coderouter-provider: "), "{answer}");
}

#[test]
fn with_nothing_found_the_agent_is_told_what_to_start() {
    let home = Home::new();
    let mut command = home.command(&["serve", "--port", "0"]);
    command.env("OPENROUTER_API_KEY", "sk-or-0123456789abcdef");
    let server = Server::start(command);
    let line = server.wait_for("keys found and not used");
    assert!(line.contains("OPENROUTER_API_KEY") && !line.contains("sk-or-"), "{line}");
    let answer = server.chat();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("ollama serve"), "{answer}");
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;
    let answer = server.ask("POST", "/v1/chat/completions", body);
    assert!(answer.contains("ollama serve") && answer.contains("data: [DONE]"), "{answer}");
}

#[test]
fn a_busy_port_names_its_holder_and_a_free_one() {
    let home = Home::new();
    let server = Server::start(home.command(&["serve", "--port", "0"]));
    let port = server.address.rsplit(':').next().unwrap();
    let said = home.run(&["serve", "--port", port]);
    assert!(said.starts_with("exit: 1\n"), "{said}");
    assert!(
        said.contains("by another coderouter") && said.contains("hint: coderouter serve --port"),
        "{said}"
    );
}

#[test]
fn health_and_root_answer_at_once() {
    let home = Home::new();
    let server = Server::start(home.command(&["serve", "--port", "0"]));
    assert!(server.ask("GET", "/healthz", "").contains("\"status\":\"ok\""));
    assert!(server.ask("GET", "/", "").contains("\"service\":\"coderouter\""));
    assert!(server.ask("HEAD", "/", "").starts_with("HTTP/1.1 200 OK"));
}

#[cfg(unix)]
#[test]
fn it_stops_when_told_to() {
    let home = Home::new();
    let server = Server::start(home.command(&["serve", "--port", "0"]));
    assert_eq!(server.terminate(), Some(0));
}
