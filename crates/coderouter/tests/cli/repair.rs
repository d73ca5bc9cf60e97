//! `coderouter repair`: what it says about texts, and about input that it can't use.

use crate::process::Home;

const TOOLS: &str = r#"[
  {"type": "function", "function": {"name": "Read", "parameters": {"type": "object",
    "properties": {"file_path": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["file_path"]}}},
  {"name": "Bash", "input_schema": {"type": "object",
    "properties": {"command": {"type": "string"}}, "required": ["command"]}},
  {"name": "Write", "parameters": {"type": "object",
    "properties": {"file_path": {"type": "string"}, "content": {"type": "string"}},
    "required": ["file_path", "content"]}}
]"#;

/// Reads a text with the tools declared; what is said must be this.
fn check(options: &[&str], text: &str, expected: &str) {
    let home = Home::new();
    let tools = home.write("tools.json", TOOLS);
    let arguments = [&["repair", "--tools", tools.to_str().unwrap()], options].concat();
    assert_eq!(home.run_with(&arguments, text.as_bytes()), expected, "{text}");
}

/// Wrong input ends with code 1 and says these words.
fn refuses(home: &Home, arguments: &[&str], input: &[u8], words: &[&str]) {
    let said = home.run_with(&[&["repair"], arguments].concat(), input);
    let is_usage = said.contains("For more information, try '--help'");
    let code = if is_usage { 2 } else { 1 };
    assert!(said.starts_with(&format!("exit: {code}\n--- stdout\n--- stderr\nerror: ")), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

#[test]
fn a_call_is_shown_with_what_was_wrong_with_it() {
    check(
        &[],
        "Let me look.\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\", \"limit\": \"20\",}}\n</tool_call>\n",
        "exit: 0
--- stdout
text:
  Let me look.
call: Read {\"file_path\":\"a.rs\",\"limit\":20}
  format: F1 hermes
  was wrong: C9 a comma too many
  was wrong: C23 the tool's name is in another spelling
  was wrong: C24 an argument's name is nearly right
  was wrong: C26 a number or truth value as text, or the reverse
--- stderr
",
    );
}

#[test]
fn calls_come_in_their_order_and_thinking_is_told_apart() {
    check(
        &[],
        "<think>two files</think><function=Bash>\n<parameter=command>\nls\n</parameter>\n</function>\n</tool_call>\nThen.",
        "exit: 0
--- stdout
thinking:
  two files
call: Bash {\"command\":\"ls\"}
  format: F2 qwen3-coder
  was wrong: C2 the opening tag is missing
text:
  Then.
--- stderr
",
    );
    check(
        &["--thinking"],
        "I list them. <tool_call>{\"name\": \"Bash\", \"arguments\": {\"command\": \"ls\"}}</tool_call>",
        "exit: 0
--- stdout
thinking:
  I list them.
call: Bash {\"command\":\"ls\"}
  format: F1 hermes
  was wrong: C21 the call is inside the reasoning
--- stderr
",
    );
}

#[test]
fn what_is_left_is_told_with_its_reason() {
    check(
        &[],
        "<tool_call>{\"name\": \"Write\", \"arguments\": {\"file_path\": \"a\"}}</tool_call>",
        "exit: 2
--- stdout
text:
  <tool_call>{\"name\": \"Write\", \"arguments\": {\"file_path\": \"a\"}}</tool_call>
left as text: Write
  format: F1 hermes
  because: an argument that the tool requires is missing
  hint: `Write` requires file_path, content; an argument is never made up
no call: the client gets nothing to run
--- stderr
",
    );
    check(
        &["--mode", "parse"],
        "<tool_call>{\"name\": \"Bash\", \"arguments\": {\"command\": \"ls\",}}</tool_call>",
        "exit: 2
--- stdout
text:
  <tool_call>{\"name\": \"Bash\", \"arguments\": {\"command\": \"ls\",}}</tool_call>
left as text: Bash
  format: F1 hermes
  because: it would have to be mended, and calls are only to be read
  hint: --mode repair mends it, as does `tool_repair: repair`
no call: the client gets nothing to run
--- stderr
",
    );
    check(
        &["--cut"],
        "Now. <tool_call>{\"name\": \"Bash\", \"arguments\": {\"command\": \"ls",
        "exit: 2
--- stdout
text:
  Now.
dropped: Bash
  because: the output limit cut it off
  hint: give the model more room: raise max_tokens, or the context of its server
no call: the client gets nothing to run
--- stderr
",
    );
}

#[test]
fn a_text_without_a_call_says_what_would_be_one() {
    check(
        &[],
        "Hello \u{1b}[2J",
        "exit: 2
--- stdout
text:
  Hello \\u{1b}[2J
no call: the client gets nothing to run
  hint: nothing in it has the form of a call of a declared tool (Read, Bash, Write); in code, in quotations and in thinking that goes on, nothing counts; --cut says that the output limit cut the text off
--- stderr
",
    );
}

#[test]
fn scripts_get_one_object() {
    check(
        &["--json"],
        "For example {\"name\": \"Bash\", \"arguments\": {\"command\": \"rm\"}}\n\nReading.\n[TOOL_CALLS]read[ARGS]{\"limit\": 2, \"file_path\": \"a\"}",
        concat!(
            "exit: 0\n--- stdout\n",
            r#"{"text":"For example {\"name\": \"Bash\", \"arguments\": {\"command\": \"rm\"}}\n\nReading.","thinking":"","#,
            r#""calls":[{"tool":"Read","arguments":{"limit":2,"file_path":"a"},"format":{"id":"F7","name":"mistral-args"},"#,
            r#""corruptions":[{"id":"C23","phrase":"the tool's name is in another spelling"}]}],"#,
            r#""left":[{"tool":"Bash","format":{"id":"F45","name":"prompt-json"},"outcome":"text-goes-on","#,
            r#""reason":"text goes on behind it, and no markup says that it is a call","#,
            r#""hint":"it is a call at the end of the answer, or in markup such as <tool_call>"}]}"#,
            "\n--- stderr\n"
        ),
    );
}

#[test]
fn tools_are_read_in_every_form() {
    let text = b"<tool_call>{\"name\": \"Bash\", \"arguments\": {\"command\": \"ls\"}}</tool_call>";
    let schema =
        r#"{"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}"#;
    let home = Home::new();
    let answer = home.write("answer.txt", std::str::from_utf8(text).unwrap());
    for tools in [
        format!(r#"[{{"type": "function", "function": {{"name": "Bash", "parameters": {schema}}}}}]"#),
        format!(r#"[{{"type": "function", "name": "Bash", "parameters": {schema}}}]"#),
        format!(r#"[{{"type": "custom", "name": "Bash", "input_schema": {schema}}}]"#),
        format!(
            r#"{{"model": "m", "messages": [], "tools": [{{"name": "Bash", "input_schema": {schema}}}]}}"#
        ),
        r#"[{"type": "web_search_20250305", "name": "web_search"}, {"name": "Bash"}]"#.to_owned(),
    ] {
        let file = home.write("tools.json", &format!("\u{feff}{tools}"));
        let options = ["repair", "--tools", file.to_str().unwrap(), answer.to_str().unwrap()];
        let said = home.run(&options);
        assert!(said.contains("call: Bash {\"command\":\"ls\"}"), "{tools}: {said}");
        let said = home.run_with(&[&options[..3], &["-"]].concat(), text);
        assert!(said.starts_with("exit: 0\n"), "{tools}: {said}");
    }
}

#[test]
fn wrong_input_is_named_with_its_place_and_what_to_do() {
    let home = Home::new();
    let tools = home.write("tools.json", TOOLS);
    let tools = tools.to_str().unwrap();
    refuses(&home, &[], b"text", &["no tools are given", "hint: give --tools FILE", "\"parameters\""]);
    refuses(&home, &["--tools", "none.json"], b"text", &["none.json can't be read", "caused by"]);
    refuses(&home, &["--tools", tools, "none.txt"], b"", &["none.txt can't be read", "caused by"]);
    refuses(&home, &["--tools", tools], b" \n", &["standard input is empty", "hint: give the text"]);
    refuses(
        &home,
        &["--tools", tools],
        b"one\ntwo \xff",
        &["standard input:2: byte 9 is not UTF-8", "hint:"],
    );
    refuses(&home, &["--tools", tools, "--mode", "off"], b"text", &["'off'", "parse, repair"]);
    for (text, words) in [
        ("[\n  {\"name\": 3},\n]", "HOME/bad.json:3:1: this is not JSON"),
        ("", "HOME/bad.json is empty"),
        ("{\"messages\": []}", "HOME/bad.json has no list of tools"),
        ("[]", "HOME/bad.json declares no tool"),
        ("[{\"type\": \"web_search_20250305\", \"name\": \"web_search\"}]", "HOME/bad.json declares no tool"),
        ("[{\"name\": \"Bash\"}, {\"description\": \"x\"}]", "tool 2 of HOME/bad.json has no name"),
    ] {
        let path = home.write("bad.json", text);
        refuses(&home, &["--tools", path.to_str().unwrap()], b"text", &[words, "hint: "]);
    }
}
