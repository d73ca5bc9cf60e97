//! A configuration as the program writes one: readable, commented, and quoted wherever YAML or the reader would take a
//! text for something else. The one writer of YAML; what a file should say is decided elsewhere.

mod outline;

use std::fmt::Write;

use serde_json::Value;

pub(crate) use outline::{Outline, Profile, Provider, Rule};

/// A mapping under construction, its keys in the order they were put.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block(Vec<Entry>);

/// A key, its value, and what is said about it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    above: Vec<String>,
    key: String,
    item: Item,
    beside: Option<String>,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A text in which the reader replaces variables: `${` is written so that it means itself.
    Text(String),
    /// A text in which the reader replaces nothing: names, patterns.
    Name(String),
    /// A number.
    Number(u64),
    /// A number with a fraction.
    Fraction(f64),
    /// Yes or no.
    Flag(bool),
    /// Names in one line.
    Names(Vec<String>),
    /// A JSON document in one line.
    Json(Value),
    /// A mapping below.
    Map(Block),
    /// Mappings below, one after the other.
    List(Vec<Block>),
}

impl Item {
    /// A text in which variables would be replaced.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A text that is taken as it is.
    pub(crate) fn name(name: impl Into<String>) -> Self {
        Self::Name(name.into())
    }
}

impl Block {
    /// Puts a key at the end.
    pub(crate) fn put(&mut self, key: impl Into<String>, item: Item) -> &mut Entry {
        self.0.push(Entry { above: Vec::new(), key: key.into(), item, beside: None });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }

    /// Whether nothing was put.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The file.
    pub(crate) fn write(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out, 0);
        out
    }

    fn write_to(&self, out: &mut String, indent: usize) {
        for entry in &self.0 {
            entry.comments(out, indent);
            blanks(out, indent);
            entry.write(out, indent);
        }
    }

    /// As an item of a list: its first key stands behind the dash.
    fn write_item(&self, out: &mut String, indent: usize) {
        for (at, entry) in self.0.iter().enumerate() {
            if at == 0 {
                entry.comments(out, indent);
                blanks(out, indent);
                out.push_str("- ");
            } else {
                entry.comments(out, indent + 2);
                blanks(out, indent + 2);
            }
            entry.write(out, indent + 2);
        }
    }
}

impl Entry {
    /// Says something in the lines above; an empty line is one.
    pub(crate) fn above(&mut self, lines: impl IntoIterator<Item = impl Into<String>>) -> &mut Self {
        self.above.extend(lines.into_iter().map(Into::into));
        self
    }

    /// Says something behind the value.
    pub(crate) fn beside(&mut self, text: impl Into<String>) -> &mut Self {
        self.beside = Some(text.into());
        self
    }

    fn comments(&self, out: &mut String, indent: usize) {
        for line in &self.above {
            if !line.is_empty() {
                blanks(out, indent);
                out.push_str("# ");
                out.push_str(&comment(line));
            }
            out.push('\n');
        }
    }

    fn write(&self, out: &mut String, indent: usize) {
        let _ = write!(out, "{}:", scalar(&self.key));
        match &self.item {
            Item::Map(block) => {
                self.end_line(out);
                block.write_to(out, indent + 2);
            }
            Item::List(blocks) => {
                self.end_line(out);
                for block in blocks {
                    block.write_item(out, indent + 2);
                }
            }
            item => {
                out.push(' ');
                write_flat(item, out);
                self.end_line(out);
            }
        }
    }

    fn end_line(&self, out: &mut String) {
        if let Some(text) = &self.beside {
            out.push_str("  # ");
            out.push_str(&comment(text));
        }
        out.push('\n');
    }
}

