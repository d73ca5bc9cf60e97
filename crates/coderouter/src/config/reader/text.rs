//! Texts, booleans and words of a closed set.

use std::marker::PhantomData;

use canon::config::{Endpoint, EndpointError, Word};
use routing::pattern::{Pattern, PatternError};
use serde_json::{Value, json};

use super::super::environment::is_variable_name;
use super::super::report::{Mistake, quoted};
use super::super::tree::Node;
use super::{Reader, Shape, VARIABLE};

/// A text.
pub(crate) struct Text {
    verbatim: bool,
    may_be_empty: bool,
}

/// A text in which variables are replaced.
pub(crate) fn text() -> Text {
    Text { verbatim: false, may_be_empty: false }
}

impl Text {
    /// `${...}` is not a variable here: prompts, patterns and commands mean what they say.
    pub(crate) fn verbatim(self) -> Self {
        Self { verbatim: true, ..self }
    }

    /// `""` is a meaningful value.
    pub(crate) fn may_be_empty(self) -> Self {
        Self { may_be_empty: true, ..self }
    }
}

impl Shape for Text {
    type Value = String;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<String> {
        let text = if self.verbatim {
            reader.verbatim(node, "a text")?
        } else {
            reader.scalar(node, "a text")?.text
        };
        if text.is_empty() && !self.may_be_empty {
            reader.report(Mistake::at(node.at, "the text must not be empty"));
            return None;
        }
        Some(text)
    }

    fn schema(&self) -> Value {
        if self.may_be_empty {
            json!({ "type": "string" })
        } else {
            json!({ "type": "string", "minLength": 1 })
        }
    }

    fn show(&self, value: &String) -> Option<Value> {
        Some(json!(value))
    }
}

/// A name that travels in headers, logs and metric labels.
pub(crate) struct Name(Text);

/// A name that travels in headers, logs and metric labels: no control characters, no blanks at its ends, and no
/// variables, since what they hold may be secret.
pub(crate) fn name() -> Name {
    Name(text().may_be_empty().verbatim())
}

/// A model's name, which may differ by machine.
pub(crate) fn model_name() -> Name {
    Name(text().may_be_empty())
}

/// How long a name may be, in bytes.
const MAX_NAME: usize = 256;

impl Shape for Name {
    type Value = String;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<String> {
        let name = self.0.read(reader, node)?;
        let Some(wrong) = wrong_in_name(&name) else { return Some(name) };
        reader.report(Mistake::at(node.at, wrong));
        None
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "maxLength": MAX_NAME })
    }

    fn show(&self, value: &String) -> Option<Value> {
        Some(json!(value))
    }
}

/// Whether a text may stand where a name does.
pub(crate) fn is_name(text: &str) -> bool {
    wrong_in_name(text).is_none()
}

fn wrong_in_name(name: &str) -> Option<&'static str> {
    if name.chars().any(char::is_control) {
        Some("a name must not hold control characters")
    } else if name.trim() != name {
        Some("a name must not begin or end with a blank")
    } else if name.len() > MAX_NAME {
        Some("a name must not be longer than 256 bytes")
    } else {
        None
    }
}

/// Yes or no.
pub(crate) struct Flag;

/// Yes or no, in any of the spellings that YAML and the Python program know.
pub(crate) fn flag() -> Flag {
    Flag
}

impl Shape for Flag {
    type Value = bool;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<bool> {
        let scalar = reader.scalar(node, "true or false")?;
        let value = parse_flag(&scalar.text);
        if value.is_none() {
            reader.unexpected(node, "true or false");
        }
        value
    }

    fn schema(&self) -> Value {
        json!({ "type": ["boolean", "string"], "pattern": VARIABLE })
    }

    fn show(&self, value: &bool) -> Option<Value> {
        Some(json!(value))
    }
}

fn parse_flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// A word of a closed set.
pub(crate) struct WordOf<W>(PhantomData<W>);

