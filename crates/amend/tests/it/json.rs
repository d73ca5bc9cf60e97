//! JSON with comments before and after.

use amend::{Edit, Step, edit_json};
use serde_json::{Value, json};

#[track_caller]
fn check(before: &str, at: &str, value: Value, after: &str) {
    let edits = [Edit::new(at.split('/').map(Step::key), value)];
    let edited = edit_json(before, &edits).expect("it can be edited");
    assert_eq!(edited, after, "\n{edited}");
    assert_eq!(
        edit_json(&edited, &edits).expect("it can be edited"),
        edited,
        "a second edit changes something"
    );
}

#[test]
fn comments_and_commas_stay() {
    let before = "// mine\n{\n\t\"a\": 1, // one\n\t/* two */ \"b\": [1, 2,],\n}\n";
    check(before, "a", json!("x"), "// mine\n{\n\t\"a\": \"x\", // one\n\t/* two */ \"b\": [1, 2,],\n}\n");
    check(
        before,
        "c",
        json!(true),
        "// mine\n{\n\t\"a\": 1, // one\n\t/* two */ \"b\": [1, 2,], \"c\": true,\n}\n",
    );
    check(
        "{\n    \"a\": 1 // last\n}",
        "b/c",
        json!({ "d": "e" }),
        "{\n    \"a\": 1, // last\n    \"b\": {\n        \"c\": {\n            \"d\": \"e\"\n        }\n    }\n}",
    );
    check(
        "{\n  \"a\": {\n    \"b\": 1,\n  },\n}\n",
        "a/c",
        json!(2),
        "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2,\n  },\n}\n",
    );
}

#[test]
fn one_line_stays_one_line() {
    check("{\"a\": 1}", "b", json!({ "c": [true] }), "{\"a\": 1, \"b\": {\"c\": [true]}}");
    check("{ \"a\": 1 }", "a", json!(null), "{ \"a\": null }");
}

#[test]
fn nothing_becomes_an_object() {
    check("", "a/b", json!(1), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
    check("{}", "a", json!(1), "{\n  \"a\": 1\n}");
    check("\u{feff}{\"a\": 1}", "a", json!(2), "\u{feff}{\"a\": 2}");
    check("{\r\n\t// none\r\n}\r\n", "a", json!(1), "{\r\n\t// none\r\n  \"a\": 1\r\n}\r\n");
    check("// words", "a", json!("ü\""), "// words\n{\n  \"a\": \"ü\\\"\"\n}\n");
    check("{\n  \"a\": {}\n}\n", "a/b", json!(1), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
}
