//! Repair: what a weak model meant. Deltas in, deltas out; calls that were written as text come out as calls.

pub mod candidate;
pub mod cursor;
pub mod damage;
pub mod filter;
pub mod format;
pub mod lenient;
pub mod markup;
pub mod phrase;
pub mod pipeline;
pub mod salvage;
pub mod scanner;
pub mod strict;
pub mod structured;
pub mod toolbox;
pub mod value;
