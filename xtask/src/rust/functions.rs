//! Where functions are and how long: from the line of `fn` to the line of the closing brace.

use super::{Lines, block, skip_blank, word_at, words};

/// One function with a body.
pub(crate) struct Function {
    /// Its name, without path.
    pub(crate) name: String,
    /// The line of its `fn`, from 1.
    pub(crate) line: usize,
    /// How many lines it spans, nested functions included.
    pub(crate) lines: usize,
}

/// All functions of a text whose comments and literals are blank.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let lines = Lines::of(code);
    words(code, "fn").filter_map(|at| function(code, at, &lines)).collect()
}

/// The function whose `fn` is at `at`; pointer types and bodiless methods are none.
fn function(code: &str, at: usize, lines: &Lines) -> Option<Function> {
    let name = word_at(code, skip_blank(code, at + "fn".len()));
    if name.is_empty() {
        return None;
    }
    let end = block(code, body(code, at)?).end;
    let line = lines.at(at);
    Some(Function { name: name.to_owned(), line, lines: lines.at(end - 1) - line + 1 })
}

/// The brace that opens the body: the first one outside parentheses and brackets.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (offset, byte) in code.bytes().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'{' if depth == 0 => return Some(offset),
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Function, functions};

    #[track_caller]
    fn check(code: &str, expect: &[(&str, usize, usize)]) {
        let found: Vec<_> =
            functions(code).into_iter().map(|Function { name, line, lines }| (name, line, lines)).collect();
        let expect: Vec<_> =
            expect.iter().map(|(name, line, lines)| ((*name).to_owned(), *line, *lines)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn bodies_are_measured() {
        check("fn a() {}\n\nfn b(x: [u8; 3]) -> [u8; 3] {\n  { x }\n}\n", &[("a", 1, 1), ("b", 3, 3)]);
    }

    #[test]
    fn types_and_bodiless_methods_are_not_functions() {
        check("type F = fn(u8) -> u8;\ntrait T { fn a(&self); fn b(&self) {} }", &[("b", 2, 1)]);
        check("struct S { run: fn(u8), }\nfn c() {}", &[("c", 2, 1)]);
    }
}
