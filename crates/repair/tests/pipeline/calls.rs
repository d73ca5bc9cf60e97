//! Calls: found in text, structured, both.

use crate::fixture::{answer, call, check, run, terms, text, thinking};
use canon::config::ToolRepair;
use canon::delta::StopReason::{Calls, EndTurn, MaxOutput};
use repair::damage::Damage;
use repair::pipeline::{Outcome, Terms};

const READ: &str = r#"Read {"file_path":"a"}"#;
const WRITTEN: &str = r#"<tool_call>{"name":"Read","arguments":{"file_path":"a"}}</tool_call>"#;

#[test]
fn a_call_in_text_becomes_one() {
    let deltas = answer(&[text(&format!("I look.\n{WRITTEN}"))], EndTurn);
    check(&terms(), &deltas, &["text I look.", READ], Calls);
    check(&terms(), &answer(&[text(WRITTEN)], EndTurn), &[READ], Calls);
    let bare = r#"{"name":"read","arguments":{"path":"a"}}"#;
    check(&terms(), &answer(&[text(bare)], EndTurn), &[READ], Calls);
}

#[test]
fn text_without_calls_is_not_changed() {
    let deltas = answer(&[text("Nothing to do here.\n\n{\"a\": 1}\n")], EndTurn);
    for size in [1, 3, 100] {
        let outcome = run(terms(), &deltas, size);
        assert_eq!(outcome.blocks, ["text Nothing to do here.\n\n{\"a\": 1}\n"]);
        assert!(!outcome.changed && outcome.findings.is_empty());
    }
}

#[test]
fn a_call_cut_off_by_length_never_runs() {
    let half = "Go.\n<tool_call>{\"name\":\"Read\",\"arguments\":{\"file_path\":\"a";
    check(&terms(), &answer(&[text(half)], MaxOutput), &["text Go."], MaxOutput);
    let one_and_a_half = format!("{WRITTEN}\n{half}").replace("Go.\n", "");
    check(&terms(), &answer(&[text(&one_and_a_half)], MaxOutput), &[READ], Calls);
    let structured = answer(&[call("c", "Read", r#"{"file_path": "a"#)], MaxOutput);
    check(&terms(), &structured, &[r#"Read {"file_path": "a"#], MaxOutput);
}

#[test]
fn the_same_call_in_both_forms_is_one() {
    let both = answer(&[text(WRITTEN), call("c", "Read", r#"{"file_path": "a"}"#)], Calls);
    check(&terms(), &both, &[READ], Calls);
    let reversed = answer(&[call("c", "Read", r#"{"file_path": "a"}"#), text(WRITTEN)], Calls);
    check(&terms(), &reversed, &[r#"Read {"file_path": "a"}"#], Calls);
    let others = answer(&[text(WRITTEN), call("c", "Read", r#"{"file_path": "b"}"#)], Calls);
    check(&terms(), &others, &[READ, r#"Read {"file_path": "b"}"#], Calls);
    let twice = answer(&[text(&format!("{WRITTEN}\nAnd again:\n{WRITTEN}"))], EndTurn);
    check(&terms(), &twice, &[READ, "text And again:", READ], Calls);
}

#[test]
fn structured_calls_are_mended() {
    let cases = [
        ("bash", r#"{"command": "ls"}"#, r#"Bash {"command": "ls"}"#),
        ("Bash<|channel|>commentary", r#"{"command": "ls"}"#, r#"Bash {"command": "ls"}"#),
        ("functions.Bash", r#"{"command": "ls"}"#, r#"Bash {"command": "ls"}"#),
        ("Bash", r#""{\"command\": \"ls\"}""#, r#"Bash {"command":"ls"}"#),
        ("Bash", r#"{"command": "ls"}{"command": "ls"}"#, r#"Bash {"command": "ls"}"#),
        ("Bash", r#"{}{"command": "ls"}"#, r#"Bash {"command":"ls"}"#),
        ("Bash", "{'command': 'ls'}", r#"Bash {"command":"ls"}"#),
        ("Bash", r#"{"command": "ls""#, r#"Bash {"command": "ls"}"#),
        ("Bash", "{\"command\": \"a\nb\"}", r#"Bash {"command": "a\nb"}"#),
    ];
    for (name, arguments, expected) in cases {
        check(&terms(), &answer(&[call("c", name, arguments)], Calls), &[expected], Calls);
        let outcome = run(terms(), &answer(&[call("c", name, arguments)], Calls), 3);
        assert!(
            outcome.changed && outcome.findings.iter().all(|it| it.outcome == Outcome::Called),
            "{name} {arguments}"
        );
    }
    let sound = run(terms(), &answer(&[call("c", "Bash", r#"{"command": "ls"}"#)], Calls), 3);
    assert!(!sound.changed && sound.findings.is_empty());
}

#[test]
fn ids_are_distinct() {
    let deltas = answer(
        &[
            call("c", "Read", r#"{"file_path": "a"}"#),
            call("c", "Read", r#"{"file_path": "b"}"#),
            call("", "TodoList", "{}"),
        ],
        Calls,
    );
    let ids = run(terms(), &deltas, 100).ids;
    assert_eq!(ids[0], "c");
    assert!(ids[1] != "c" && !ids[2].is_empty() && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn the_stop_reason_follows_from_what_came() {
    check(&terms(), &answer(&[text("Done.")], Calls), &["text Done."], EndTurn);
    check(&terms(), &answer(&[call("c", "TodoList", "{}")], EndTurn), &["TodoList {}"], Calls);
}

#[test]
fn thinking_that_ends_with_a_call_makes_it() {
    let deltas = answer(&[thinking(&format!("I should read it.\n{WRITTEN}"))], EndTurn);
    check(&terms(), &deltas, &["thinking I should read it.", READ], Calls);
    let goes_on = format!("I could write {WRITTEN} but I will not.");
    check(
        &terms(),
        &answer(&[thinking(&goes_on), text("Hello.")], EndTurn),
        &[&format!("thinking {goes_on}"), "text Hello."],
        EndTurn,
    );
    let with_another = answer(&[thinking(&format!("Read.\n{WRITTEN}")), call("c", "TodoList", "{}")], Calls);
    check(&terms(), &with_another, &["thinking Read.", "TodoList {}"], Calls);
}

#[test]
fn parse_reads_and_does_not_mend() {
    let parse = Terms { repair: ToolRepair::Parse, ..terms() };
    check(&parse, &answer(&[text(WRITTEN)], EndTurn), &[READ], Calls);
    let damaged = r#"<tool_call>{'name':'Read','arguments':{'file_path':'a'}}</tool_call>"#;
    check(&parse, &answer(&[text(damaged)], EndTurn), &[&format!("text {damaged}")], EndTurn);
}

#[test]
fn findings_tell_what_was_wrong() {
    let deltas = answer(&[text(r#"{"name":"bash","arguments":"{\"command\":\"ls\"}"}"#)], EndTurn);
    let findings = run(terms(), &deltas, 4).findings;
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.tool, "Bash");
    assert_eq!(finding.format.id(), "F45");
    assert!(finding.damage.has(Damage::NameRespelt) && finding.damage.has(Damage::EncodedTwice));
}
