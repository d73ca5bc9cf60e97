//! One dialect a file: nothing in one dialect's folder of `wire` imports from another's.

use super::Finding;
use crate::rust::{Lines, imports};
use crate::workspace::{TextFile, Workspace};

const DIALECTS: &[&str] = &["anthropic", "openai", "responses", "gemini", "ollama"];
const WIRE: &str = "crates/wire/src/";

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let spoken = workspace.rust().filter_map(|file| Some((file, dialect(&file.path)?)));
    spoken.flat_map(|(file, own)| foreign(file, own)).collect()
}

/// The dialect whose folder, or map file beside it, this path is.
fn dialect(path: &str) -> Option<&'static str> {
    let first = path.strip_prefix(WIRE)?.split('/').next()?;
    let first = first.strip_suffix(".rs").unwrap_or(first);
    DIALECTS.iter().find(|dialect| **dialect == first).copied()
}

fn foreign(file: &TextFile, own: &str) -> Vec<Finding> {
    let lines = Lines::of(&file.text);
    let named = imports::rooted(&file.rust.code).into_iter();
    let others = named.filter(|(_, name)| *name != own && DIALECTS.contains(name));
    others
        .map(|(at, name)| {
            Finding::new(&file.path, lines.at(at), format!("speaks `{own}` and imports `{name}`"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::expect;
    use crate::workspace::Workspace;

    #[test]
    fn a_dialect_imports_no_other() {
        let tree = [
            ("crates/wire/src/lib.rs", "use crate::{anthropic, openai};"),
            ("crates/wire/src/anthropic/decode.rs", "use crate::sse;\nuse crate::{json, openai::Chunk};"),
            ("crates/wire/src/openai.rs", "mod encode;\nuse crate::openai::encode;"),
            ("crates/wire/src/gemini/encode.rs", "// crate::ollama\nfn f() { super::super::ollama::line() }"),
        ];
        expect(
            check,
            &Workspace::of(&tree),
            &[
                "crates/wire/src/anthropic/decode.rs:2: speaks `anthropic` and imports `openai`",
                "crates/wire/src/gemini/encode.rs:2: speaks `gemini` and imports `ollama`",
            ],
        );
    }
}
