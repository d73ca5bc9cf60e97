//! A fact as one line: JSON for machines, short words for terminals. Where lines go is not known here.

mod json;
mod short;
mod text;

pub use crate::moment::UtcOffset;
pub use json::{name, write_fields, write_json};
pub use short::write_short;

#[cfg(test)]
mod tests;
