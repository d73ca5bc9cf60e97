//! Edits of whole texts, from outside.

mod json;
mod laws;
mod refused;
mod yaml;
