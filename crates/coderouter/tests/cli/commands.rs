//! Commands that end by themselves.

use crate::process::{BAD, Home};

const GOOD: &str = "\
providers:
  - name: local
    base_url: http://127.0.0.1:9/v1
    model: m
profiles:
  - name: default
    providers: [local]
";

#[test]
fn check_says_all_that_is_wrong() {
    let home = Home::new();
    let path = home.write("bad.yaml", BAD);
    let said = home.run(&["check", "--config", path.to_str().unwrap()]);
    assert!(said.starts_with("exit: 1\n"), "{said}");
    for words in ["modle", "model", "locl", "local", "HOME/bad.yaml:4:"] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
}

#[test]
fn check_shows_the_chains() {
    let home = Home::new();
    let path = home.write("good.yaml", GOOD);
    let said = home.run(&["check", "--config", path.to_str().unwrap()]);
    assert_eq!(
        said,
        "exit: 0\n--- stdout\nHOME/good.yaml is right\nprofile default (default): local\n--- stderr\n"
    );
}

#[test]
fn check_names_what_does_not_act() {
    let home = Home::new();
    let path = home.write("more.yaml", &GOOD.replace("model: m", "model: m\n    capabilities: {chat: true}"));
    let said = home.run(&["check", "--config", path.to_str().unwrap()]);
    assert!(said.starts_with("exit: 2\n"), "{said}");
    assert!(said.contains("not built yet") && said.contains("capabilities.chat"), "{said}");
}

#[test]
fn a_missing_file_is_an_error() {
    let home = Home::new();
    home.write("providers.yaml", GOOD);
    for command in [&["check", "--config", "nowhere.yaml"][..], &["serve", "--config", "nowhere.yaml"]] {
        let said = home.run(command);
        assert!(said.starts_with("exit: 1\n") && said.contains("nowhere.yaml"), "{said}");
    }
}

#[test]
fn the_schema_is_json() {
    let home = Home::new();
    let output = home.command(&["check", "--schema"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["properties"]["providers"].is_object());
}

#[test]
fn other_addresses_need_a_token() {
    let home = Home::new();
    let path = home.write("good.yaml", GOOD);
    let path = path.to_str().unwrap();
    for host in ["0.0.0.0", "::", "[::]"] {
        let said = home.run(&["serve", "--config", path, "--host", host, "--port", "0"]);
        assert!(said.starts_with("exit: 1\n"), "{said}");
        assert!(said.contains("hint: CODEROUTER_TOKEN="), "{said}");
    }
}

#[test]
fn a_bad_env_file_is_named_with_its_line() {
    let home = Home::new();
    let path = home.write("keys.env", "A=1\nexport B\n");
    let said = home.run(&["serve", "--env-file", path.to_str().unwrap()]);
    assert!(said.starts_with("exit: 1\n") && said.contains("HOME/keys.env:2:"), "{said}");
}

#[test]
fn the_demo_succeeds_and_explains_itself() {
    let home = Home::new();
    let said = home.run(&["demo"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    for words in [
        "refuses      left: connection",
        "steady       answered 200",
        "repaired: C8 Python quotes or literals",
        "Every request was answered",
    ] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
}

#[test]
fn completions_are_printed_for_each_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let said = home.run(&["completions", shell]);
        assert!(said.starts_with("exit: 0\n") && said.contains("rehearse"), "{shell}");
    }
}

#[test]
fn no_command_is_a_usage_error() {
    let said = Home::new().run(&[]);
    assert!(said.starts_with("exit: 2\n") && said.contains("Usage: coderouter"), "{said}");
}
