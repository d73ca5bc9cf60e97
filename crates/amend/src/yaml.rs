//! YAML: what it says and where.

mod reading;

pub(crate) use reading::document;
