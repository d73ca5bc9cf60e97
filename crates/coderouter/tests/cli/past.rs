//! `coderouter audit` and `coderouter replay`: what they say about what servers have left, and about nothing.

use crate::process::{Home, Server};
use rehearsal::{Backend, Reply, Script, Usage};

/// Journals as the Python program writes them.
const REQUESTS: &str = r#"{"ts": "2026-03-01T10:00:00.000000+00:00", "provider": "cloud", "input_tokens": 1000, "output_tokens": 100, "cost_usd": 0.02, "cost_savings_usd": 0.0, "streaming": true, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "outcome": "no_cache"}
{"ts": "2026-03-02T10:00:00.000000+00:00", "provider": "cloud", "input_tokens": 3000, "output_tokens": 300, "cost_usd": 0.04, "cost_savings_usd": 0.01, "streaming": false, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": null, "outcome": "cache_hit"}
not json
{"ts": "2026-03-03T10:00:00.000000+00:00", "provider": "local", "input_tokens": 500, "output_tokens": 50, "cost_usd": 0.0, "cost_savings_usd": 0.0, "streaming": true, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "outcome": "no_cache"}
"#;

const AUDIT: &str = r#"{"ts": "2026-03-01T10:00:00.000000+00:00", "event": "skip-budget-exceeded", "level": "INFO", "provider": "cloud"}
{"ts": "2026-03-02T10:00:00.000000+00:00", "event": "drift-detected", "level": "WARNING", "provider": "local", "severity": "mild"}
{"ts": "2026-03-03T10:00:00.000000+00:00", "event": "skip-budget-exceeded", "level": "INFO", "provider": "cloud"}
"#;

fn python() -> Home {
    let home = Home::new();
    home.write("requests.jsonl", REQUESTS);
    home.write("audit.jsonl", AUDIT);
    home
}

/// Runs a command on what the Python program left; what is said must be this.
fn check(arguments: &[&str], expected: &str) {
    let home = python();
    let said = home.run(&[&arguments[..1], &["--state-dir", "."], &arguments[1..]].concat());
    assert_eq!(said, expected, "{arguments:?}");
}

#[test]
fn facts_are_listed_filtered_and_counted() {
    check(
        &["audit"],
        "exit: 0
--- stdout
[2026-03-01T10:00:00Z] INFO    skip-budget-exceeded {\"provider\":\"cloud\"}
[2026-03-02T10:00:00Z] WARNING drift-detected {\"provider\":\"local\",\"severity\":\"mild\"}
[2026-03-03T10:00:00Z] INFO    skip-budget-exceeded {\"provider\":\"cloud\"}
--- stderr
",
    );
    check(
        &["audit", "--filter", "BUDGET", "--tail", "1", "--json"],
        "exit: 0
--- stdout
{\"event\":\"skip-budget-exceeded\",\"level\":\"INFO\",\"provider\":\"cloud\",\"ts\":\"2026-03-03T10:00:00Z\"}
--- stderr
",
    );
    check(
        &["audit", "--summary", "--since", "2026-03-02"],
        "exit: 0
--- stdout
drift-detected                           1
skip-budget-exceeded                     1
--- stderr
",
    );
    check(&["audit", "--filter", "nothing"], "exit: 0\n--- stdout\n--- stderr\nno fact matches\n");
}

#[test]
fn requests_are_summed_up_by_provider() {
    check(
        &["replay"],
        "exit: 0
--- stdout
2026-03-01T10:00:00Z to 2026-03-03T10:00:00Z
3 requests, 0 unanswered, $0.0600 spent, $0.0100 saved by prompt caches

Provider  Reqs  Failed%  AvgIn  AvgOut  AvgTime  AvgCost  TotalCost  Cache%  Stream%
cloud        2      0.0   2500     200        ?  0.03000     0.0600    20.0     50.0
local        1      0.0    500      50        ?  0.00000     0.0000     0.0    100.0
--- stderr
",
    );
    check(
        &["replay", "--provider", "CLOUD", "--limit", "1"],
        "exit: 0
--- stdout
2026-03-02T10:00:00Z to 2026-03-02T10:00:00Z
1 requests, 0 unanswered, $0.0400 spent, $0.0100 saved by prompt caches

Provider  Reqs  Failed%  AvgIn  AvgOut  AvgTime  AvgCost  TotalCost  Cache%  Stream%
cloud        1      0.0   4000     300        ?  0.04000     0.0400    25.0      0.0
--- stderr
",
    );
}

#[test]
fn two_providers_are_compared() {
    check(
        &["replay", "--compare", "cloud", "local"],
        "exit: 0
--- stdout
                   cloud    local     Delta
requests               2        1        -1
average input       2000      500     -1500
average output       200       50      -150
average cost     0.03000  0.00000  -0.03000
total cost       0.06000  0.00000  -0.06000
average time           ?        ?         =
cache ratio         20.0      0.0     -20.0
streaming ratio     50.0    100.0     +50.0
failure rate         0.0      0.0         =

A request to local cost 100 % less than one to cloud.
All requests to local together cost 100 % less than those to cloud.
--- stderr
",
    );
    check(
        &["replay", "--compare", "cloud", "nobody"],
        "exit: 1\n--- stdout\n--- stderr\nerror: no request was answered by nobody\n",
    );
}

#[test]
fn changes_are_suggested() {
    let home = python();
    let said = home.run(&["replay", "--log", "requests.jsonl", "--suggest-rules"]);
    assert!(said.starts_with("exit: 0\n--- stdout\n[MED]  "), "{said}");
    assert!(said.contains("(low_sensitivity_small_window)") && said.contains("Evidence: "), "{said}");
}

#[test]
fn nothing_to_read_is_an_error_and_nothing_found_is_none() {
    let home = Home::new();
    for command in ["audit", "replay"] {
        let said = home.run(&[command]);
        assert!(
            said.starts_with("exit: 1\n--- stdout\n--- stderr\nerror: there is neither state.db"),
            "{said}"
        );
        assert!(said.contains("HOME/.coderouter/state") && said.contains("\nhint: "), "{said}");
    }
    let said = home.run(&["replay", "--log", "nowhere.jsonl"]);
    assert_eq!(said, "exit: 1\n--- stdout\n--- stderr\nerror: there is no file nowhere.jsonl\n");
    check(&["replay", "--since", "2027"], "exit: 0\n--- stdout\n--- stderr\nno request matches\n");
    for time in ["yesterday", "2026-13"] {
        let said = python().run(&["audit", "--state-dir", ".", "--since", time]);
        assert!(said.starts_with("exit: 2\n") && said.contains("2026-03-01T12:00"), "{said}");
    }
}

#[test]
fn requests_are_planned_anew() {
    let home = python();
    home.write(
        "other.yaml",
        "providers:\n  - name: local\n    base_url: http://127.0.0.1:9/v1\n    model: m\n    max_context_tokens: 2000\n  - name: cloud\n    base_url: https://cloud.example/v1\n    model: n\n    cost: {input_tokens_per_million: 10, output_tokens_per_million: 10}\nprofiles:\n  - name: default\n    providers: [local, cloud]\n",
    );
    assert_eq!(
        home.run(&["replay", "--state-dir", ".", "--config", "other.yaml"]),
        "exit: 0
--- stdout
3 requests planned anew by other.yaml: 1 would first have gone elsewhere

From   To     Reqs    Cost  NewCost  Wait  NewWait
cloud  cloud     1  0.0400   0.0340     ?        ?
cloud  local     1  0.0200   0.0000     ?        ?
local  local     1  0.0000   0.0000     ?        ?
all              3  0.0600   0.0340     ?        ?

To is who would have been asked first; whether it had answered is not known.
NewCost prices the tokens that were counted, with the same part of them cached; NewWait is what To has taken on average.
3 requests are in no wait: To has answered nothing yet, or no times were kept.
3 requests had a profile that this configuration does not have; its default took them.
--- stderr
"
    );
    let said = home.run(&["replay", "--state-dir", ".", "--config", "other.yaml", "--json"]);
    let json = said.lines().nth(2).unwrap();
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!((&value["requests"], &value["moved"]), (&3.into(), &1.into()));
    assert!(home.run(&["replay", "--state-dir", ".", "--config", "nowhere.yaml"]).starts_with("exit: 1\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_leaves_rows_and_journals() {
    let home = Home::new();
    std::fs::create_dir_all(home.as_ref().join("state")).unwrap();
    // Of today, as what is half a year old is not kept.
    let today = &store::moment::write(std::time::SystemTime::now())[..10];
    for (name, text) in [("requests.jsonl", REQUESTS), ("audit.jsonl", AUDIT)] {
        let text = ["2026-03-01", "2026-03-02", "2026-03-03"]
            .iter()
            .fold(text.to_owned(), |text, day| text.replace(day, today));
        home.write(&format!("state/{name}"), &text);
    }
    let usage = Usage { input: 10, output: 5, ..Usage::default() };
    let good = Backend::start(Script::always(Reply::text("hello").usage(usage))).await.unwrap();
    let bad = Backend::start(Script::from_name("500").unwrap()).await.unwrap();
    let path = home.write(
        "providers.yaml",
        &format!(
            "state_dir: ~/state\naudit_log: active\nrequest_log: active\nproviders:\n  - name: bad\n    base_url: {}\n    model: m\n  - name: good\n    base_url: {}\n    model: m\nprofiles:\n  - name: default\n    providers: [bad, good]\n",
            bad.base_url(""),
            good.base_url("")
        ),
    );
    let server = Server::start(home.command(&["serve", "--config", path.to_str().unwrap(), "--port", "0"]));
    server.wait_for("state-imported");
    server.chat();
    assert_eq!(server.terminate(), Some(0));
    let audit = home.run(&["audit", "--state-dir", "state"]);
    for words in [
        "drift-detected",
        "coderouter-startup",
        "fallback-occurred",
        "\"request_id\":\"req_",
        "coderouter-shutdown",
    ] {
        assert!(audit.contains(words), "`{words}` is missing: {audit}");
    }
    let replay = home.run(&["replay", "--state-dir", "state"]);
    assert!(replay.contains("4 requests, 0 unanswered") && replay.contains("\ngood "), "{replay}");
    assert!(replay.lines().any(|line| line.starts_with("bad") && line.contains("100.0")), "{replay}");
    // What the Python program's readers read goes on, with the request's id.
    let journal = std::fs::read_to_string(home.as_ref().join("state/requests.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
    assert_eq!((&last["provider"], &last["input_tokens"]), (&"good".into(), &10.into()));
    assert!(last["request_id"].as_str().unwrap().starts_with("req_"));
    let journal = std::fs::read_to_string(home.as_ref().join("state/audit.jsonl")).unwrap();
    assert!(journal.lines().last().unwrap().contains("\"event\":\"coderouter-shutdown\""), "{journal}");
    // A second start takes nothing in again.
    let server = Server::start(home.command(&["serve", "--config", path.to_str().unwrap(), "--port", "0"]));
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(home.run(&["replay", "--state-dir", "state"]), replay);
}
