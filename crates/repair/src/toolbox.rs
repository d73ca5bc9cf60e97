//! The tools a request declares, as repair needs them: names to resolve, schemas to fit arguments to.
//!
//! Nothing is read before a candidate for a call has been seen.

mod arguments;
mod name;
mod schema;

use crate::damage::{Damage, Damages};
use crate::value::Value;
pub(crate) use arguments::whole_json;
use bytes::BytesMut;
use canon::request::{Request, ToolKind};
use canon::text::{Json, Text};
use name::Names;
use schema::Schema;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Arguments as they were found.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments<'a> {
    /// None were written.
    Absent,
    /// A value that should be an object.
    Value(Value<'a>),
    /// Named values, some as raw text whose type only the schema knows.
    Named(Named<'a>),
    /// Values without names.
    Positional(Vec<Value<'a>>),
}

/// Named values, in order.
pub type Named<'a> = Vec<(Cow<'a, str>, Field<'a>)>;

/// A named value as it was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<'a> {
    /// Its type is known.
    Typed(Value<'a>),
    /// Text of a type that the schema decides.
    Raw(Cow<'a, str>),
}

/// A call that fits a declared tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit<'a> {
    /// The tool's name as declared.
    pub name: Text,
    /// The arguments, an object.
    pub arguments: Value<'a>,
    /// What had to be mended to make it fit.
    pub damage: Damages,
}

/// Why a call fits no declared tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// No tool of this name, or several that could be meant.
    Unknown,
    /// A required argument is missing.
    Incomplete,
    /// The arguments are no object, nor can they be made one.
    Shapeless,
}

/// The declared tools.
#[derive(Debug, Default)]
pub struct Toolbox {
    tools: Vec<Tool>,
    /// The letters that names begin with, lower case.
    initials: u32,
    names: OnceLock<Names>,
}

#[derive(Debug)]
struct Tool {
    name: Text,
    schema: Option<Json>,
    parsed: OnceLock<Schema>,
}

impl Toolbox {
    /// The tools of a request that its client runs by JSON arguments. Shares the request's body.
    pub fn of(request: &Request) -> Self {
        let functions = request.tools.iter().filter(|tool| tool.kind == ToolKind::Function);
        Self::new(functions.map(|tool| (tool.name.clone(), tool.schema.clone())))
    }

    /// Tools by name and schema.
    pub fn new(tools: impl IntoIterator<Item = (Text, Option<Json>)>) -> Self {
        let tools: Vec<Tool> =
            tools.into_iter().map(|(name, schema)| Tool { name, schema, parsed: OnceLock::new() }).collect();
        let initials =
            tools.iter().filter_map(|tool| tool.name.stored().first()).fold(0, |set, byte| set | bit(*byte));
        Self { tools, initials, names: OnceLock::new() }
    }

    /// How many bytes names and schemas take.
    pub fn size(&self) -> usize {
        let size = |tool: &Tool| {
            tool.name.stored_len() + tool.schema.as_ref().map_or(0, |schema| schema.bytes().len())
        };
        self.tools.iter().map(size).sum()
    }

    /// The same tools in memory of their own, so that the request's body can be let go.
    #[must_use]
    pub fn detached(&self) -> Self {
        let mut memory = BytesMut::with_capacity(self.size());
        let mut keep = |bytes: &[u8]| {
            memory.extend_from_slice(bytes);
            memory.split().freeze()
        };
        Self::new(self.tools.iter().map(|tool| {
            let name = tool.name.moved(&mut keep);
            (name, tool.schema.as_ref().map(|schema| Json::raw(keep(schema.bytes()))))
        }))
    }

    /// Whether no tool is declared.
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// Whether a tool's name might begin with this byte, in either case.
    pub fn has_initial(&self, byte: u8) -> bool {
        self.initials & bit(byte) != 0
    }

    /// Whether a word is, in some spelling, the name of a tool.
    pub fn knows(&self, name: &str) -> bool {
        self.names().find(name).is_some()
    }

    /// Whether a word is a name that other agents give a tool of a known purpose.
    pub fn may_alias(&self, name: &str) -> bool {
        name::is_alias(name)
    }

    /// Whether a word may be meant for a declared tool: by its name, or by what other agents call it.
    pub fn may_mean(&self, name: &str) -> bool {
        self.knows(name) || self.may_alias(name)
    }

    /// Whether a word is a tool's name exactly.
    pub fn declares(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name.is(name))
    }

    /// The name of a tool that a text holds.
    pub fn named_in(&self, text: &str) -> Option<String> {
        let mut names = self.tools.iter().map(|tool| tool.name.read());
        names.find(|name| text.contains(&**name)).map(std::borrow::Cow::into_owned)
    }

    /// Whether a word may be the beginning of a tool's name.
    pub fn begins(&self, word: &str) -> bool {
        self.names().begins(word)
    }

    /// The declared name that a word stands for, and what was wrong with the word.
    pub fn resolve(&self, name: &str) -> Option<(String, Damages)> {
        let found = self.names().find(name)?;
        Some((self.tools[found.place].name.read().into_owned(), found.damage))
    }

    /// The only tool that arguments fit, for calls that lost their name.
    pub fn guess(&self, arguments: &Value<'_>) -> Option<String> {
        let mut fitting = self.tools.iter().filter(|tool| {
            let schema = tool.schema();
            !arguments.fields().is_empty()
                && arguments.fields().iter().all(|(key, _)| schema.property(key).is_some())
                && schema.required().all(|key| arguments.field(key).is_some())
        });
        let first = fitting.next()?;
        fitting.next().is_none().then(|| first.name.read().into_owned())
    }

    /// Whether a key is a property of a tool, in some spelling.
    pub fn has_property(&self, tool: &str, key: &str) -> bool {
        let place = self.names().find(tool).map(|found| found.place).or_else(|| self.names().purpose(tool));
        place.is_some_and(|place| {
            let (wanted, schema) = (name::fold(key), self.tools[place].schema());
            schema.properties().any(|property| name::fold(property) == wanted)
                || schema.required().any(|property| arguments::is_near(key, property))
        })
    }

    /// The declared name of the tool of the same purpose as a name that other agents use.
    pub fn alias_of(&self, name: &str) -> Option<String> {
        self.names().purpose(name).map(|place| self.tools[place].name.read().into_owned())
    }

    /// Fits a call to the tool it names.
    ///
    /// # Errors
    /// If there is none, or it can't be called so.
    pub fn fit<'a>(&self, name: &str, arguments: Arguments<'a>) -> Result<Fit<'a>, Misfit> {
        let by_name = self.names().find(name);
        let found = by_name.or_else(|| self.names().alias(name, &keys(&arguments), &self.tools));
        let found = found.ok_or(Misfit::Unknown)?;
        let tool = &self.tools[found.place];
        let mut damage = found.damage;
        let arguments = arguments::fit(tool.schema(), arguments, &mut damage)?;
        Ok(Fit { name: tool.name.clone(), arguments, damage })
    }

    /// Whether structured arguments lack what the tool requires, or are of the wrong type.
    pub fn complaint(&self, name: &str, arguments: &Value<'_>) -> Option<String> {
        let found = self.names().find(name)?;
        self.tools[found.place].schema().complaint(arguments)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::new(self.tools.iter().map(|tool| tool.name.read().into_owned())))
    }
}

