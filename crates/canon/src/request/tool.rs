//! Tools a request declares, and which of them must be called.

use crate::extra::Extra;
use crate::text::{Json, Text};

/// A tool the model may call.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Its name; empty for some hosted tools.
    pub name: Text,
    /// What it is for.
    pub description: Option<Text>,
    /// The JSON Schema of its arguments.
    pub schema: Option<Json>,
    /// Who runs it and how it is called.
    pub kind: ToolKind,
    /// Whether the arguments must match the schema exactly.
    pub strict: Option<bool>,
    /// The prompt-cache marker on it.
    pub cache_control: Option<Json>,
    /// Unknown fields.
    pub extra: Extra,
}

/// The kinds of tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolKind {
    /// Run by the client, called with JSON arguments.
    Function,
    /// Run by the client, called with free text (the format it should follow, if one was given).
    Custom(Option<Json>),
    /// Run by the backend: its type's name. Everything else about it is in the source or in `extra`.
    Hosted(Text),
}

/// Which tool must be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// Some tool.
    Any,
    /// No tool.
    None,
    /// This one.
    Named(Text),
    /// A form without a word here.
    Opaque(Json),
}
