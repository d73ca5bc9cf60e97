//! A fact as one line: JSON for machines, short words for terminals. Where lines go is not known here.

mod json;
mod short;
mod subject;
mod text;

pub use crate::moment::UtcOffset;
pub use json::{level, name, write_fields, write_json};
pub use short::write_short;
pub use subject::{Subject, subject};

#[cfg(test)]
mod tests;
