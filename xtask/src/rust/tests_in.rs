//! Which parts of a text are compiled for tests alone.

use super::{block, words};
use std::ops::Range;

const GATES: &[&str] = &["#[cfg(test)]", "#[cfg(all(test"];

/// Byte ranges of the items behind a test gate.
pub(crate) fn ranges(code: &str) -> Vec<Range<usize>> {
    let gates =
        GATES.iter().flat_map(|gate| code.match_indices(gate).map(|(at, gate)| (at, at + gate.len())));
    gates.map(|(at, from)| at..item_end(code, from)).collect()
}

/// Modules kept in files of their own that are compiled for tests alone.
pub(crate) fn modules(code: &str) -> Vec<&str> {
    let bodiless = ranges(code).into_iter().filter(|range| code[range.clone()].ends_with(';'));
    bodiless
        .filter_map(|range| {
            words(&code[range.clone()], "mod").next().map(|at| module(code, range.start + at))
        })
        .collect()
}

fn module(code: &str, at: usize) -> &str {
    super::word_at(code, super::skip_blank(code, at + "mod".len()))
}

fn item_end(code: &str, from: usize) -> usize {
    match code[from..].find(['{', ';']).map(|at| from + at) {
        Some(at) if code.as_bytes()[at] == b'{' => block(code, at).end,
        Some(at) => at + 1,
        None => code.len(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn gated_items_end_where_their_block_ends() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}";
        let ranges: Vec<_> = super::ranges(code).into_iter().map(|range| &code[range]).collect();
        assert_eq!(ranges, ["#[cfg(test)]\nmod tests { fn b() {} }"]);
    }

    #[test]
    fn gated_files_are_named() {
        assert_eq!(super::modules("#[cfg(test)]\nmod laws;\nmod real;"), ["laws"]);
    }
}
