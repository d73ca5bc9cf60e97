//! Names that a configuration of ours may have, each once.

use crate::config::is_name;

/// The most bytes of a name that is made here.
const MAX_NAME: usize = 64;

/// Names that were given.
#[derive(Debug, Default)]
pub struct Names(Vec<String>);

impl Names {
    /// A name like this one that nobody has yet.
    pub fn give(&mut self, like: &str) -> String {
        let name = slug(like);
        let taken = |name: &str| self.0.iter().any(|given| given == name);
        let mut fresh = name.clone();
        let mut count = 1;
        while taken(&fresh) {
            count += 1;
            fresh = format!("{name}-{count}");
        }
        self.0.push(fresh.clone());
        fresh
    }
}

/// A word of plain characters, as near as it comes; never empty, and never the word that means the classifier.
pub fn slug(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let kept = if c.is_ascii_alphanumeric() || "._".contains(c) { c } else { '-' };
        if kept != '-' || !(name.is_empty() || name.ends_with('-')) {
            name.push(kept);
        }
        if name.len() >= MAX_NAME {
            break;
        }
    }
    let name = name.trim_matches('-');
    match name {
        "" => "model".to_owned(),
        "auto" => "auto-model".to_owned(),
        name => name.to_owned(),
    }
}

/// Whether a model may have this name here.
pub fn is_model(name: &str) -> bool {
    !name.is_empty() && is_name(name)
}

/// The name of a variable, as near as it comes.
pub fn variable(text: &str) -> String {
    let name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let name = name.trim_matches('_');
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("KEY_{name}")
    } else {
        name.to_owned()
    }
}

/// An expression that matches this text alone.
pub fn exactly(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$#&~".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_given_once() {
        let mut names = Names::default();
        for (like, expect) in [
            ("gpt-4o", "gpt-4o"),
            ("gpt-4o", "gpt-4o-2"),
            ("qwen/qwen3-coder:free", "qwen-qwen3-coder-free"),
            ("", "model"),
            ("*", "model-2"),
            ("auto", "auto-model"),
            (" größe ", "gr-e"),
        ] {
            assert_eq!(names.give(like), expect);
        }
        assert_eq!(variable("my cloud"), "MY_CLOUD");
        assert_eq!(variable("3rd"), "KEY_3RD");
        assert_eq!(exactly("a.b*"), r"a\.b\*");
    }
}
