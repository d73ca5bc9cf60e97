//! As much of JSON Schema as fitting arguments needs.

use crate::cursor::{Cursor, Edge};
use crate::lenient::Reader;
use crate::value::Value;
use canon::text::Json;
use std::borrow::Cow;

/// The deepest chain of references that is followed.
const MAX_STEPS: usize = 16;

/// The schema of a tool's arguments.
#[derive(Debug)]
pub(super) struct Schema {
    root: Value<'static>,
    properties: Vec<Property>,
    required: Vec<String>,
    closed: bool,
}

/// An argument that is declared.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) schema: Value<'static>,
    /// The types that its schema allows.
    pub(super) types: Types,
    /// Whether it may be left out.
    pub(super) optional: bool,
}

/// The types a value may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types {
    pub(super) string: bool,
    pub(super) integer: bool,
    pub(super) number: bool,
    pub(super) boolean: bool,
    pub(super) array: bool,
    pub(super) object: bool,
    pub(super) null: bool,
}

impl Schema {
    pub(super) fn read(schema: Option<&Json>) -> Self {
        let text = schema.map(|it| String::from_utf8_lossy(it.bytes())).unwrap_or_default();
        let root =
            Reader::new(Cursor::new(&text, 0, Edge::Stopped)).value().unwrap_or(Value::NOTHING).into_owned();
        let mut schema = Self { root, properties: Vec::new(), required: Vec::new(), closed: false };
        schema.required = schema.required_of(&schema.root).map(str::to_owned).collect();
        let declared = schema.inner(&schema.root).iter();
        schema.properties = declared.map(|(name, inner)| schema.declared(name, inner)).collect();
        schema.closed =
            schema.resolved(&schema.root).field("additionalProperties") == Some(&Value::Bool(false));
        schema
    }

    fn declared(&self, name: &str, schema: &Value<'_>) -> Property {
        let optional = !self.required.iter().any(|it| it == name);
        Property {
            name: name.to_owned(),
            schema: schema.clone().into_owned(),
            types: self.types(schema),
            optional,
        }
    }

    pub(super) fn properties(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().map(|it| it.name.as_str())
    }

    pub(super) fn property(&self, key: &str) -> Option<&Property> {
        self.properties.iter().find(|it| it.name == key)
    }

    pub(super) fn required(&self) -> impl Iterator<Item = &str> {
        self.required.iter().map(String::as_str)
    }

    /// The keys that a schema of this document requires.
    pub(super) fn required_of<'a>(&'a self, schema: &'a Value<'a>) -> impl Iterator<Item = &'a str> {
        self.branch(schema, "required").map_or(&[][..], Value::items).iter().filter_map(Value::as_text)
    }

    /// Whether keys that are not declared must not be sent.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The types that a schema of this document allows; all false where it says nothing.
    pub(super) fn types(&self, schema: &Value<'_>) -> Types {
        let mut types = Types::default();
        self.collect(schema, &mut types, 0);
        types
    }

    /// The values a schema lists.
    pub(super) fn choices<'a>(&'a self, schema: &'a Value<'a>) -> &'a [Value<'a>] {
        self.resolved(schema).field("enum").map_or(&[], Value::items)
    }

    /// The schema of a list's items.
    pub(super) fn items<'a>(&'a self, schema: &'a Value<'a>) -> Option<&'a Value<'a>> {
        self.branch(schema, "items")
    }

    /// The schemas of an object's fields.
    pub(super) fn inner<'a>(&'a self, schema: &'a Value<'a>) -> &'a [(Cow<'a, str>, Value<'a>)] {
        self.branch(schema, "properties").map_or(&[], Value::fields)
    }

    /// What is wrong with arguments, in words for a model: missing keys and types that don't fit.
    pub(super) fn complaint(&self, arguments: &Value<'_>) -> Option<String> {
        let missing = self.required().find(|key| arguments.field(key).is_none());
        if let Some(key) = missing {
            return Some(format!("the required argument '{key}' is missing"));
        }
        arguments.fields().iter().find_map(|(key, value)| {
            let types = self.property(key)?.types;
            (!types.allow(value)).then(|| format!("the argument '{key}' is of the wrong type"))
        })
    }

    /// A keyword of a schema, or of the first of its alternatives that has it.
    fn branch<'a>(&'a self, schema: &'a Value<'a>, key: &str) -> Option<&'a Value<'a>> {
        let schema = self.resolved(schema);
        schema.field(key).or_else(|| {
            let alternatives = ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| schema.field(word));
            alternatives.flat_map(Value::items).find_map(|it| self.resolved(it).field(key))
        })
    }

    /// A schema behind its references.
    fn resolved<'a>(&'a self, mut schema: &'a Value<'a>) -> &'a Value<'a> {
        for _ in 0..MAX_STEPS {
            let Some(path) = schema.field("$ref").and_then(Value::as_text) else { break };
            let steps =
                path.trim_start_matches("#/").split('/').filter(|step| !step.is_empty() && *step != "#");
            let target = steps.into_iter().try_fold(&self.root, |at, step| at.field(step));
            match target {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    fn collect(&self, schema: &Value<'_>, types: &mut Types, steps: usize) {
        if steps > MAX_STEPS {
            return;
        }
        let schema = self.resolved(schema);
        match schema.field("type") {
            Some(Value::Text(name)) => types.allow_named(name),
            Some(Value::List(names)) => {
                names.iter().filter_map(Value::as_text).for_each(|it| types.allow_named(it));
            }
            _ => {}
        }
        for choice in schema.field("enum").map_or(&[][..], Value::items).iter().chain(schema.field("const")) {
            types.allow_like(choice);
        }
        for word in ["anyOf", "oneOf", "allOf"] {
            for part in schema.field(word).map_or(&[][..], Value::items) {
                self.collect(part, types, steps + 1);
            }
        }
        types.object |= schema.field("type").is_none() && schema.field("properties").is_some();
    }
}

impl Types {
    /// Whether a value has one of the types; nothing said allows anything.
    pub(super) fn allow(self, value: &Value<'_>) -> bool {
        if self == Self::default() {
            return true;
        }
        match value {
            Value::Null => self.null,
            Value::Bool(_) => self.boolean,
            Value::Number(number) => self.number || (self.integer && number.parse::<i128>().is_ok()),
            Value::Text(_) => self.string,
            Value::List(_) => self.array,
            Value::Object(_) => self.object,
        }
    }

    fn allow_named(&mut self, name: &str) {
        let types = [
            ("string", &mut self.string),
            ("integer", &mut self.integer),
            ("number", &mut self.number),
            ("boolean", &mut self.boolean),
            ("array", &mut self.array),
            ("object", &mut self.object),
            ("null", &mut self.null),
        ];
        if let Some((_, allowed)) = types.into_iter().find(|(word, _)| name.eq_ignore_ascii_case(word)) {
            *allowed = true;
        }
    }

    fn allow_like(&mut self, value: &Value<'_>) {
        match value {
            Value::Null => self.null = true,
            Value::Bool(_) => self.boolean = true,
            Value::Number(_) => self.number = true,
            Value::Text(_) => self.string = true,
            Value::List(_) => self.array = true,
            Value::Object(_) => self.object = true,
        }
    }
}
