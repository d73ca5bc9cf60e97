//! Every Rust file opens with `//!`, so that a reader knows what lives in it before reading on.

use super::Finding;
use crate::workspace::{TextFile, Workspace};

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let silent = workspace.rust().filter(|file| !opens_with_docs(file));
    silent.map(|file| Finding::new(&file.path, 1, "does not open with `//!`")).collect()
}

/// Written in place, or a page of its own that is included there.
fn opens_with_docs(file: &TextFile) -> bool {
    let first = file.text.lines().next().unwrap_or_default();
    let included = first.starts_with("#![doc = include_str!(");
    included || first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn a_file_says_what_lives_in_it() {
        let tree = [
            ("a.rs", "//! Ids.\n"),
            ("b.rs", "use a;\n"),
            ("c.rs", ""),
            ("d.rs", "//!\n"),
            ("e.py", ""),
            ("f.rs", "#![doc = include_str!(\"f.md\")]\n"),
        ];
        let missing = [
            "b.rs:1: does not open with `//!`",
            "c.rs:1: does not open with `//!`",
            "d.rs:1: does not open with `//!`",
        ];
        expect(check, &Workspace::of(&tree), &missing);
    }
}
