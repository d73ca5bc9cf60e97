//! JSON with comments and trailing commas, as editors keep their settings: what it says and where.

mod reading;

pub(crate) use reading::document;
