//! Commands that write files, whole: each run in the same home, one after the other.

use crate::pages::Pages;
use crate::process::Home;
use insta::assert_snapshot;

const CCR: &str = r#"{
  // as people keep it
  "Providers": [
    {"name": "lab", "api_base_url": "https://lab.example/v1/chat/completions", "api_key": "$LAB_KEY", "models": ["m", "n"]}
  ],
  "Router": {"default": "lab,m", "background": "lab,n", "longContextThreshold": 60000},
  "StatusLine": {"enabled": true}
}
"#;

const LITELLM: &str = "\
model_list:
  - model_name: big
    litellm_params: {model: openai/gpt-x, api_key: os.environ/OPENAI_API_KEY, rpm: 10}
router_settings:
  routing_strategy: least-busy
";

const SWAP: &str =
    "models:\n  small:\n    cmd: llama-server --port ${PORT} -m small.gguf -c 4096\n    ttl: 60\n";

const ROSTER: &str = r#"{"data":[{"id":"a/large:free","context_length":262144,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]}]}"#;

/// A server without models yet, and one that has one.
fn ollama() -> Pages {
    Pages::serve(&[
        ("/v1/models", r#"{"data":[{"id":"qwen3-coder:30b"}]}"#),
        ("/api/tags", r#"{"models":[{"name":"qwen3-coder:30b","size":18556701140}]}"#),
        ("/api/ps", r#"{"models":[]}"#),
        (
            "/api/show",
            r#"{"capabilities":["completion","tools"],"parameters":"","model_info":{"x.context_length":262144}}"#,
        ),
        ("/roster", ROSTER),
    ])
}

/// The runs. `URL` is that of the server.
const RUNS: &[(&str, &[&str])] = &[
    (
        "init_nothing",
        &["init", "--yes", "--only", "--url", "http://127.0.0.1:9", "--ram-gb", "32", "--vram-gb", "24"],
    ),
    (
        "init_dry_run",
        &["init", "--yes", "--only", "--ram-gb", "64", "--vram-gb", "24", "--url", "URL", "--dry-run"],
    ),
    ("init_written", &["init", "--yes", "--only", "--ram-gb", "64", "--vram-gb", "24", "--url", "URL"]),
    ("init_again", &["init", "--yes", "--only", "--ram-gb", "64", "--vram-gb", "24", "--url", "URL"]),
    ("init_bad_url", &["init", "--url", "nowhere"]),
    ("import_ccr", &["import", "ccr.json"]),
    ("import_litellm", &["import", "litellm.yaml"]),
    ("import_llama_swap", &["import", "swap.yaml", "--output", "new.yaml"]),
    ("import_bad", &["import", "bad.json"]),
    ("import_no_file", &["import", "nowhere.json"]),
    ("roster_first", &["roster", "--url", "URL/roster"]),
    ("roster_again_json", &["roster", "--url", "URL/roster", "--json"]),
    ("roster_nobody", &["roster", "--url", "http://127.0.0.1:9/models"]),
    ("rollback_nothing", &["rollback"]),
    ("rollback_dry_run", &["rollback", "--path", "p.yaml", "--dry-run"]),
    ("rollback", &["rollback", "--path", "p.yaml"]),
    ("rollback_json", &["rollback", "--path", "p.yaml", "--json"]),
    ("vscode_init", &["vscode-init", "--port", "4123", "--with-envrc"]),
    ("vscode_init_again", &["vscode-init", "--port", "4123", "--with-envrc"]),
    ("vscode_init_conflict", &["vscode-init", "--port", "4124"]),
    ("run_unknown_program", &["run", "--", "no-such-agent"]),
    ("run_codex", &["run", "--", "codex"]),
    ("run_nothing", &["run"]),
];

#[test]
fn commands_that_write_files() {
    let home = Home::new();
    let server = ollama();
    for (name, text) in [
        ("ccr.json", CCR),
        ("litellm.yaml", LITELLM),
        ("swap.yaml", SWAP),
        ("bad.json", "{\"Providers\": ["),
        ("p.yaml", "a: 2\nb: 1\n"),
        ("p.yaml.bak", "a: 1\nb: 1\n"),
    ] {
        home.write(name, text);
    }
    for (name, arguments) in RUNS {
        let arguments: Vec<String> = arguments.iter().map(|word| word.replace("URL", &server.url)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let said = home.run(&arguments).replace(&server.url, "URL");
        assert_snapshot!(*name, without_date(&said));
    }
}

/// Without the moment of the look at a list.
fn without_date(said: &str) -> String {
    let Some((before, after)) = said.split_once("\"fetched_at\":\"") else { return said.to_owned() };
    let after = after.split_once('"').map_or("", |(_, after)| after);
    format!("{before}\"fetched_at\":\"TIME\"{after}")
}
