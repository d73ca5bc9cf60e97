//! Licences of every locked package, against the list that may be shipped with ours.

use super::Finding;
use crate::workspace::Workspace;
use serde_json::Value;

const ALLOWED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    "MPL-2.0",
    "CC0-1.0",
    "Unlicense",
    "0BSD",
    "CDLA-Permissive-2.0",
];

const EXCEPTIONS: &[&str] = &["LLVM-exception"];

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let packages = workspace.locked["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages.iter().filter_map(judge).collect()
}

fn judge(package: &Value) -> Option<Finding> {
    let name = format!("{} {}", package["name"].as_str()?, package["version"].as_str()?);
    let message = match package["license"].as_str() {
        None => format!("{name} names no licence"),
        Some(licence) => match Expression::read(licence) {
            Some(expression) if expression.is_allowed() => return None,
            Some(_) => format!("{name} is under {licence}, which is not on the list"),
            None => format!("{name} has a licence we can't read: {licence}"),
        },
    };
    Some(Finding::new("Cargo.lock", 1, message))
}

/// An SPDX expression; `WITH` binds to its licence, `AND` before `OR`.
#[derive(Debug, PartialEq)]
enum Expression<'a> {
    Licence { name: &'a str, exception: Option<&'a str> },
    All(Vec<Expression<'a>>),
    Any(Vec<Expression<'a>>),
}

impl<'a> Expression<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut tokens = tokens(text).into_iter().peekable();
        let whole = any(&mut tokens, 0)?;
        tokens.next().is_none().then_some(whole)
    }

    fn is_allowed(&self) -> bool {
        match self {
            Self::Licence { name, exception } => {
                ALLOWED.contains(name) && exception.is_none_or(|exception| EXCEPTIONS.contains(&exception))
            }
            Self::All(parts) => parts.iter().all(Self::is_allowed),
            Self::Any(parts) => parts.iter().any(Self::is_allowed),
        }
    }
}

type Tokens<'a> = std::iter::Peekable<std::vec::IntoIter<&'a str>>;

/// Deeper nesting than any licence has.
const DEPTH: usize = 8;

/// Words and parentheses; the old `/` between licences reads as `OR`.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')', '/']) {
            tokens.extend([&rest[..at], if rest[at..].starts_with('/') { "OR" } else { &rest[at..=at] }]);
            rest = &rest[at + 1..];
        }
        tokens.push(rest);
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

fn any<'a>(tokens: &mut Tokens<'a>, depth: usize) -> Option<Expression<'a>> {
    let mut parts = vec![all(tokens, depth)?];
    while tokens.next_if_eq(&"OR").is_some() {
        parts.push(all(tokens, depth)?);
    }
    Some(Expression::Any(parts))
}

fn all<'a>(tokens: &mut Tokens<'a>, depth: usize) -> Option<Expression<'a>> {
    let mut parts = vec![one(tokens, depth)?];
    while tokens.next_if_eq(&"AND").is_some() {
        parts.push(one(tokens, depth)?);
    }
    Some(Expression::All(parts))
}

fn one<'a>(tokens: &mut Tokens<'a>, depth: usize) -> Option<Expression<'a>> {
    match tokens.next()? {
        "(" if depth < DEPTH => {
            let inner = any(tokens, depth + 1)?;
            tokens.next_if_eq(&")").map(|_| inner)
        }
        "(" | ")" | "AND" | "OR" | "WITH" => None,
        name => {
            let exception = if tokens.next_if_eq(&"WITH").is_some() { Some(tokens.next()?) } else { None };
            Some(Expression::Licence { name, exception })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Expression, check};
    use crate::tidy::expect;
    use crate::workspace::Workspace;
    use serde_json::json;

    #[test]
    fn expressions_are_judged_by_their_operators() {
        let allowed = |text: &str| Expression::read(text).map(|expression| expression.is_allowed());
        for good in [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "(MIT OR GPL-3.0) AND ISC",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(allowed(good), Some(true), "{good}");
        }
        for bad in
            ["GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-3.0 OR LGPL-2.1)", "Apache-2.0 WITH Other-exception"]
        {
            assert_eq!(allowed(bad), Some(false), "{bad}");
        }
        for unreadable in ["", "MIT OR", "(MIT", "MIT ISC", "AND", &"(".repeat(10_000)] {
            assert_eq!(allowed(unreadable), None, "{unreadable}");
        }
    }

    #[test]
    fn packages_without_an_allowed_licence_are_found() {
        let package =
            |name: &str, licence: Option<&str>| json!({"name": name, "version": "1.0.0", "license": licence});
        let mut workspace = Workspace::of(&[]);
        workspace.locked = json!({"packages": [package("a", Some("MIT")), package("b", None), package("c", Some("AGPL-3.0"))]});
        expect(
            check,
            &workspace,
            &[
                "Cargo.lock:1: b 1.0.0 names no licence",
                "Cargo.lock:1: c 1.0.0 is under AGPL-3.0, which is not on the list",
            ],
        );
    }
}
