//! What holds for every text and every edit.

use amend::{Edit, EditError, Step, edit, edit_json, read, read_json};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A configuration as somebody may have written it.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    providers: usize,
}

/// Habits of writing.
#[derive(Clone, Debug)]
struct Habits {
    step: usize,
    dash: usize,
    line_end: &'static str,
    last_line_end: bool,
    /// One number decides each free choice.
    choices: Vec<u8>,
}

fn habits() -> impl Strategy<Value = Habits> {
    let line_ends = prop_oneof![Just("\n"), Just("\r\n")];
    (1usize..5, 0usize..4, line_ends, any::<bool>(), proptest::collection::vec(any::<u8>(), 40..80)).prop_map(
        |(step, dash, line_end, last_line_end, choices)| Habits {
            step,
            dash,
            line_end,
            last_line_end,
            choices,
        },
    )
}

fn written(habits: &Habits) -> Written {
    let mut choices = habits.choices.iter().copied().cycle();
    let mut choose = |among: &[&str]| -> String {
        let choice = choices.next().unwrap_or(0) as usize;
        among[choice % among.len()].to_owned()
    };
    let (step, dash) = (" ".repeat(habits.step), " ".repeat(habits.dash));
    let mut text = choose(&["", "# é head\n\n", "---\n", "\n\n# x: y\n"]);
    text.push_str(&choose(&["allow_paid: false\n", "default_profile:   'a'  # which\n", ""]));
    text.push_str("providers:");
    text.push_str(&choose(&["\n", "   # all of them\n", "\n\n  # first\n"]));
    let providers = 1 + choose(&["0", "1", "2"]).parse::<usize>().expect("a digit");
    for number in 0..providers {
        let _ = writeln!(text, "{dash}- name: p{number}{}", choose(&["", "  # c: [", " "]));
        let inner = format!("{dash}  ");
        text.push_str(&choose(&["", "\n", &format!("{inner}# {{odd\n")]));
        let lines = [
            "model: 'it''s'\n",
            "model: \"a\\\"# b\"   # m\n",
            "base_url: http://localhost:11434/v1\n",
            "note: >-\nSTEPlong words\n\nSTEPand more\n",
            "note: |+\nSTEPkept\n\n",
            "note: plain\nSTEPgoes on\n",
            "extra_body: {options: {num_ctx: 8192}, stop: [a, 'b']}\n",
            "extra_body: ~\n",
            "extra_body:\n",
            "capabilities: {\nSTEPvision: true,  # here\n  }\n",
            "capabilities:\nSTEPvision: yes\nSTEPtools: null  # ?\n",
        ];
        let mut keys = std::collections::HashSet::new();
        for _ in 0..4 {
            let line = choose(&lines);
            if keys.insert(line.split(':').next().expect("a key").to_owned()) {
                for part in line.replace("STEP", &step).split_inclusive('\n') {
                    let indent = if part == "\n" { "" } else { inner.as_str() };
                    let _ = write!(text, "{indent}{part}");
                }
            }
        }
        text.push_str(&choose(&["", "\n", "\n\n  # about the next: -\n", "# far left\n"]));
    }
    text.push_str(&choose(&["profiles: []\n", "profiles:\n- {name: a, providers: [p0]}\n", "# end\n", ""]));
    if !habits.last_line_end {
        text.truncate(text.trim_end().len());
    }
    Written { text: text.replace('\n', habits.line_end), providers }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        "[ -~é\n\t]{0,12}".prop_map(Value::from),
        "(off|null|12|1e3|0x1|~|a: b|- a|qwen:14b)".prop_map(Value::from),
        proptest::collection::vec("[a-z:# ]{0,6}", 0..4).prop_map(Value::from),
        Just(json!({})),
        Just(json!({ "inner": { "deep": [1, { "x": "y" }] } })),
        Just(Value::Null),
    ]
}

fn way(provider: usize, place: u8) -> Vec<Step> {
    let provider = [Step::key("providers"), Step::item("name", format!("p{provider}"))];
    let below: &[&str] = match place % 9 {
        0 => &["model"],
        1 => &["extra_body", "options", "num_ctx"],
        2 => &["capabilities", "tools"],
        3 => &["capabilities", "thinking"],
        4 => &["note"],
        5 => &["new key: #"],
        6 => &["a", "b", "c"],
        7 => return vec![Step::key("top")],
        _ => return vec![Step::key("profiles"), Step::item("name", "a"), Step::key("timeout")],
    };
    provider.into_iter().chain(below.iter().map(|key| Step::key(*key))).collect()
}

/// What a line says, wherever it stands.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').map(|line| line.trim_end_matches(['\r', '\n'])).collect()
}

/// How many lines of `before` are not in `after`, in the same order.
fn lost(before: &str, after: &str) -> usize {
    let (before, after) = (lines(before), lines(after));
    let mut kept = vec![0; after.len() + 1];
    for line in &before {
        let mut diagonal = 0;
        for (at, other) in after.iter().enumerate() {
            let above = kept[at + 1];
            kept[at + 1] = if line == other { diagonal + 1 } else { above.max(kept[at]) };
            diagonal = above;
        }
    }
    before.len() - kept[after.len()]
}

const CASES: u32 = 800;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_keeps_every_other_line(habits in habits(), provider in 0usize..4, place in any::<u8>(), value in value()) {
        let Written { text, providers } = written(&habits);
        let before = read(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let edits = [Edit::new(way(provider.min(providers), place), value)];
        let after = match edit(&text, &edits) {
            Ok(after) => after,
            Err(EditError::Refused { reason, .. }) if reason.contains(" stands here, not a ") => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{text}\n{edits:?}"))),
        };
        prop_assert_eq!(&edit(&after, &edits).unwrap(), &after, "a second edit changes something");
        if after != text {
            // What changes spans at most the lines of one value: a text that keeps the blank lines at its end.
            prop_assert!(lost(&text, &after) <= 5, "{}\n=>\n{}", text, after);
        }
        let crlf = text.contains("\r\n");
        prop_assert_eq!(after.matches('\n').count() == after.matches("\r\n").count(), crlf || !after.contains('\n'));
        prop_assert_eq!(after.ends_with('\n'), text.ends_with('\n'));
        let others = |data: &Value| {
            let mut data = data.clone();
            if let Some(list) = data["providers"].as_array_mut() {
                list.retain(|item| item["name"] != format!("p{}", provider.min(providers)));
            }
            data["top"].take();
            data["profiles"].take();
            data
        };
        prop_assert_eq!(others(&before), others(&read(&after).unwrap()));
    }

    #[test]
    fn any_text_is_edited_as_meant_or_not_at_all(text in "[ab:\\- \\[\\]{},#'\"\n|>&*!?~]{0,40}", key in "[ab]", value in value()) {
        let edits = [Edit::new([Step::key(key.clone())], value.clone())];
        if let Ok(after) = edit(&text, &edits) {
            let data = read(&after).unwrap();
            prop_assert!(value.as_object().is_some_and(serde_json::Map::is_empty) || value.is_null() || !data[&key].is_null());
            prop_assert_eq!(edit(&after, &edits).unwrap(), after);
        }
    }

    #[test]
    fn any_json_is_edited_as_meant_or_not_at_all(text in "[ab:\\[\\]{},\"1 \n\t/*]{0,40}", key in "[ab]", value in value()) {
        let edits = [Edit::new([Step::key(key)], value)];
        if let Ok(after) = edit_json(&text, &edits) {
            read_json(&after).unwrap();
            prop_assert_eq!(edit_json(&after, &edits).unwrap(), after);
        }
    }
}
