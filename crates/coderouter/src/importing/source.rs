//! A configuration of another program as a tree in which everything knows its path and line. JSON with comments is
//! read too.

use super::account::Account;
use super::names::is_model;
use crate::config::{Entry, Kind, Mistake, Node, Part, Report, mask_text, parse_tree};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A whole source.
pub struct Source {
    path: PathBuf,
    text: String,
    root: Rc<Node>,
    /// Where every line begins.
    starts: Vec<usize>,
}

/// A value in it.
#[derive(Clone)]
pub struct At<'s> {
    source: &'s Source,
    node: &'s Node,
    path: String,
}

impl Source {
    /// Reads a text.
    ///
    /// # Errors
    /// With what is wrong with it and where.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Report> {
        let readable =
            if text.trim_start().starts_with(['{', '/']) { relaxed(text) } else { text.to_owned() };
        let (node, mut mistakes) = parse_tree(&readable);
        let is_mapping = node.as_ref().is_some_and(|node| matches!(node.kind, Kind::Map(_)));
        if !is_mapping && mistakes.is_empty() {
            mistakes.push(Mistake::new("the file is no mapping of settings"));
        }
        match node {
            Some(root) if mistakes.is_empty() => {
                let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
                let starts = std::iter::once(0).chain(ends).collect();
                Ok(Self { path: path.to_owned(), text: text.to_owned(), root, starts })
            }
            _ => Err(report(path, text, mistakes)),
        }
    }

    /// The whole of it.
    pub fn root(&self) -> At<'_> {
        At { source: self, node: &self.root, path: String::new() }
    }

    /// Whether nothing was found wrong on the way.
    ///
    /// # Errors
    /// With all that was.
    pub fn check(&self, account: &mut Account) -> Result<(), Report> {
        let mistakes = std::mem::take(&mut account.mistakes);
        if mistakes.is_empty() { Ok(()) } else { Err(report(&self.path, &self.text, mistakes)) }
    }
}

fn report(path: &Path, text: &str, mistakes: Vec<Mistake>) -> Report {
    let mut report = Report::default();
    report.push(Part::of_file(path, text, Vec::new(), mistakes));
    report
}

impl<'s> At<'s> {
    /// Its path, as `Providers[0].name`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its line, counted from 1.
    pub fn line(&self) -> usize {
        self.source.starts.partition_point(|start| *start <= self.node.at.start).max(1)
    }