impl Tool {
    fn schema(&self) -> &Schema {
        self.parsed.get_or_init(|| Schema::read(self.schema.as_ref()))
    }
}

impl Arguments<'_> {
    /// The same arguments, with nothing borrowed.
    pub fn into_owned(self) -> Arguments<'static> {
        match self {
            Self::Absent => Arguments::Absent,
            Self::Value(value) => Arguments::Value(value.into_owned()),
            Self::Named(fields) => Arguments::Named(
                fields
                    .into_iter()
                    .map(|(key, field)| (Cow::Owned(key.into_owned()), field.into_owned()))
                    .collect(),
            ),
            Self::Positional(values) => {
                Arguments::Positional(values.into_iter().map(Value::into_owned).collect())
            }
        }
    }
}

impl<'a> Field<'a> {
    fn into_owned(self) -> Field<'static> {
        match self {
            Self::Typed(value) => Field::Typed(value.into_owned()),
            Self::Raw(text) => Field::Raw(Cow::Owned(text.into_owned())),
        }
    }

    /// The value, text where the type is not known.
    pub fn value(self) -> Value<'a> {
        match self {
            Self::Typed(value) => value,
            Self::Raw(text) => Value::Text(text),
        }
    }
}

fn bit(byte: u8) -> u32 {
    let letter = byte.to_ascii_lowercase();
    if letter.is_ascii_lowercase() { 1 << (letter - b'a') } else { 1 << 26 }
}

fn keys<'a>(arguments: &'a Arguments<'_>) -> Vec<&'a str> {
    match arguments {
        Arguments::Value(value) => value.fields().iter().map(|(key, _)| &**key).collect(),
        Arguments::Named(fields) => fields.iter().map(|(key, _)| &**key).collect(),
        Arguments::Absent | Arguments::Positional(_) => Vec::new(),
    }
}

/// Marks a name that is not the declared one to the letter.
fn respelt(exact: bool) -> Damages {
    let mut damage = Damages::NONE;
    damage.note(!exact, Damage::NameRespelt);
    damage
}
