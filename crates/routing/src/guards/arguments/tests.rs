//! What is the same and what is not, as a table, and that reading side by side agrees with sorting everything.

use super::*;
use canon::text::{Json, Text};
use proptest::prelude::*;
use serde_json::Value;

fn mean_same(one: &Arguments, other: &Arguments) -> bool {
    super::mean_same(&Reading::new(one), &Reading::new(other))
}

fn value(json: &str) -> Arguments {
    Arguments::Value(Json::raw(json.to_owned().into()))
}

fn text(json: &str) -> Arguments {
    Arguments::Text(json.into())
}

/// The text as it lies in a body.
fn escaped(json: &str) -> Arguments {
    let mut inside = Vec::new();
    Text::from(json).write_escaped(&mut inside);
    Arguments::Text(Text::escaped(inside.into()))
}

/// Both ways round, and in every form that arguments come in.
fn check(one: &str, other: &str, expect: bool) {
    for form in [value, text, escaped] {
        assert_eq!(mean_same(&form(one), &form(other)), expect, "{one} and {other}");
        assert_eq!(mean_same(&form(other), &form(one)), expect, "{other} and {one}");
    }
    assert_eq!(mean_same(&text(one), &value(other)), expect, "{one} and {other} in two forms");
}

#[test]
fn keys_are_sorted_at_every_depth() {
    check(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, true);
    check(r#"{"x":{"a":1,"b":[{"c":1,"d":2}]},"y":0}"#, r#"{"y":0,"x":{"b":[{"d":2,"c":1}],"a":1}}"#, true);
    check(r#"{"a":1,"b":2,"c":3}"#, r#"{"a":1,"c":3,"b":4}"#, false);
    check(r#"{"a":1,"b":2}"#, r#"{"a":1}"#, false);
    check(r#"{"a":1,"b":2}"#, r#"{"b":2}"#, false);
    check(r#"{"a":{"b":1}}"#, r#"{"a":{},"b":1}"#, false);
}

#[test]
fn white_space_and_escapes_do_not_count() {
    check("{ \"a\" :\t[ 1 , 2 ],\n\"b\": { } }", r#"{"a":[1,2],"b":{}}"#, true);
    check(r#"{"é":"\/\u00fc"}"#, r#"{"\u00e9":"/ü"}"#, true);
    check(r#"["\n\u00e9\ud83d\ude00"]"#, r#"["\n\u00E9😀"]"#, true);
    check(r#"["\ud83d\ude00"]"#, r#"["\ud83d\ude01"]"#, false);
    check(r#"{"\u0061":1,"b":2}"#, r#"{"b":2,"a":1}"#, true);
    check(r#"{"a":"x y"}"#, r#"{"a":"xy"}"#, false);
    check(r#"{"a":"\\"}"#, r#"{"a":"\""}"#, false);
}

#[test]
fn kinds_and_orders_count() {
    for (one, other) in [("1", "1.0"), ("1", "\"1\""), ("1.0", "\"1.0\""), ("null", "false"), ("{}", "[]")] {
        check(one, other, false);
        check(&format!(r#"{{"a":{one}}}"#), &format!(r#"{{"a": {other}}}"#), false);
    }
    check("[1,2]", "[2,1]", false);
    check("[1,2]", "[1,2,3]", false);
    check("[[]]", "[]", false);
    check("[1,2]", "[12]", false);
}

#[test]
fn what_is_no_json_is_the_same_only_as_it_lies() {
    for broken in
        ["{\"a\":1", "{\"a\"", "ls -l", "\"", "\"\\", "{\"a\":1}}", "[1,", "{,}", "*** Begin Patch\n+x"]
    {
        assert!(mean_same(&text(broken), &escaped(broken)), "{broken}");
        assert!(!mean_same(&text(broken), &text(&format!("{broken} "))), "{broken}");
        assert!(!mean_same(&text(broken), &text(r#"{"a":1}"#)), "{broken}");
    }
}

#[test]
fn no_arguments_are_empty_ones() {
    assert!(mean_same(&text(""), &text("{}")));
    assert!(mean_same(&escaped("\n"), &value("{ }")));
    assert!(!mean_same(&text(""), &text("null")));
}

#[test]
fn the_work_is_bounded() {
    let long = |head: &str| format!(r#"{{{head}"a":"{}"}}"#, "x".repeat(READ_LIMIT));
    assert!(mean_same(&value(&long("")), &value(&long(""))));
    assert!(!mean_same(&value(&long("")), &value(&long(" "))));
    let deep = |levels: usize, blank: &str| format!("{}{blank}{}", "[".repeat(levels), "]".repeat(levels));
    let limit = DEPTH_LIMIT as usize;
    check(&deep(limit, ""), &deep(limit, " "), true);
    check(&deep(limit + 1, ""), &deep(limit + 1, " "), false);
    check(&deep(limit + 1, ""), &deep(limit + 1, ""), true);
    check(&deep(30_000, ""), &deep(30_000, " "), false);
}

/// Any JSON whose numbers are whole: of others `serde_json` does not keep the spelling.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..3_i64).prop_map(Value::from),
        "[a\"\\\\\n é]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::vec(("[a-c\"é]", inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Writes a value with its keys turned round, blanks between, and all but plain letters escaped.
fn respelled(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            out.push('{');
            for (place, (key, value)) in fields.iter().rev().enumerate() {
                out.push_str(if place > 0 { " , " } else { "\n" });
                respelled(&Value::from(key.as_str()), out);
                out.push_str(" : ");
                respelled(value, out);
            }
            out.push_str(" }");
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place > 0 { " , " } else { "\t" });
                respelled(item, out);
            }
            out.push_str(" ]");
        }
        Value::String(text) => {
            out.push('"');
            for c in text.chars() {
                match c {
                    'a'..='z' => out.push(c),
                    // All that the strategy makes is in the first plane.
                    _ => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                }
            }
            out.push('"');
        }
        other => out.push_str(&other.to_string()),
    }
}

proptest! {
    #[test]
    fn a_value_is_itself_however_it_is_spelled(value in json()) {
        let mut other = String::new();
        respelled(&value, &mut other);
        check(&value.to_string(), &other, true);
    }

    #[test]
    fn values_are_the_same_when_they_are_equal(one in json(), other in json()) {
        let mut spelled = String::new();
        respelled(&other, &mut spelled);
        check(&one.to_string(), &spelled, one == other);
    }

    #[test]
    fn any_texts_are_borne_and_order_does_not_matter(
        one in "[{}\\[\\]\",:\\\\a1 ]{0,12}",
        other in "[{}\\[\\]\",:\\\\a1 ]{0,12}",
    ) {
        prop_assert_eq!(mean_same(&text(&one), &text(&other)), mean_same(&text(&other), &text(&one)));
        prop_assert!(mean_same(&text(&one), &escaped(&one)));
    }
}
