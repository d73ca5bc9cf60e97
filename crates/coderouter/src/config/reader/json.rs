//! Free values that are passed on as JSON: `extra_body`. Plain scalars get the types PyYAML gives them.

use bytes::Bytes;
use canon::config::ExtraField;
use serde_json::{Value, json};

use super::super::report::Mistake;
use super::super::tree::{Kind, Node, Scalar};
use super::{Reader, Shape, Step};

/// The fields of a mapping as JSON texts.
pub(crate) struct JsonFields;

/// The fields of a mapping as JSON texts, in file order.
pub(crate) fn json_fields() -> JsonFields {
    JsonFields
}

impl Shape for JsonFields {
    type Value = Vec<ExtraField>;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Vec<ExtraField>> {
        let Kind::Map(entries) = &node.kind else {
            reader.unexpected(node, "a mapping");
            return None;
        };
        let mut fields = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut value = String::new();
            reader.within(Step::Key(entry.key.to_string()), |reader| write(&entry.value, reader, &mut value));
            fields.push(ExtraField { key: entry.key.to_string(), value: Bytes::from(value) });
        }
        Some(fields)
    }

    fn schema(&self) -> Value {
        json!({ "type": "object" })
    }

    fn show(&self, value: &Self::Value) -> Option<Value> {
        value.is_empty().then(|| json!({}))
    }
}

/// Nesting and size are bounded by the tree.
fn write(node: &Node, reader: &mut Reader<'_>, out: &mut String) {
    match &node.kind {
        Kind::Scalar(scalar) => write_scalar(scalar, node, reader, out),
        Kind::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                reader.within(Step::Index(index), |reader| write(item, reader, out));
            }
            out.push(']');
        }
        Kind::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_text(&entry.key, out);
                out.push(':');
                reader.within(Step::Key(entry.key.to_string()), |reader| write(&entry.value, reader, out));
            }
            out.push('}');
        }
    }
}

fn write_scalar(scalar: &Scalar, node: &Node, reader: &mut Reader<'_>, out: &mut String) {
    if !scalar.plain {
        return write_text(&scalar.text, out);
    }
    if node.is_null() {
        return out.push_str("null");
    }
    match scalar.text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => out.push_str("true"),
        "false" | "no" | "off" => out.push_str("false"),
        ".nan" | ".inf" | "-.inf" | "+.inf" => {
            reader.report(Mistake::at(node.at, "JSON has no infinite numbers"));
        }
        text => match json_number(text) {
            Some(number) => out.push_str(&number),
            None => write_text(&scalar.text, out),
        },
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

/// The text as a JSON number, digit for digit where JSON allows it.
fn json_number(text: &str) -> Option<String> {
    let first = text.trim_start_matches(['-', '+']).chars().next()?;
    if !(first.is_ascii_digit() || first == '.') {
        return None;
    }
    let digits = text.strip_prefix('+').unwrap_or(text).replace('_', "");
    if serde_json::from_str::<serde_json::Number>(&digits).is_ok() {
        return Some(digits);
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|value| value.to_string());
    }
    let has_leading_zero =
        digits.trim_start_matches('-').strip_prefix('0').is_some_and(|rest| !rest.starts_with('.'));
    let value = digits.parse::<f64>().ok().filter(|value| value.is_finite() && !has_leading_zero)?;
    serde_json::Number::from_f64(value).map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::environment::Env;

    fn check(yaml: &str, expect: &str) {
        let (node, mistakes) = crate::config::tree::parse(yaml);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let env = Env::default();
        let mut out = String::new();
        write(&node.unwrap(), &mut Reader::new(&env), &mut out);
        assert_eq!(out, expect);
        serde_json::from_str::<Value>(&out).unwrap();
    }

    #[test]
    fn plain_scalars_have_types() {
        check("[1, -1, 1.50, 1e3, .5, 1_000, 0x1F, +7]", "[1,-1,1.50,1e3,0.5,1000,31,7]");
        check("[yes, off, 'off', ~, null, '', \"1\"]", r#"[true,false,"off",null,null,"","1"]"#);
        check("[2024-01-01, 1.2.3, 007, abc, -x]", r#"["2024-01-01","1.2.3","007","abc","-x"]"#);
        check("{a: {b: [c]}, \"q\\n\": !!str 5}", r#"{"a":{"b":["c"]},"q\n":"5"}"#);
        check("123456789012345678901234567890", "123456789012345678901234567890");
    }
}
