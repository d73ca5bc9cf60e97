//! Reads golden files: text in sections, each under a line `=== name`. With `BLESS=1` in the environment the sections
//! that a test makes are written anew, to be read by a person before they are kept.

use std::path::{Path, PathBuf};

/// One golden file.
pub(crate) struct Golden {
    path: PathBuf,
    sections: Vec<(String, String)>,
}

/// Every golden file of a folder.
pub(crate) fn all(folder: &str) -> Vec<Golden> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden").join(folder);
    let entries = std::fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.into_iter().map(Golden::read).collect()
}

impl Golden {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let sections = text.split("=== ").skip(1).map(|section| {
            let (name, body) = section.split_once('\n').unwrap();
            (name.to_owned(), body.to_owned())
        });
        Self { sections: sections.collect(), path }
    }

    /// A section, which must be there.
    pub(crate) fn section(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("{}: no section `{name}`", self.path.display()))
    }

    /// A section, if it is there.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.sections.iter().find(|(own, _)| own == name).map(|(_, body)| body.as_str())
    }

    /// Compares what a test made with a section, or writes it there.
    pub(crate) fn check(&mut self, name: &str, made: &str) {
        if std::env::var_os("BLESS").is_none() {
            assert_eq!(made.trim_end(), self.section(name).trim_end(), "{}: {name}", self.path.display());
            return;
        }
        let made = format!("{}\n", made.trim_end());
        match self.sections.iter_mut().find(|(own, _)| own == name) {
            Some((_, body)) => *body = made,
            None => self.sections.push((name.to_owned(), made)),
        }
        let text: String = self.sections.iter().map(|(name, body)| format!("=== {name}\n{body}")).collect();
        std::fs::write(&self.path, text).unwrap();
    }
}

/// JSON text with one field or item a line; strings and numbers stay exactly as they are written.
pub(crate) fn pretty(json: &str) -> String {
    let mut page = Page::default();
    json.chars().for_each(|c| page.take(c));
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Page {
    fn take(&mut self, c: char) {
        if self.in_string {
            self.in_string = self.escaped || c != '"';
            self.escaped = !self.escaped && c == '\\';
            self.text.push(c);
            return;
        }
        let closes = matches!(c, '}' | ']');
        let is_empty = self.text.ends_with(['{', '[']);
        if c.is_whitespace() {
            return;
        }
        self.depth -= usize::from(closes);
        if is_empty != closes {
            self.line();
        }
        self.text.push(c);
        self.in_string = c == '"';
        match c {
            '{' | '[' => self.depth += 1,
            ',' => self.line(),
            ':' => self.text.push(' '),
            _ => {}
        }
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.depth));
    }
}
