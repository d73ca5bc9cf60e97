//! Terminals of VS Code that find the router.

use crate::process::Home;

const CONFIG: &str = "\
server: {port: 4123}
providers:
  - name: local
    base_url: http://127.0.0.1:9/v1
    model: m
profiles:
  - name: coding
    providers: [local]
default_profile: coding
";

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.as_ref().join(name)).unwrap()
}

#[test]
fn new_files_are_written_once() {
    let home = Home::new();
    home.write("c.yaml", CONFIG);
    let arguments = [
        "vscode-init",
        "--config",
        "c.yaml",
        "--with-envrc",
        "--profile",
        "coding",
        "--max-context-tokens",
        "32768",
    ];
    let said = home.run(&arguments);
    assert!(said.starts_with("exit: 0\n--- stdout\nnew      .vscode/settings.json\n"), "{said}");
    assert!(said.contains("Base URL      http://localhost:4123/v1"), "{said}");
    let settings: serde_json::Value = serde_json::from_str(&read(&home, ".vscode/settings.json")).unwrap();
    let linux = &settings["terminal.integrated.env.linux"];
    assert_eq!(linux["ANTHROPIC_BASE_URL"], "http://localhost:4123");
    assert_eq!(linux["CLAUDE_CODE_MAX_CONTEXT_TOKENS"], "32768");
    assert_eq!(linux, &settings["terminal.integrated.env.osx"]);
    assert_eq!(
        read(&home, ".envrc"),
        "# BEGIN coderouter-managed\nexport ANTHROPIC_BASE_URL='http://localhost:4123'\n\
         export ANTHROPIC_AUTH_TOKEN='dummy'\nexport CODEROUTER_MODE='coding'\n\
         export ANTHROPIC_CUSTOM_HEADERS='X-CodeRouter-Profile: coding'\nexport ENABLE_TOOL_SEARCH='false'\n\
         export CLAUDE_CODE_AUTO_MODE_SERVER='0'\nexport CLAUDE_CODE_GATEWAY_HINT_HEADERS='1'\n\
         export CLAUDE_CODE_MAX_CONTEXT_TOKENS='32768'\n# END coderouter-managed\n"
    );
    let again = home.run(&arguments);
    assert!(again.contains("nop      .vscode/settings.json\nnop      .envrc\n"), "{again}");
    assert!(!home.as_ref().join(".envrc.bak").exists());
}

#[test]
fn comments_and_their_own_keys_stay() {
    let home = Home::new();
    std::fs::create_dir(home.as_ref().join(".vscode")).unwrap();
    let before = "{\n    // mine\n    \"editor.tabSize\": 4,\n    \"terminal.integrated.env.linux\": {\n        \"X\": \"1\",\n    },\n}\n";
    home.write(".vscode/settings.json", before);
    let said = home.run(&["vscode-init", "--no-claude-code-env"]);
    assert!(said.starts_with("exit: 0\n--- stdout\ndiff     .vscode/settings.json\n"), "{said}");
    let after = read(&home, ".vscode/settings.json");
    assert!(after.starts_with("{\n    // mine\n    \"editor.tabSize\": 4,\n    \"terminal.integrated.env.linux\": {\n        \"X\": \"1\",\n        \"ANTHROPIC_BASE_URL\": \"http://localhost:4000\",\n"), "{after}");
    assert!(after.ends_with("    },\n}\n"), "{after}");
    assert_eq!(read(&home, ".vscode/settings.json.bak"), before);
}

#[test]
fn what_differs_is_a_conflict_until_forced() {
    let home = Home::new();
    std::fs::create_dir(home.as_ref().join(".vscode")).unwrap();
    let before = "{\"terminal.integrated.env.osx\": {\"ANTHROPIC_BASE_URL\": \"http://elsewhere\"}}";
    home.write(".vscode/settings.json", before);
    home.write(".envrc", "dotenv\n");
    let said = home.run(&["vscode-init", "--with-envrc"]);
    assert!(said.starts_with("exit: 2\n--- stdout\nCONFLICT .vscode/settings.json\n"), "{said}");
    assert!(said.contains("terminal.integrated.env.osx sets ANTHROPIC_BASE_URL to something else"), "{said}");
    assert!(said.contains("CONFLICT .envrc\n         the file has no coderouter block\n"), "{said}");
    assert_eq!(
        (read(&home, ".vscode/settings.json").as_str(), read(&home, ".envrc").as_str()),
        (before, "dotenv\n")
    );
    let said = home.run(&["vscode-init", "--with-envrc", "--force", "--dry-run"]);
    assert!(said.starts_with("exit: 0\n") && said.contains("nothing is written"), "{said}");
    assert_eq!(read(&home, ".envrc"), "dotenv\n");
    let said = home.run(&["vscode-init", "--with-envrc", "--force", "--port", "5000"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    assert!(read(&home, ".envrc").starts_with("dotenv\n\n# BEGIN coderouter-managed\n"));
    assert!(read(&home, ".vscode/settings.json").contains("http://localhost:5000"));
}

#[test]
fn wrong_inputs_are_told_apart() {
    let home = Home::new();
    home.write("c.yaml", CONFIG);
    for (arguments, code, words) in [
        (&["--target", "nowhere"][..], 1, "nowhere is not a folder\nhint: "),
        (&["--max-context-tokens", "0"], 2, "0 is not in 1.."),
        (&["--max-context-tokens", "1", "--no-claude-code-env"], 2, "cannot be used with"),
        (
            &["--config", "c.yaml", "--profile", "codign"],
            1,
            "no profile is called `codign`\nhint: did you mean `coding`?",
        ),
        (&["--config", "missing.yaml"], 1, "missing.yaml"),
    ] {
        let said = home.run(&[&["vscode-init"], arguments].concat());
        assert!(said.starts_with(&format!("exit: {code}\n")) && said.contains(words), "{said}");
    }
    std::fs::create_dir(home.as_ref().join(".vscode")).unwrap();
    home.write(".vscode/settings.json", "{\n  \"a\": \n}");
    let said = home.run(&["vscode-init"]);
    assert!(
        said.starts_with("exit: 1\n--- stdout\nSKIP     .vscode/settings.json: line 3: not valid JSON"),
        "{said}"
    );
}

#[test]
fn a_token_is_named_and_not_written() {
    let home = Home::new();
    home.write("c.yaml", CONFIG);
    let mut command = home.command(&["vscode-init", "--config", "c.yaml", "--with-envrc"]);
    let output = command.env("CODEROUTER_TOKEN", "a-real-secret-token").output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let written = read(&home, ".vscode/settings.json") + &read(&home, ".envrc");
    assert!(!(said + &written).contains("a-real-secret-token"));
    assert!(
        written.contains("\"${env:CODEROUTER_TOKEN}\"") && written.contains("=\"$CODEROUTER_TOKEN\"\n"),
        "{written}"
    );
}
