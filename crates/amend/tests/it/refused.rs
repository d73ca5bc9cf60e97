//! What is refused, and in which words; the text stays as it is.

use amend::{Edit, Field, Step, edit, edit_json};
use serde_json::{Value, json};

#[track_caller]
fn check(text: &str, path: &[&str], value: Value, message: &str) {
    let step = |word: &&str| match word.split_once('=') {
        Some((name, value)) => Step::Item(vec![Field::new(name, value)]),
        None => Step::key(*word),
    };
    let result = edit(text, &[Edit::new(path.iter().map(step), value)]);
    assert_eq!(result.map_err(|error| error.to_string()), Err(message.to_owned()));
}

#[test]
fn what_belongs_to_two_places_is_not_changed_in_one() {
    let text = "a: &x\n  k: 1\nb: *x\nc:\n  <<: *x\n  d: 1\n";
    check(
        text,
        &["b", "k"],
        json!(2),
        "line 3: an alias stands here: what it names is changed at its anchor only",
    );
    check(
        text,
        &["b"],
        json!(2),
        "line 3: an alias stands here: what it names is changed at its anchor only",
    );
    check(text, &["a", "k"], json!(2), "line 1: what stands here is used again in line 3");
    let nested = "a: &x {k: {l: 1}}\nc:\n  <<: *x\n";
    check(nested, &["c", "k", "m"], json!(2), "line 3: `k` comes from what is merged here");
}

#[test]
fn what_is_something_else_is_not_overwritten_on_the_way() {
    check("a: 1\n", &["a", "b"], json!(2), "line 1: a single value stands here, not a mapping with `b`");
    check("a:\n- 1\n", &["a", "b"], json!(2), "line 2: a list stands here, not a mapping with `b`");
    check("a: {b: 1}\n", &["a", "n=x"], json!(2), "line 1: a mapping stands here, not a list");
    check("a: []\n", &["a", "b"], json!(2), "line 1: a list stands here, not a mapping with `b`");
    check("- 1\n", &["b"], json!(2), "line 1: a list stands here, not a mapping with `b`");
}

#[test]
fn what_is_there_twice_is_nobody() {
    let text = "a:\n- {n: x}\n- {n: x}\n";
    check(text, &["a", "n=x", "k"], json!(2), "line 2: this item is there twice, again in line 3");
    check("a: 1\nb: 2\na: 3\n", &["b"], json!(3), "line 3: the key `a` is given twice, first in line 1");
}

#[test]
fn texts_that_can_not_be_read_are_left_alone() {
    check("a: 1\n---\nb: 2\n", &["a"], json!(2), "line 2: a second YAML document begins here");
    check("a:\n\tb: 1\n", &["a"], json!(2), "line 2: the line is indented with a tab");
    check("? a\n: 1\n", &["a"], json!(2), "line 1: a key written like this can't be edited");
    check("a: !secret x\n", &["a"], json!(2), "line 1: the value has a tag");
    let message = edit("a: [1\n", &[]).unwrap_err().to_string();
    assert!(message.starts_with("line 2: not valid YAML: "), "{message}");
}

#[test]
fn aliases_do_not_unfold_without_end() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        let items = [below.as_str(); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let message = edit(&text, &[]).unwrap_err().to_string();
    assert!(message.ends_with("the file's aliases stand for too much"), "{message}");
    let mut text = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    let message = edit(&text, &[]).unwrap_err().to_string();
    assert!(message.ends_with("the file's aliases stand for too much"), "{message}");
    let deep = "[".repeat(200) + &"]".repeat(200);
    let message = edit(&deep, &[]).unwrap_err().to_string();
    assert_eq!(message, "line 1: lists and mappings are nested more than 64 deep");
}

#[test]
fn json_that_is_none_is_left_alone() {
    let message = |text: &str| edit_json(text, &[Edit::new([Step::key("a")], 1)]).unwrap_err().to_string();
    assert_eq!(
        message("{\n  \"a\" 1\n}"),
        "line 2: not valid JSON: Expected colon after the string or word in object property"
    );
    assert_eq!(message("[1]"), "line 1: a list stands here, not a mapping with `a`");
    assert_eq!(message("{\"a\": 1, \"a\": 2}"), "line 1: the key `a` is given twice");
}