/// A word of a closed set; `off` is the word, never a boolean.
pub(crate) fn word<W: Word>() -> WordOf<W> {
    WordOf(PhantomData)
}

impl<W: Word> Shape for WordOf<W> {
    type Value = W;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<W> {
        let words: Vec<&str> = W::CHOICES.iter().map(|(word, _)| *word).collect();
        let listed: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let expected = format!("one of {}", listed.join(", "));
        let scalar = reader.scalar(node, &expected)?;
        let value = W::from_word(scalar.text.trim());
        if value.is_none() {
            reader.unexpected_word(node, &expected, Some(&words));
        }
        value
    }

    fn schema(&self) -> Value {
        let words: Vec<&str> = W::CHOICES.iter().map(|(word, _)| *word).collect();
        json!({ "enum": words })
    }

    fn show(&self, value: &W) -> Option<Value> {
        Some(json!(value.word()))
    }
}

/// A regular expression, compiled once to check it.
pub(crate) struct Regex(fn(&str) -> Result<Pattern, PatternError>);

/// A regular expression in Python's flavour.
pub(crate) fn pattern() -> Regex {
    Regex(Pattern::anywhere)
}

/// The same where it must match a text from end to end.
pub(crate) fn whole_pattern() -> Regex {
    Regex(Pattern::whole)
}

impl Shape for Regex {
    type Value = String;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<String> {
        let pattern = reader.verbatim(node, "a regular expression")?;
        if let Err(error) = (self.0)(&pattern) {
            let message = format!("{} is not a regular expression: {error}", quoted(&pattern));
            reader.report(Mistake::at(node.at, message.replace('\n', " ")));
            return None;
        }
        Some(pattern)
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "format": "regex" })
    }
}

/// The name of an environment variable that holds a key.
pub(crate) struct VariableName;

/// The name of an environment variable that holds a key; an empty one is as good as none. What is no such name may be
/// the key itself, so it is not shown.
pub(crate) fn variable_name() -> VariableName {
    VariableName
}

impl Shape for VariableName {
    type Value = String;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<String> {
        let name = reader.scalar(node, "the name of an environment variable")?.text;
        if name.is_empty() {
            return None;
        }
        if is_variable_name(&name) {
            return Some(name);
        }
        reader.secrets.push(node.at);
        let mistake = Mistake::at(node.at, "this is not the name of an environment variable");
        reader.report(mistake.hint("put the key into the environment and its variable's name here"));
        None
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "pattern": "^([A-Za-z_][A-Za-z0-9_]*)?$" })
    }

    fn show(&self, value: &String) -> Option<Value> {
        Some(json!(value))
    }
}

/// A base URL, taken apart.
pub(crate) struct BaseUrl;

/// A base URL, taken apart. A user name and password in it are dropped and remembered as dropped.
pub(crate) fn base_url() -> BaseUrl {
    BaseUrl
}

/// What a base URL said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) endpoint: Endpoint,
    /// Whether there was a user name or password in it.
    pub(crate) had_user_info: bool,
}

impl Shape for BaseUrl {
    type Value = Address;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<Address> {
        let url = reader.scalar(node, "an http or https URL")?.text;
        let bare = without_user_info(url.trim());
        match bare.parse::<Endpoint>() {
            Ok(endpoint) => Some(Address { endpoint, had_user_info: bare != url.trim() }),
            Err(error) => {
                reader.secrets.extend((error == EndpointError::Query).then_some(node.at));
                let hint = (error == EndpointError::Scheme).then(|| {
                    "a local server is written http://localhost:PORT, a cloud https://HOST".to_owned()
                });
                reader.report(Mistake::at(node.at, format!("the URL {error}")).hint_if(hint));
                None
            }
        }
    }

    fn schema(&self) -> Value {
        json!({ "type": "string", "pattern": "^([Hh][Tt][Tt][Pp][Ss]?://|.*\\$\\{)" })
    }
}

fn without_user_info(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
