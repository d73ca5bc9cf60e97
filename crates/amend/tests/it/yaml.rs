//! YAML before and after: what is edited, what stays.

use amend::{Edit, Field, Step, edit};
use serde_json::{Value, json};

/// A way in short: `providers/name=local/capabilities`.
fn path(text: &str) -> Vec<Step> {
    let step = |word: &str| match word.split_once('=') {
        Some((name, value)) => Step::item(name, value),
        None => Step::key(word),
    };
    text.split('/').map(step).collect()
}

#[track_caller]
fn check(before: &str, at: &str, value: Value, after: &str) {
    let edits = [Edit::new(path(at), value)];
    let edited = edit(before, &edits).expect("it can be edited");
    assert_eq!(edited, after, "\n{edited}");
    assert_eq!(edit(&edited, &edits).expect("it can be edited"), edited, "a second edit changes something");
}

#[test]
fn a_value_is_changed_and_nothing_else() {
    let before = "# head\na:   1   # one\n\nb: 'x'  \nc: \"y\"\nd: ~\n";
    check(before, "a", json!(2), "# head\na:   2   # one\n\nb: 'x'  \nc: \"y\"\nd: ~\n");
    check(before, "b", json!("it's"), "# head\na:   1   # one\n\nb: 'it''s'  \nc: \"y\"\nd: ~\n");
    check(before, "c", json!("off"), "# head\na:   1   # one\n\nb: 'x'  \nc: \"off\"\nd: ~\n");
    check("b: 'x'  # c\n'd' : \"a\\\"\" # e\n", "d", json!("z"), "b: 'x'  # c\n'd' : \"z\" # e\n");
    check(before, "d", json!("word"), "# head\na:   1   # one\n\nb: 'x'  \nc: \"y\"\nd: word\n");
}

#[test]
fn what_is_said_already_stays_as_it_is_said() {
    for (text, value) in [
        ("a: yes # on purpose\n", json!(true)),
        ("a: 0x10\n", json!(16)),
        ("a: 1.0\n", json!(1)),
        ("a: 'b'\n", json!("b")),
        ("a: [1,\n  2]\n", json!([1, 2])),
        ("a: {b: 1, c: 2}\n", json!({ "b": 1 })),
        ("a: &x {b: 1}\nc: *x\n", json!({ "b": 1 })),
        ("a: |\n  x\n", json!("x\n")),
        ("a:\n", json!(null)),
    ] {
        check(text, "a", value, text);
    }
}

#[test]
fn a_new_key_goes_behind_its_block() {
    let before = "providers:\n  - name: local   # mine\n    capabilities:\n      tools: true\n\n    # about the next\n  - name: cloud\n    model: null\n\n# about profiles\nprofiles: []\n";
    check(
        before,
        "providers/name=local/capabilities",
        json!({ "thinking": false }),
        "providers:\n  - name: local   # mine\n    capabilities:\n      tools: true\n      thinking: false\n\n    # about the next\n  - name: cloud\n    model: null\n\n# about profiles\nprofiles: []\n",
    );
    check(
        before,
        "providers/name=cloud/extra_body/options",
        json!({ "num_ctx": 32768 }),
        "providers:\n  - name: local   # mine\n    capabilities:\n      tools: true\n\n    # about the next\n  - name: cloud\n    model: null\n    extra_body:\n      options:\n        num_ctx: 32768\n\n# about profiles\nprofiles: []\n",
    );
}

#[test]
fn a_text_without_a_last_line_end_stays_one() {
    check("a:\n  b: 1", "a/c", json!(2), "a:\n  b: 1\n  c: 2");
    check("a: 1", "b", json!([1, { "x": 2, "y": [] }]), "a: 1\nb:\n  - 1\n  - x: 2\n    y: []");
}

#[test]
fn lines_end_as_they_did() {
    let before = "# é\r\na:\r\n  - name: x\r\n\r\nb: 1\r\n";
    let after = "# é\r\na:\r\n  - name: x\r\n    c:\r\n      d: true\r\n\r\nb: 1\r\n";
    check(before, "a/name=x/c/d", json!(true), after);
    check("\u{feff}ä: 1\r\nö: 2\r\n", "ö", json!("ü"), "\u{feff}ä: 1\r\nö: ü\r\n");
}

#[test]
fn lists_are_replaced_and_longer_ones_continued() {
    check(
        "f:\n  - a  # first\n  - b\n\ng: 1\n",
        "f",
        json!(["a", "b", "c"]),
        "f:\n  - a  # first\n  - b\n  - c\n\ng: 1\n",
    );
    check("f:\n- a\n- b\ng: 1\n", "f", json!(["b"]), "f:\n- b\ng: 1\n");
    check("f: [a, b]  # c\n", "f", json!(["a", "b", "c: d"]), "f: [a, b, \"c: d\"]  # c\n");
    check("f: [ a, ]\n", "f", json!(["b"]), "f: [b]\n");
    check(
        "f: [\n  a,  # first\n  b   # second\n]\n",
        "f",
        json!(["a", "b", "c"]),
        "f: [\n  a,  # first\n  b,   # second\n  c\n]\n",
    );
    check("f: []  # none\n", "f", json!(["a"]), "f:  # none\n  - a\n");
    check("f:\n  - a\n", "f", json!([]), "f: []\n");
    check("f: # c\n  - a\n  - b\n", "f", json!("x"), "f: x # c\n");
}

