//! Facts as spans: one for a client's request, one below it for each attempt at a provider, and what happened on the
//! way as events of the first. No text of a request or an answer, and no message of a backend, is in any of them.

mod call;
mod convention;
mod fold;
mod measures;
mod sampler;
mod span;
#[cfg(test)]
mod tests;
mod told;

pub use call::Call;
pub use fold::{Done, Traces};
pub use measures::Measures;
pub use sampler::{Recorded, Sampler};
pub use span::{Kind, Mark, Span};