fn write_flat(item: &Item, out: &mut String) {
    let _ = match item {
        Item::Text(text) => write!(out, "{}", scalar(&text.replace("${", "$${"))),
        Item::Name(name) => write!(out, "{}", scalar(name)),
        Item::Number(number) => write!(out, "{number}"),
        Item::Fraction(number) => write!(out, "{number}"),
        Item::Flag(flag) => write!(out, "{flag}"),
        Item::Names(names) => {
            let names: Vec<String> = names.iter().map(|name| scalar(name)).collect();
            write!(out, "[{}]", names.join(", "))
        }
        Item::Json(value) => write!(out, "{}", flow(value)),
        Item::Map(_) | Item::List(_) => Ok(()),
    };
}

/// A JSON document as a flow of YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::String(text) => scalar(text),
        Value::Number(_) | Value::Bool(_) | Value::Null => value.to_string(),
    }
}

fn blanks(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// A text without quotes where nothing in it could mean anything, else with.
fn scalar(text: &str) -> String {
    if is_bare(text) { text.to_owned() } else { quoted(text) }
}

/// Whether a text is itself without quotes, in a flow too.
fn is_bare(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_./@+-".contains(c);
    let meaning = ["true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "null"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.split(':').all(|part| !part.is_empty() && part.chars().all(is_word))
        && !meaning.contains(&text.to_ascii_lowercase().as_str())
}

/// A JSON string is a YAML string. What is not plain to see is escaped: YAML wants that of some of it, terminals of
/// the rest.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match u32::from(c) {
            _ if is_shown(c) => out.push(c),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// A comment ends where its line does, so it holds no line ends, nor anything else that is not plain to see.
fn comment(text: &str) -> String {
    text.chars().map(|c| if is_shown(c) { c } else { ' ' }).collect()
}

fn is_shown(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tree::{Kind, parse};
    use proptest::prelude::*;

    #[test]
    fn a_file_reads_as_people_write_it() {
        let mut provider = Block::default();
        provider.put("name", Item::name("local")).above(["the first"]);
        provider.put("base_url", Item::text("http://127.0.0.1:11434/v1")).beside("here");
        provider.put("model", Item::text("a${b}: c"));
        provider.put("extra_body", Item::Json(serde_json::json!({"a": [1, "two", null], "on": "off"})));
        let mut limits = Block::default();
        limits.put("rpm", Item::Number(20));
        provider.put("limits", Item::Map(limits));
        let mut file = Block::default();
        file.put("allow_paid", Item::Flag(false)).above(["A file.", ""]);
        file.put("providers", Item::List(vec![provider]));
        file.put("chain", Item::Names(vec!["a".to_owned(), "b c".to_owned(), "1".to_owned()]));
        let expect = "\
# A file.

allow_paid: false
providers:
  # the first
  - name: local
    base_url: http://127.0.0.1:11434/v1  # here
    model: \"a$${b}: c\"
    extra_body: {a: [1, two, null], \"on\": \"off\"}
    limits:
      rpm: 20
chain: [a, \"b c\", \"1\"]
";
        assert_eq!(file.write(), expect);
    }

    #[test]
    fn what_steers_a_terminal_is_escaped() {
        let mut file = Block::default();
        file.put("a", Item::name("gr\u{f6}\u{df}e \u{202e}x\u{9b}\u{e0041}\u{1b}")).beside("b\u{1b}[2J");
        assert_eq!(file.write(), "a: \"gr\u{f6}\u{df}e \\u202ex\\u009b\\U000e0041\\u001b\"  # b [2J\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in any::<String>(), key in "[a-z]{1,9}", note in any::<String>()) {
            let mut file = Block::default();
            file.put(key, Item::name(text.clone())).above([note.clone()]).beside(note);
            let (node, mistakes) = parse(&file.write());
            prop_assert!(mistakes.is_empty(), "{mistakes:?} in {}", file.write());
            let node = node.unwrap();
            let Kind::Map(entries) = &node.kind else { panic!("no mapping") };
            let Kind::Scalar(scalar) = &entries[0].value.kind else { panic!("no text") };
            prop_assert_eq!(&scalar.text, &text);
        }
    }
}
