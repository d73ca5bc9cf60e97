//! Repair: what a weak model meant. Deltas in, deltas out; calls that were written as text come out as calls.
//!
//! [`pipeline`] is the stage between decoder and encoder. It gives text to the [`scanner`], which passes prose on and asks
//! [`candidate`] wherever a call may begin; that reads [`markup`] and, by [`lenient`], JSON with all its damage. What was
//! read is fitted to the declared tools by the [`toolbox`]. Calls that the backend structured are checked by [`structured`]
//! and [`strict`], what is shown goes through the [`filter`]s, and [`salvage`] finds an answer inside an error.
//!
//! Nothing here fails: everything returns what it made and what it found.

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
