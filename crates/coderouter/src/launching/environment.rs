//! What an agent's wishes come to, given the environment that there is.

use super::agent::{Needs, Wish};
use crate::config::Env;

/// A value: what a variable has, and a text behind it. So a token can be passed on without being shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value {
    /// The variable.
    pub variable: Option<String>,
    /// The text.
    pub text: String,
}

/// The variables of an agent, as they differ from those that there are.
#[derive(Debug, Default)]
pub struct Environment {
    /// Set to a value.
    pub set: Vec<(&'static str, Value)>,
    /// Taken away, as they would lead the agent elsewhere.
    pub unset: Vec<&'static str>,
    /// Set to another value than the user had.
    pub replaced: Vec<&'static str>,
    /// Left as the user has them, where something else is usual.
    pub kept: Vec<&'static str>,
}

impl Value {
    /// Just a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { variable: None, text: text.into() }
    }

    /// What a variable has.
    pub fn of(variable: &str) -> Self {
        Self { variable: Some(variable.to_owned()), text: String::new() }
    }

    /// The value itself.
    pub fn resolve(&self, env: &Env) -> String {
        let before = self.variable.as_deref().and_then(|name| env.get_trimmed(name));
        format!("{}{}", before.unwrap_or_default(), self.text)
    }
}

impl Environment {
    /// Grants the wishes.
    pub fn of(needs: &Needs, env: &Env) -> Self {
        let mut granted = Self::default();
        for wish in &needs.wishes {
            granted.grant(wish, env);
        }
        granted
    }

    fn grant(&mut self, wish: &Wish, env: &Env) {
        match wish {
            Wish::Set(name, value) => {
                let extends = value.variable.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name));
                let had = env.get_trimmed(name).filter(|_| !extends);
                if had.is_some_and(|had| had != value.resolve(env)) {
                    self.replaced.push(name);
                }
                self.set.push((name, value.clone()));
            }
            Wish::Suggest(name, value) => match env.get_trimmed(name) {
                Some(had) if had != value.resolve(env) => self.kept.push(name),
                _ => self.set.push((name, value.clone())),
            },
            Wish::Unset(name) => self.unset.extend(env.get(name).map(|_| *name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_conflict_is_kept_and_the_rest_is_told() {
        let env = Env::from_iter([("A", "mine"), ("B", "mine"), ("C", "mine"), ("T", "token-1")]);
        let wishes = vec![
            Wish::Set("A", Value::text("ours")),
            Wish::Suggest("B", Value::text("ours")),
            Wish::Unset("C"),
            Wish::Unset("D"),
            Wish::Suggest("E", Value::of("T")),
            Wish::Set("T", Value { variable: Some("T".to_owned()), text: ",more".to_owned() }),
        ];
        let granted = Environment::of(&Needs { wishes, ..Needs::default() }, &env);
        let set: Vec<_> = granted.set.iter().map(|(name, value)| (*name, value.resolve(&env))).collect();
        assert_eq!(
            set,
            [("A", "ours"), ("E", "token-1"), ("T", "token-1,more")].map(|(name, it)| (name, it.to_owned()))
        );
        assert_eq!(
            (&granted.unset[..], &granted.replaced[..], &granted.kept[..]),
            (&["C"][..], &["A"][..], &["B"][..])
        );
    }
}
