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

/// JSON text with one field or item a line, strings and numbers exactly as they are written.
pub(crate) fn pretty(json: &str) -> String {
    let (mut out, mut depth, mut in_string, mut escaped) = (String::new(), 0, false, false);
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            out.push(c);
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth -= 1;
                if out.ends_with(|c| c == '{' || c == '[') { /* empty */ } else { line(&mut out, depth) }
            }
            c if c.is_whitespace() => continue,
            _ => {}
        }
        if out.ends_with(['{', '[']) && !matches!(c, '}' | ']') {
            line(&mut out, depth - usize::from(matches!(c, '{' | '[')));
        }
        out.push(c);
        match c {
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}
