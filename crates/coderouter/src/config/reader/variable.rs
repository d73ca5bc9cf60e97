//! `${NAME}` and `${NAME:-default}` in values; `$${` stands for `${`.

use std::borrow::Cow;

use super::super::environment::{Env, is_variable_name};
use super::super::place::Place;
use super::super::report::{Mistake, quoted};

/// Why a value's variables can't be replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unresolved {
    /// The variable is not set and has no default.
    NotSet(String),
    /// There is no `}`.
    Open,
    /// What stands in the braces is no variable's name.
    NotAName(String),
}

impl Unresolved {
    pub(super) fn into_mistake(self, at: Place) -> Mistake {
        match self {
            Self::NotSet(name) => Mistake::at(at, format!("the variable {} is not set", quoted(&name)))
                .hint(format!("set it, or give a default: ${{{name}:-...}}")),
            Self::Open => Mistake::at(at, "`${` has no closing `}`").hint("write `$${` for the text `${`"),
            Self::NotAName(name) => Mistake::at(at, format!("{} is not a variable's name", quoted(&name)))
                .hint("write `$${` for the text `${`"),
        }
    }
}

/// The value with its variables replaced, once: what a variable holds is not looked at again.
pub(super) fn replace<'a>(value: &'a str, env: &Env) -> Result<Cow<'a, str>, Unresolved> {
    if !value.contains("${") {
        return Ok(Cow::Borrowed(value));
    }
    let mut replaced = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let (before, after) = (&rest[..start], &rest[start + 2..]);
        if let Some(escaped) = before.strip_suffix('$') {
            replaced.extend([escaped, "${"]);
            rest = after;
            continue;
        }
        let (inside, tail) = after.split_once('}').ok_or(Unresolved::Open)?;
        replaced.push_str(before);
        replaced.push_str(&variable(inside, env)?);
        rest = tail;
    }
    replaced.push_str(rest);
    Ok(Cow::Owned(replaced))
}

fn variable(inside: &str, env: &Env) -> Result<String, Unresolved> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if !is_variable_name(name) {
        return Err(Unresolved::NotAName(name.to_owned()));
    }
    let value = env.get(name).filter(|value| !value.is_empty());
    value.or(default).map(str::to_owned).ok_or_else(|| Unresolved::NotSet(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expect: Result<&str, Unresolved>) {
        let env = Env::from_iter([("HOST", "box"), ("EMPTY", ""), ("NESTED", "${HOST}")]);
        assert_eq!(replace(value, &env).map(Cow::into_owned), expect.map(str::to_owned), "{value}");
    }

    #[test]
    fn variables_are_replaced() {
        check("plain $HOST", Ok("plain $HOST"));
        check("http://${HOST}:80", Ok("http://box:80"));
        check("${HOST}${HOST}", Ok("boxbox"));
        check("${GONE:-a:-b}", Ok("a:-b"));
        check("${EMPTY:-x}", Ok("x"));
        check("${GONE:-}", Ok(""));
        check("${NESTED}", Ok("${HOST}"));
        check("$${HOST}", Ok("${HOST}"));
        check("${GONE}", Err(Unresolved::NotSet("GONE".to_owned())));
        check("${HOST", Err(Unresolved::Open));
        check("${a b}", Err(Unresolved::NotAName("a b".to_owned())));
    }
}
