//! The `plugins:` block of the Python program. Its plugins run inside that program; here the block is only checked.

use super::super::reader::{Block, Setting, Spanned, json_fields, list, map, name, spanned};

/// The block.
#[derive(Default)]
pub(crate) struct Plugins {
    pub(crate) enabled: Vec<Spanned<String>>,
}

impl Setting for Plugins {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let enabled = block.or(
            "enabled",
            list(spanned(name())),
            Vec::new(),
            "The plugins, in the order of their filters.",
        );
        block.or("config", map(json_fields()), Vec::new(), "Each plugin's arguments.");
        Self { enabled }
    }
}
