//! The way to backends: connections, their pool, and one call over them. Which backend, and what its answer means,
//! is decided in `exchange`.

mod answer;
mod backend;
mod connector;
mod link;
mod listing;
mod pool;
mod probe;
mod question;

pub use answer::{Answer, AnswerBody};
pub use backend::{Backend, Call};
pub use connector::{Connector, Io, root_cause};
pub use link::Link;
pub use probe::{Probe, probe};
