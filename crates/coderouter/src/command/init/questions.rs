//! Questions to a person at a terminal, one line each, with a default. Nobody asked is everybody agreeing, but to what
//! has an effect beyond the file.

use super::names;
use crate::command::plain::{plain, plain_document};
use crate::command::talk;
use crate::setup::proposal::Basis;
use crate::setup::{Model, NEED, asking};
use std::io::{BufRead, Write};
use std::path::Path;

/// Whom to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Questions {
    /// A person.
    Person,
    /// Nobody.
    Nobody,
}

/// How many models a question names.
const MAX_NAMED: usize = 8;

impl Questions {
    /// Whether a cloud's key may be used for its free models.
    pub fn use_key(self, key: &str, cloud: &str) -> bool {
        self.agreed(&format!("use {key} for free models of {cloud}?"), true, true)
    }

    /// Whether a model is given a larger window under another name.
    pub fn widen(self, model: &Model) -> bool {
        let has =
            model.window.map_or("a window that is not set".to_owned(), |window| format!("{window} tokens"));
        let wider = asking::wider_name(&model.name);
        let question = format!("{} has {has}; have Ollama make {wider} with {NEED}?", model.name);
        self.agreed(&question, true, false)
    }

    /// Whether the file is written.
    pub fn write(self, path: &Path) -> bool {
        self.agreed(&format!("write {}?", path.display()), true, true)
    }

    /// Whether the router is started.
    pub fn start(self) -> bool {
        self.agreed("start the router now?", false, false)
    }

    /// Lets the model of each server be chosen, where there is a choice.
    pub fn choose(self, basis: &mut Basis) {
        for at in 0..basis.servers.len() {
            let names = names(basis, at);
            if self == Self::Nobody || names.len() < 2 {
                continue;
            }
            let server = basis.servers[at].place.name.clone();
            let some = names.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join(", ");
            let question = format!("model of {server} ({some}) [{}]:", names[0]);
            while let Some(answer) = heard(&question) {
                match chosen(&answer, &names) {
                    Some(name) => {
                        basis.chosen.push((server, name));
                        break;
                    }
                    None => talk::say(plain(&format!("{server} has no model {}", answer.trim()))),
                }
            }
        }
    }

    /// Yes or no: the default on an empty answer, `unasked` where nobody is asked.
    fn agreed(self, question: &str, default: bool, unasked: bool) -> bool {
        if self == Self::Nobody {
            return unasked;
        }
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        // Whoever ends the input has not agreed to anything.
        heard(&format!("{question} {choice}")).is_some_and(|answer| agrees(&answer, default))
    }
}

/// Asks and waits for a line; none where the input has ended.
fn heard(question: &str) -> Option<String> {
    let mut question = serde_json::Value::from(question);
    plain_document(&mut question);
    let mut stderr = std::io::stderr();
    let _ = write!(stderr, "{} ", question.as_str().unwrap_or_default());
    let _ = stderr.flush();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then_some(line)
}

fn agrees(answer: &str, default: bool) -> bool {
    match answer.trim().to_ascii_lowercase().as_str() {
        "" => default,
        answer => answer.starts_with('y'),
    }
}

/// The name that was meant: the first on an empty answer, a name, or a beginning that only one has.
fn chosen(answer: &str, names: &[String]) -> Option<String> {
    let answer = answer.trim();
    if answer.is_empty() || names.iter().any(|name| name == answer) {
        return Some(if answer.is_empty() { names.first()?.clone() } else { answer.to_owned() });
    }
    let mut like = names.iter().filter(|name| name.starts_with(answer));
    let first = like.next()?.clone();
    like.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_understood() {
        assert!(agrees("", true) && agrees(" Yes\n", false) && !agrees("n\n", true) && !agrees("", false));
        let names = ["a:1".to_owned(), "a:2".to_owned(), "b".to_owned()];
        for (answer, expect) in
            [("\n", Some("a:1")), ("a:2", Some("a:2")), ("b\n", Some("b")), ("a", None), ("c", None)]
        {
            assert_eq!(chosen(answer, &names).as_deref(), expect, "{answer}");
        }
    }

    #[test]
    fn nobody_agrees_to_effects_beyond_the_file() {
        let model = Model::default();
        assert!(Questions::Nobody.use_key("K", "c") && Questions::Nobody.write(Path::new("f")));
        assert!(!Questions::Nobody.widen(&model) && !Questions::Nobody.start());
    }
}
