//! The declared tools, out of a file in any of the forms that requests declare them in.

use super::input::Input;
use anyhow::bail;
use canon::text::{Json, Text};
use repair::cursor::{Cursor, Edge};
use repair::lenient::Reader;
use repair::toolbox::Toolbox;
use repair::value::Value;
use serde::de::IgnoredAny;
use std::path::Path;
use std::sync::Arc;

/// What is said where no tools are given.
pub(super) const MISSING: &str = "\
no tools are given: a text is a call only if it calls a tool that the request declares
hint: give --tools FILE, with the body of a request of your agent, or a list such as
      [{\"name\": \"Read\", \"parameters\": {\"type\": \"object\", \"required\": [\"file_path\"],
        \"properties\": {\"file_path\": {\"type\": \"string\"}, \"limit\": {\"type\": \"integer\"}}}}]";

/// The tools of a request.
pub(super) struct Tools {
    names: Vec<String>,
    schemas: Vec<Option<Value<'static>>>,
}

impl Tools {
    /// Reads them from a file.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let text = Input::of(Some(path))?.text()?;
        let file = json(&name, &text)?;
        let list = file.field("tools").unwrap_or(&file);
        if !matches!(list, Value::List(_)) {
            bail!("{name} has no list of tools\nhint: {FORMS}");
        }
        let mut tools = Self { names: Vec::new(), schemas: Vec::new() };
        for (at, item) in list.items().iter().enumerate() {
            tools
                .add(item)
                .ok_or_else(|| anyhow::anyhow!("tool {} of {name} has no name\nhint: {FORMS}", at + 1))?;
        }
        if tools.names.is_empty() {
            bail!("{name} declares no tool that a client runs\nhint: {FORMS}");
        }
        Ok(tools)
    }

    /// The same as repair needs them.
    pub(super) fn toolbox(&self) -> Arc<Toolbox> {
        let schema = |schema: &Option<Value<'_>>| schema.as_ref().map(|it| Json::raw(it.to_json().into()));
        let tools = self.names.iter().zip(&self.schemas);
        Arc::new(Toolbox::new(tools.map(|(name, it)| (Text::plain(name.clone()), schema(it)))))
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.names.iter().map(String::as_str)
    }

    /// The arguments that a tool requires.
    pub(super) fn required(&self, name: &str) -> Vec<&str> {
        let tools = self.names.iter().zip(&self.schemas);
        let schema = tools.filter(|(it, _)| *it == name).find_map(|(_, schema)| schema.as_ref());
        let required = schema.and_then(|schema| schema.field("required"));
        required.map_or(&[][..], Value::items).iter().filter_map(Value::as_text).collect()
    }

    /// Adds a tool; `None` if it has no name. Those that a server runs, or that take no JSON, are passed over.
    fn add(&mut self, tool: &Value<'_>) -> Option<()> {
        let function = tool.field("function").unwrap_or(tool);
        let name = function.field("name").and_then(Value::as_text)?;
        let schema = ["parameters", "input_schema"].iter().find_map(|key| function.field(key));
        let kind = tool.field("type").and_then(Value::as_text);
        if schema.is_some() || matches!(kind, None | Some("function")) {
            self.names.push(name.to_owned());
            self.schemas.push(schema.cloned().map(Value::into_owned));
        }
        Some(())
    }
}

const FORMS: &str = "a list, or a request body with `tools`, of {\"type\": \"function\", \"function\": {\"name\", \"parameters\"}}, \
     {\"name\", \"input_schema\"} or {\"name\", \"parameters\"}";

/// A JSON text as a value that keeps the order of its keys.
fn json<'a>(name: &str, text: &'a str) -> anyhow::Result<Value<'a>> {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let what = message.split(" at line ").next().unwrap_or_default();
        bail!("{name}:{line}:{column}: this is not JSON: {what}\nhint: {FORMS}");
    }
    let value = Reader::new(Cursor::new(text, 0, Edge::Stopped)).value();
    value.map_err(|_| anyhow::anyhow!("{name} is nested too deeply"))
}
