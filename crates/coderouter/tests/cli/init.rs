//! `coderouter init` from outside, with servers that say what real ones say.

use crate::pages::Pages;
use crate::process::{Home, Server};
use rehearsal::{Backend, Script};
use serde_json::Value;

/// Looks nowhere but at a place where nobody listens, on a machine of known size.
const NOWHERE: &[&str] =
    &["init", "--yes", "--only", "--url", "http://127.0.0.1:9", "--ram-gb", "32", "--vram-gb", "24"];

fn ollama(parameters: &str) -> Pages {
    let show = format!(
        r#"{{"capabilities":["completion","tools"],"parameters":"{parameters}","model_info":{{"x.context_length":262144}}}}"#
    );
    Pages::serve(&[
        ("/v1/models", r#"{"data":[{"id":"qwen3-coder:30b"}]}"#),
        ("/api/tags", r#"{"models":[{"name":"qwen3-coder:30b","size":18556701140}]}"#),
        ("/api/ps", r#"{"models":[]}"#),
        ("/api/show", &show),
        ("/api/create", r#"{"status":"success"}"#),
    ])
}

/// The arguments that look at this server alone.
fn at<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["init", "--yes", "--only", "--ram-gb", "64", "--vram-gb", "24", "--url", url], more].concat()
}

#[test]
fn a_machine_without_servers_hears_what_to_do() {
    let home = Home::new();
    let said = home.run(NOWHERE);
    assert!(said.starts_with("exit: 2\n--- stdout\n--- stderr\n"), "{said}");
    for words in [
        "http://127.0.0.1:9/v1: no server there lists models",
        "best for this machine: qwen3.8:27b, about 21.5 GB",
        "OLLAMA_CONTEXT_LENGTH=32768 ollama serve",
        "ollama pull qwen3.8:27b",
        "llama-server -hf ggml-org/Qwen3.8-27B-GGUF:Q4_K_M -c 32768",
        "coderouter init",
    ] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
    assert!(!home.as_ref().join(".coderouter").exists());
}

#[test]
fn a_small_machine_gets_a_small_model() {
    let home = Home::new();
    let mut arguments = NOWHERE.to_vec();
    arguments.extend(["--json"]);
    arguments[6] = "6";
    arguments[8] = "0";
    let output = home.command(&arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["suggestion"], Value::Null);
    arguments[6] = "8";
    let output = home.command(&arguments).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["suggestion"]["tools"], false);
    assert_eq!(document["written"], Value::Null);
}

#[test]
fn a_good_server_is_used_at_once() {
    let home = Home::new();
    let pages = ollama("num_ctx 65536");
    let said = home.run(&at(&pages.url, &[]));
    assert!(said.starts_with("exit: 0\n--- stdout\n--- stderr\n"), "{said}");
    assert!(said.contains("wrote HOME/.coderouter/providers.yaml\nnext:\n  coderouter serve\n"), "{said}");
    let path = home.as_ref().join(".coderouter/providers.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("model: qwen3-coder:30b\n    max_context_tokens: 65536  # as the server says\n"),
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(home.run(&["check"]).starts_with("exit: 0\n"));
    let again = home.run(&at(&pages.url, &[]));
    assert!(again.starts_with("exit: 0\n") && again.contains("says just that already"), "{again}");
}

#[test]
fn a_file_that_is_there_stays() {
    let home = Home::new();
    let pages = ollama("num_ctx 65536");
    let old = "providers:\n  - {name: mine, base_url: http://127.0.0.1:9/v1, model: m}\nprofiles:\n  - {name: default, providers: [mine]}\n";
    let path = home.write("mine.yaml", old);
    let said = home.run(&at(&pages.url, &["--config", "mine.yaml"]));
    assert!(said.starts_with("exit: 2\n"), "{said}");
    assert!(said.contains("  - provider mine: m at http://127.0.0.1:9/v1\n"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), old);
    assert!(home.as_ref().join("mine.yaml.new").exists());
    let said = home.run(&at(&pages.url, &["--config", "mine.yaml", "--force"]));
    assert!(said.starts_with("exit: 0\n") && said.contains("what was there is mine.yaml.bak"), "{said}");
    assert_eq!(std::fs::read_to_string(home.as_ref().join("mine.yaml.bak")).unwrap(), old);
}

#[test]
fn a_window_that_is_not_set_is_told_and_can_be_widened() {
    let home = Home::new();
    let pages = ollama("temperature 1");
    let said = home.run(&at(&pages.url, &["--dry-run"]));
    assert!(said.starts_with("exit: 2\n--- stdout\n# Made by"), "{said}");
    for words in
        ["warning: ollama: no window is set for qwen3-coder:30b", "OLLAMA_CONTEXT_LENGTH=32768", "--widen"]
    {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
    assert!(!said.contains("max_context_tokens: "), "{said}");
    assert!(!home.as_ref().join(".coderouter").exists());
    home.write("file", "");
    let said = home.run(&at(&pages.url, &["--config", "file/providers.yaml"]));
    assert!(said.starts_with("exit: 1\n") && said.contains("hint: name another file"), "{said}");
    let said = home.run(&at(&pages.url, &["--widen"]));
    assert!(said.starts_with("exit: 0\n"), "{said}");
    let text = std::fs::read_to_string(home.as_ref().join(".coderouter/providers.yaml")).unwrap();
    assert!(text.contains("model: qwen3-coder:30b-32k\n    max_context_tokens: 32768"), "{text}");
    let asked = pages.asked.lock().unwrap();
    let created = asked.iter().find(|(line, _)| line.starts_with("POST /api/create")).unwrap();
    let body: Value = serde_json::from_str(&created.1).unwrap();
    assert_eq!((&body["from"], &body["parameters"]["num_ctx"]), (&"qwen3-coder:30b".into(), &32768.into()));
}

#[test]
fn several_servers_make_one_chain() {
    let home = Home::new();
    let ollama = ollama("num_ctx 32768");
    let llama = Pages::serve(&[
        ("/v1/models", r#"{"data":[{"id":"small.gguf"}]}"#),
        (
            "/props",
            r#"{"default_generation_settings":{"n_ctx":8192},"total_slots":2,"chat_template":"{{ tools }}"}"#,
        ),
    ]);
    let empty = Pages::serve(&[("/v1/models", r#"{"data":null}"#), ("/api/tags", r#"{"models":[]}"#)]);
    let more = ["--url", &ollama.url, "--url", &empty.url, "--json", "--dry-run"];
    let mut command = home.command(&at(&llama.url, &more));
    command.env("NVIDIA_NIM_API_KEY", "nvapi-0123456789").env("ANTHROPIC_API_KEY", "sk-ant-0123456789");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let chain = &document["proposal"]["chain"];
    assert_eq!(chain, &serde_json::json!(["ollama", "llama-cpp", "nvidia-nim", "anthropic"]));
    let findings = document["proposal"]["findings"].to_string();
    assert!(
        findings.contains("llama-server -c 65536 -np 2") && findings.contains("ollama pull qwen3.8:27b"),
        "{findings}"
    );
    let file = document["proposal"]["file"].as_str().unwrap();
    assert!(file.contains("allow_paid: false") && !file.contains("0123456789"), "{file}");
    let said = home.run(&at(&llama.url, &["--no-keys", "--dry-run"]));
    assert!(!said.contains("nvidia"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_answers_agents() {
    let home = Home::new();
    let backend = Backend::start(Script::from_name("ok").unwrap()).await.unwrap();
    let said = home.run(&at(&backend.base_url(""), &[]));
    assert!(said.starts_with("exit: 2\n") && said.contains("does not say what window"), "{said}");
    let server = Server::start(home.command(&["serve", "--port", "0", "--no-state"]));
    let answer = server.chat();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("x-coderouter-provider: local"),
        "{answer}"
    );
}

#[test]
fn slips_are_refused() {
    let home = Home::new();
    std::fs::create_dir(home.as_ref().join("folder")).unwrap();
    for (arguments, words) in [
        (&["init", "--only"][..], "--url"),
        (&["init", "--url", "localhost:11434"], "must start with http"),
        (&["init", "--ram-gb", "0"], "not in 1..=65536"),
        (&["init", "--yes", "--config", "folder"], "folder is a folder\nhint: "),
    ] {
        let said = home.run(arguments);
        assert!(!said.starts_with("exit: 0\n") && said.contains(words), "{said}");
    }
}