#[test]
fn flow_mappings_are_edited_in_place() {
    check("a: {b: 1}\n", "a/b", json!(2), "a: {b: 2}\n");
    check("a: { b: 1 }\n", "a/c", json!("x y"), "a: { b: 1, c: x y }\n");
    check("a: {b: 1,}\n", "a/c/d", json!([1]), "a: {b: 1, c: {d: [1]},}\n");
    check("a: {}\n", "a/b", json!(1), "a:\n  b: 1\n");
    check("{\"a\": 1}\n", "b", json!("x"), "{\"a\": 1, \"b\": x}\n");
    check("a: [{n: x}, {n: y}]\n", "a/n=y/z", json!(true), "a: [{n: x}, {n: y, z: true}]\n");
    check("a: [{n: x}]\n", "a/n=y/z", json!(true), "a: [{n: x}, {n: y, z: true}]\n");
    check("a: {b, c: }\n", "a/b", json!(1), "a: {b: 1, c: }\n");
    check("a: {b, c: }\n", "a/c", json!(1), "a: {b, c: 1 }\n");
    check(
        "a: {\n  b: 1,  # one\n  c: 2,\n}\n",
        "a/d",
        json!(3),
        "a: {\n  b: 1,  # one\n  c: 2,\n  d: 3,\n}\n",
    );
}

#[test]
fn nothing_becomes_something() {
    check("", "a/b", json!(1), "a:\n  b: 1\n");
    check("# only words\n", "a", json!("x"), "# only words\na: x\n");
    check("---\n", "a", json!("x"), "---\na: x\n");
    check("a:\nb: 1\n", "a/c", json!(2), "a:\n  c: 2\nb: 1\n");
    check("a:   # later\nb: 1\n", "a", json!(2), "a: 2   # later\nb: 1\n");
    check("a:   # later\nb: 1\n", "a/c", json!(2), "a:   # later\n  c: 2\nb: 1\n");
    check("a: null   # none\nb: 1\n", "a/c", json!(2), "a:   # none\n  c: 2\nb: 1\n");
    check("a:\n  -\n  - x\n", "b", json!({}), "a:\n  -\n  - x\nb: {}\n");
    check("a:", "a/name=x/k", json!(1), "a:\n  - name: x\n    k: 1");
    check("~\n", "a", json!(1), "a: 1\n");
}

#[test]
fn items_are_appended_with_what_they_are_known_by_first() {
    let before = "rules:\n    -   match: 'qwen*'\n        capabilities:\n            tools: true\n# end\n";
    let rule = |kind: &str| {
        let fields = vec![Field::new("match", "qwen*"), Field::new("kind", kind).or("any")];
        [Step::key("rules"), Step::Item(fields), Step::key("capabilities"), Step::key("tools")]
    };
    let edited = edit(before, &[Edit::new(rule("any"), false)]).unwrap();
    assert_eq!(edited, before.replace("true", "false"));
    let edited = edit(before, &[Edit::new(rule("anthropic"), false)]).unwrap();
    let added = "    -   match: \"qwen*\"\n        kind: anthropic\n        capabilities:\n            tools: false\n# end\n";
    assert_eq!(edited, before.replace("# end\n", added));
}

#[test]
fn texts_of_lines_are_replaced_whole() {
    check("a: |  # c\n  x\n\n  y\n\nb: 1\n", "a", json!("z"), "a: z\n\nb: 1\n");
    check("a: >-\n  x\n  y\nb: 1\n", "b", json!(2), "a: >-\n  x\n  y\nb: 2\n");
    check("a:\n  b: |+\n    x\n\nc: 1\n", "a/d", json!(2), "a:\n  b: |+\n    x\n\n  d: 2\nc: 1\n");
    check("a:\n  b: |\n    x\n\nc: 1\n", "a/d", json!(2), "a:\n  b: |\n    x\n  d: 2\n\nc: 1\n");
    check("a: x\n  y\nb: 1\n", "a", json!("z"), "a: z\nb: 1\n");
    check("a:\n  x y\nb: 1\n", "a", json!("z"), "a: z\nb: 1\n");
}

#[test]
fn own_keys_win_over_merged_ones() {
    let before = "base: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 3\n";
    check(before, "a/y", json!(4), "base: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 4\n");
    check(before, "a/x", json!(5), "base: &b {x: 1, y: 2}\na:\n  <<: *b\n  y: 3\n  x: 5\n");
    check(before, "a/x", json!(1), before);
}

#[test]
fn several_edits_are_one() {
    let edits = [
        Edit::new(path("a/name=x"), json!({ "n": 1 })),
        Edit::new(path("a/name=y/kind"), "k"),
        Edit::new(path("b"), json!(["s"])),
    ];
    let after = "a:\n  - name: x\n    n: 1\n  - name: y\n    kind: k\nb:\n  - s\n";
    assert_eq!(edit("", &edits).unwrap(), after);
    assert_eq!(edit(after, &edits).unwrap(), after);
}
