//! JSON as the wire needs it: one pass that validates and hands out slices, and a writer that copies them.
//! What the fields mean is the dialects' business.

mod embed;
mod field;
mod key;
mod mend;
mod problem;
mod reader;
mod scan;
mod write;

pub use embed::{object_in, text_of, without};
pub use field::UNKNOWN_LIMIT;
pub use key::{Key, Kind};
pub use mend::mend_surrogates;
pub use problem::Problem;
pub use reader::Reader;
pub use scan::NESTING_LIMIT;
pub use write::Writer;
