//! Which top modules a text names through `crate::` or `super::`, one by one or in a group.

use super::{skip_blank, word_at, words};

/// The first plain segment of each such path, with the offset where the path starts.
pub(crate) fn rooted(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for root in ["crate", "super"] {
        for at in words(code, root) {
            let Some(next) = after_colons(code, at + root.len()) else { continue };
            match code.as_bytes().get(next) {
                Some(b'{') => found.extend(group(code, next).into_iter().map(|name| (at, name))),
                _ => found.push((at, word_at(code, next))),
            }
        }
    }
    found
}

fn after_colons(code: &str, at: usize) -> Option<usize> {
    let colons = skip_blank(code, at);
    code[colons..].starts_with("::").then(|| skip_blank(code, colons + 2))
}

/// The first segments of a group's own items; what is nested deeper belongs to those.
fn group(code: &str, open: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(byte, b'{' | b',') {
            found.push(word_at(code, skip_blank(code, offset + 1)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::rooted;

    #[track_caller]
    fn check(code: &str, expect: &[&str]) {
        let names: Vec<_> =
            rooted(code).into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect();
        assert_eq!(names, expect);
    }

    #[test]
    fn single_paths() {
        check("use crate::openai::Chunk;", &["openai"]);
        check("fn f() { crate :: sse::read(); }", &["sse"]);
        check("use super::super::gemini;", &["super", "gemini"]);
        check("pub(crate) fn f() {} pub(super) fn g() {}", &[]);
    }

    #[test]
    fn groups_give_their_own_items_only() {
        check("use crate::{sse::{self, openai}, ollama::Line, json,};", &["sse", "ollama", "json"]);
    }
}