    /// A mistake here.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::at(self.node.at, message).under(self.path.clone())
    }

    /// The value of a key, where this is a mapping that has it; nothing where it says nothing.
    pub fn get(&self, key: &str) -> Option<At<'s>> {
        let Kind::Map(entries) = &self.node.kind else { return None };
        let entry = entries.iter().find(|entry| &*entry.key == key)?;
        Some(self.below(entry)).filter(|at| !at.node.is_null())
    }

    fn below(&self, entry: &'s Entry) -> At<'s> {
        let is_word = entry.key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        let key = if is_word { entry.key.to_string() } else { format!("\"{}\"", entry.key.escape_debug()) };
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        At { source: self.source, node: &entry.value, path }
    }

    /// The settings in it, but those that say nothing; a mistake where it is no mapping.
    pub fn settings(&self, account: &mut Account) -> Vec<(&'s str, At<'s>)> {
        let Kind::Map(entries) = &self.node.kind else {
            account.mistake(self.mistake("a mapping is needed here"));
            return Vec::new();
        };
        let entries = entries.iter().map(|entry| (&*entry.key, self.below(entry)));
        entries.filter(|(_, at)| !at.node.is_null()).collect()
    }

    /// The items of a list; a mistake where it is none.
    pub fn items(&self, account: &mut Account) -> Vec<At<'s>> {
        let Kind::List(items) = &self.node.kind else {
            account.mistake(self.mistake("a list is needed here"));
            return Vec::new();
        };
        let at = |(index, node): (usize, &'s Rc<Node>)| At {
            source: self.source,
            node,
            path: format!("{}[{index}]", self.path),
        };
        items.iter().enumerate().map(at).collect()
    }

    /// The text; none for mappings and lists.
    pub fn word(&self) -> Option<&'s str> {
        match &self.node.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// The text; a mistake where it is none, or empty.
    pub fn text(&self, account: &mut Account) -> Option<&'s str> {
        let text = self.word().map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            account.mistake(self.mistake("a text is needed here"));
        }
        text
    }

    /// The name of a model; a mistake where it can be none.
    pub fn model(&self, account: &mut Account) -> Option<&'s str> {
        let name = self.text(account)?;
        if !is_model(name) {
            account.mistake(self.mistake("this can't be the name of a model"));
            return None;
        }
        Some(name)
    }

    /// All single values in it, itself included where it is one.
    pub fn leaves(&self) -> Vec<At<'s>> {
        let below = |path: String, node: &'s Rc<Node>| At { source: self.source, node, path }.leaves();
        match &self.node.kind {
            Kind::Scalar(_) => vec![self.clone()],
            Kind::Map(entries) => entries.iter().flat_map(|entry| self.below(entry).leaves()).collect(),
            Kind::List(items) => {
                let items = items.iter().enumerate();
                items.flat_map(|(at, node)| below(format!("{}[{at}]", self.path), node)).collect()
            }
        }
    }

    /// A number above zero; a mistake where it is none.
    pub fn number(&self, account: &mut Account) -> Option<f64> {
        let number = self.word().and_then(|word| word.trim().parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite() && *number >= 0.0);
        if number.is_none() {
            account.mistake(self.mistake("a number is needed here"));
        }
        number
    }

    /// Yes or no, as YAML and JSON write it.
    pub fn flag(&self) -> Option<bool> {
        match self.word()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// The value as JSON; none where something in it looks like a secret.
    pub fn json(&self) -> Option<Value> {
        let value = to_json(self.node);
        let text = value.to_string();
        (mask_text(&text) == text).then_some(value)
    }
}

fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Map(entries) => {
            entries.iter().map(|entry| (entry.key.to_string(), to_json(&entry.value))).collect()
        }
        Kind::List(items) => items.iter().map(|item| to_json(item)).collect(),
        Kind::Scalar(scalar) if !scalar.plain => Value::from(scalar.text.as_str()),
        Kind::Scalar(scalar) => serde_json::from_str(&scalar.text.to_lowercase())
            .ok()
            .filter(|value: &Value| !value.is_string() && !value.is_array() && !value.is_object())
            .unwrap_or_else(|| Value::from(scalar.text.as_str())),
    }
}

/// JSON as people write it, with comments and tabs, as a flow of YAML: what is not data becomes blanks, so that every
/// byte stays where it was.
fn relaxed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '"' => string_len(rest),
            '/' if rest.starts_with("//") => {
                let end = rest.find('\n').unwrap_or(rest.len());
                blank(&rest[..end], &mut out);
                rest = &rest[end..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                blank(&rest[..end], &mut out);
                rest = &rest[end..];
                continue;
            }
            '\t' => {
                out.push(' ');
                rest = &rest[1..];
                continue;
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn blank(text: &str, out: &mut String) {
    out.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

/// How many bytes a string in quotes takes, quotes included.
fn string_len(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn json_may_have_comments_and_tabs() {
        let text = "{\n\t// größer\n\t\"a\": \"//x\\\"\", /* b */\n\t\"c\": [1, true,],\n}\n";
        let source = Source::parse(text, Path::new("config.json")).unwrap();
        let root = source.root();
        assert_eq!(root.get("a").unwrap().word(), Some("//x\""));
        assert_eq!(root.get("c").unwrap().line(), 4);
        assert_eq!(root.json().unwrap(), serde_json::json!({"a": "//x\"", "c": [1, true]}));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, expect) in [
            ("{\"a\": [1", "config.json:1:"),
            ("- a\n", "no mapping of settings"),
            ("", "no mapping of settings"),
            ("a: 1\na: 2\n", "config.json:2:"),
        ] {
            let report = Source::parse(text, Path::new("config.json")).err().unwrap().to_string();
            assert!(report.contains(expect), "{text}: {report}");
        }
    }
}
