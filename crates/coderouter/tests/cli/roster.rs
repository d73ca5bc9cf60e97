//! `coderouter roster` from outside.

use crate::pages::Pages;
use crate::process::Home;

const FIRST: &str = r#"{"data":[
    {"id":"a/large:free","context_length":262144,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
    {"id":"a/gone:free","context_length":8192,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
    {"id":"a/mute:free","context_length":4096,"pricing":{"prompt":"0","completion":"0"}},
    {"id":"a/paid","context_length":9,"pricing":{"prompt":"0.1","completion":"0"},"supported_parameters":["tools"]}
]}"#;

const SECOND: &str = r#"{"data":[
    {"id":"a/large:free","context_length":131072,"pricing":{"prompt":"0","completion":"0"},"supported_parameters":["tools"]},
    {"id":"a/mute:free","context_length":4096,"pricing":{"prompt":"0","completion":"0"}},
    {"id":"a/n\u001b[2Jew","context_length":1000,"pricing":{"prompt":"0","completion":"0.0"},"supported_parameters":["tools"]},
    {"id":"a/gone:free","context_length":8192,"pricing":{"prompt":"0.5","completion":"0"},"supported_parameters":["tools"]}
]}"#;

#[test]
fn changes_between_two_looks_are_told_and_written_down() {
    let home = Home::new();
    let pages = Pages::serve(&[("/models", FIRST)]);
    let url = format!("{}/models", pages.url);
    let first = home.run(&["roster", "--url", &url]);
    assert_eq!(
        first,
        "exit: 0\n--- stdout\nMODEL           CONTEXT\na/large:free     262144\na/gone:free        8192\n\
         2 free models take tools, 1 more do not\nfirst look: there is nothing to compare with yet\n--- stderr\n"
    );
    let folder = home.as_ref().join(".coderouter/roster");
    assert!(!folder.join("CHANGES.md").exists());
    let again = home.run(&["roster", "--url", &url]);
    assert!(again.contains("no changes\n"), "{again}");
    pages.replace("/models", SECOND);
    let before = std::fs::read(folder.join("latest.json")).unwrap();
    let dry = home.run(&["roster", "--url", &url, "--dry-run"]);
    assert!(dry.contains("changes: +1 -1 Δprice=0 Δctx=1\n"), "{dry}");
    assert_eq!(std::fs::read(folder.join("latest.json")).unwrap(), before);
    let told = home.run(&["roster", "--url", &url]);
    assert!(told.contains("changes: +1 -1 Δprice=0 Δctx=1\n  REMOVED: a/gone:free\n"), "{told}");
    assert!(!told.contains('\u{1b}'), "{told}");
    let changes = std::fs::read_to_string(folder.join("CHANGES.md")).unwrap();
    assert!(changes.contains("### Removed\n\n- `a/gone:free`"), "{changes}");
    assert!(changes.contains("- `a/large:free`: 262144 → 131072"), "{changes}");
}

#[test]
fn a_list_that_can_not_be_had_changes_nothing() {
    let home = Home::new();
    let pages = Pages::serve(&[("/empty", r#"{"data":[]}"#), ("/page", "<html>")]);
    let snapshot = home.write("latest.json", r#"{"schema_version":1,"fetched_at":"x","entries":[]}"#);
    for path in ["/nowhere", "/empty", "/page"] {
        let url = format!("{}{path}", pages.url);
        let said = home.run(&["roster", "--url", &url, "--snapshot", snapshot.to_str().unwrap()]);
        assert!(said.starts_with("exit: 2\n--- stdout\n--- stderr\nerror: failed to fetch"), "{said}");
        assert!(said.contains("\nhint: "), "{said}");
    }
    assert!(std::fs::read_to_string(&snapshot).unwrap().contains("\"x\""));
    let url = format!("{}/empty", pages.url);
    for (text, words) in [("{", "is no snapshot"), (r#"{"schema_version":9}"#, "schema_version 9")] {
        let snapshot = home.write("latest.json", text);
        let said = home.run(&["roster", "--url", &url, "--snapshot", snapshot.to_str().unwrap()]);
        assert!(said.starts_with("exit: 1\n") && said.contains(words) && said.contains("hint: "), "{said}");
        assert_eq!(std::fs::read_to_string(&snapshot).unwrap(), text);
    }
}

#[test]
fn scripts_get_json() {
    let home = Home::new();
    let pages = Pages::serve(&[("/models", FIRST)]);
    let url = format!("{}/models", pages.url);
    let output = home.command(&["roster", "--url", &url, "--json"]).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["free"].as_array().unwrap().len(), 3);
    assert_eq!(document["changes"], serde_json::Value::Null);
}
