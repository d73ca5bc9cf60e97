//! `run --print-env`: the variables alone.

use super::{configure, told};
use crate::process::{Home, free_port};
use insta::assert_snapshot;

/// What `--print-env` says where there are secrets, none of which it may say.
fn printed(arguments: &[&str]) -> String {
    let home = Home::new();
    let port = free_port();
    configure(&home, port, "http://127.0.0.1:9/v1");
    let mut command = home.command(&[&["run", "--print-env"], arguments].concat());
    command.env("CODEROUTER_TOKEN", "s3cret-token-0001").env("ANTHROPIC_API_KEY", "sk-ant-0123456789");
    command.env("ANTHROPIC_CUSTOM_HEADERS", "X-Team: secret").env("SHELL", "/bin/bash");
    let said = told(&home, &mut command, &[port]);
    assert!(!said.contains("s3cret") && !said.contains("X-Team") && !said.contains("sk-ant"), "{said}");
    said
}

#[test]
fn variables_are_printed_and_no_token_is() {
    assert_snapshot!(printed(&["--profile", "coding", "--", "claude"]), @r#"
    exit: 0
    --- stdout
    unset ANTHROPIC_API_KEY
    export ANTHROPIC_BASE_URL='http://127.0.0.1:PORT0'
    export ANTHROPIC_AUTH_TOKEN="$CODEROUTER_TOKEN"
    export ENABLE_TOOL_SEARCH='false'
    export CLAUDE_CODE_AUTO_MODE_SERVER='0'
    export CLAUDE_CODE_GATEWAY_HINT_HEADERS='1'
    export CLAUDE_CODE_MAX_CONTEXT_TOKENS='65536'
    export CLAUDE_CODE_MAX_OUTPUT_TOKENS='16384'
    export ANTHROPIC_CUSTOM_HEADERS="$ANTHROPIC_CUSTOM_HEADERS"'
    X-CodeRouter-Profile: coding'
    export ANTHROPIC_MODEL='claude-coderouter-coding'
    export NO_PROXY='127.0.0.1,localhost'
    export no_proxy='127.0.0.1,localhost'
    --- stderr
    coderouter: nothing answers at http://127.0.0.1:PORT0 yet; start it with `coderouter serve`
    "#);
    assert_snapshot!(printed(&["--shell", "fish", "--", "aider"]), @r#"
    exit: 0
    --- stdout
    set -gx OPENAI_API_BASE 'http://127.0.0.1:PORT0/v1'
    set -gx AIDER_OPENAI_API_BASE 'http://127.0.0.1:PORT0/v1'
    set -gx OPENAI_API_KEY "$CODEROUTER_TOKEN"
    set -gx AIDER_OPENAI_API_KEY "$CODEROUTER_TOKEN"
    set -gx NO_PROXY '127.0.0.1,localhost'
    set -gx no_proxy '127.0.0.1,localhost'
    --- stderr
    coderouter: nothing answers at http://127.0.0.1:PORT0 yet; start it with `coderouter serve`
    coderouter: start it as: aider --model openai/coderouter
    "#);
}

#[test]
fn variables_are_printed_for_other_shells_and_programs() {
    assert_snapshot!(printed(&["--shell", "powershell"]), @r"
    exit: 0
    --- stdout
    Remove-Item Env:ANTHROPIC_API_KEY -ErrorAction SilentlyContinue
    $env:ANTHROPIC_BASE_URL = 'http://127.0.0.1:PORT0'
    $env:ANTHROPIC_AUTH_TOKEN = $env:CODEROUTER_TOKEN
    $env:OPENAI_BASE_URL = 'http://127.0.0.1:PORT0/v1'
    $env:OPENAI_API_BASE = 'http://127.0.0.1:PORT0/v1'
    $env:OPENAI_API_KEY = $env:CODEROUTER_TOKEN
    $env:NO_PROXY = '127.0.0.1,localhost'
    $env:no_proxy = '127.0.0.1,localhost'
    --- stderr
    coderouter: nothing answers at http://127.0.0.1:PORT0 yet; start it with `coderouter serve`
    ");
    assert_snapshot!(printed(&["--json", "--", "opencode"]), @r#"
    exit: 0
    --- stdout
    {"agent":"opencode","arguments":[],"kept":[],"replaced":[],"set":{"NO_PROXY":{"text":"127.0.0.1,localhost"},"OPENCODE_CONFIG_CONTENT":{"text":"{\"model\":\"coderouter/coderouter\",\"provider\":{\"coderouter\":{\"models\":{\"coderouter\":{\"limit\":{\"context\":65536,\"output\":16384},\"name\":\"coderouter\",\"tool_call\":true}},\"name\":\"CodeRouter\",\"npm\":\"@ai-sdk/openai-compatible\",\"options\":{\"apiKey\":\"{env:CODEROUTER_TOKEN}\",\"baseURL\":\"http://127.0.0.1:PORT0/v1\"}}},\"small_model\":\"coderouter/coderouter\"}"},"no_proxy":{"text":"127.0.0.1,localhost"}},"unset":[],"url":"http://127.0.0.1:PORT0"}
    --- stderr
    coderouter: nothing answers at http://127.0.0.1:PORT0 yet; start it with `coderouter serve`
    "#);
}
