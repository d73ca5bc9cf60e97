//! Changes to files that may help.

use serde_json::{Map, Value};
use std::fmt::Write;

/// Which file a change belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The configuration.
    Providers,
    /// The user's capability registry.
    Capabilities,
}

impl Target {
    /// The file's name for people.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Providers => "providers.yaml",
            Self::Capabilities => "model-capabilities.yaml",
        }
    }
}

/// One change to an item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The file.
    pub target: Target,
    /// What the item is found by: names and values of its fields.
    pub item: Vec<(&'static str, String)>,
    /// Where in the item, and what stands there then; at least one.
    pub changes: Vec<(Vec<&'static str>, Value)>,
    /// Why, in a few words, for the reader of the patch.
    pub why: String,
}

impl Fix {
    /// A change to a provider.
    pub fn provider(name: &str, path: &[&'static str], value: impl Into<Value>, why: &str) -> Self {
        Self {
            target: Target::Providers,
            item: vec![("name", name.to_owned())],
            changes: vec![(path.to_vec(), value.into())],
            why: why.to_owned(),
        }
    }

    /// The same with one more value in the same item.
    #[must_use]
    pub fn and(mut self, path: &[&'static str], value: impl Into<Value>) -> Self {
        self.changes.push((path.to_vec(), value.into()));
        self
    }

    /// A rule about a model.
    pub fn rule(model: &str, kind: &str, flag: &'static str, value: impl Into<Value>, why: &str) -> Self {
        Self {
            target: Target::Capabilities,
            item: vec![("match", model.to_owned()), ("kind", kind.to_owned())],
            changes: vec![(vec!["capabilities", flag], value.into())],
            why: why.to_owned(),
        }
    }

    /// The list that the item is in.
    pub const fn list(&self) -> &'static str {
        match self.target {
            Target::Providers => "providers",
            Target::Capabilities => "rules",
        }
    }

    /// The change as YAML that could be merged into the file by hand.
    pub fn yaml(&self) -> String {
        let mut fields: Vec<(&str, Value)> =
            self.item.iter().map(|(name, value)| (*name, Value::from(value.as_str()))).collect();
        for (path, value) in &self.changes {
            let Some((first, rest)) = path.split_first() else { continue };
            let nested = rest.iter().rev().fold(value.clone(), |inner, key| {
                let mut outer = Map::new();
                outer.insert((*key).to_owned(), inner);
                Value::Object(outer)
            });
            fields.push((first, nested));
        }
        let mut text = format!("# {}\n{}:\n", self.why, self.list());
        for (at, (name, value)) in fields.iter().enumerate() {
            text.push_str(if at == 0 { "  - " } else { "    " });
            write_field(&mut text, name, value, 4);
        }
        text
    }
}

fn write_field(text: &mut String, name: &str, value: &Value, indent: usize) {
    match value {
        Value::Object(fields) => {
            let _ = writeln!(text, "{name}:");
            for (name, value) in fields {
                text.push_str(&" ".repeat(indent + 2));
                write_field(text, name, value, indent + 2);
            }
        }
        Value::String(word) if is_plain(word) => {
            let _ = writeln!(text, "{name}: {word}");
        }
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            let _ = writeln!(text, "{name}: [{}]", items.join(", "));
        }
        // A JSON value is a YAML value.
        other => {
            let _ = writeln!(text, "{name}: {other}");
        }
    }
}

/// Whether a text may stand in YAML as it is.
fn is_plain(word: &str) -> bool {
    let starts = word.chars().next().is_some_and(char::is_alphabetic);
    let goes_on = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+'));
    let is_word =
        ["true", "false", "null", "yes", "no", "on", "off"].contains(&word.to_ascii_lowercase().as_str());
    starts && goes_on && !is_word
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_have_the_form_of_the_file() {
        let fix = Fix::provider("local", &["extra_body", "options", "num_ctx"], 32_768, "the prompt is cut");
        assert_eq!(
            fix.yaml(),
            "# the prompt is cut\nproviders:\n  - name: local\n    extra_body:\n      options:\n        num_ctx: 32768\n"
        );
        let fix = Fix::rule("claude-*", "anthropic", "thinking", true, "it thinks");
        assert_eq!(
            fix.yaml(),
            "# it thinks\nrules:\n  - match: \"claude-*\"\n    kind: anthropic\n    capabilities:\n      thinking: true\n"
        );
        let fix = Fix::provider("on", &["output_filters"], json!(["strip_thinking"]), "w");
        assert!(fix.yaml().ends_with("  - name: \"on\"\n    output_filters: [strip_thinking]\n"));
    }
}
