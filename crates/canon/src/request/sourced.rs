//! Values that remember the bytes they were read from, so that what nobody edits is sent on as it came.

use crate::text::{Json, Text};
use bytes::Bytes;
use std::ops::{Deref, Range};

/// A body and the places of its top-level fields.
#[derive(Clone, Debug)]
pub struct Source {
    /// The whole body, one valid JSON object.
    pub body: Bytes,
    /// Its fields in the order they came.
    pub fields: Vec<SourceField>,
}

/// Where one top-level field lies in the body.
#[derive(Clone, Debug)]
pub struct SourceField {
    /// The field's name.
    pub key: Text,
    /// From the quote in front of the name to the end of the value; commas and white space around it are outside.
    pub field: Range<usize>,
    /// The value alone.
    pub value: Range<usize>,
}

/// A value and, while nobody has edited it, the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Sourced<T> {
    value: T,
    source: Option<Json>,
}

impl<T> Sourced<T> {
    /// A value made by the program, without a source.
    pub fn new(value: T) -> Self {
        Self { value, source: None }
    }

    /// A value read from `source`.
    pub fn read(value: T, source: Json) -> Self {
        Self { value, source: Some(source) }
    }

    /// The bytes it was read from, in the dialect of its request; absent once it was edited.
    pub fn source(&self) -> Option<&Json> {
        self.source.as_ref()
    }

    /// The value to change; its source is forgotten.
    pub fn edit(&mut self) -> &mut T {
        self.source = None;
        &mut self.value
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
