//! A model backend that plays a script: it speaks the Anthropic Messages and the OpenAI Chat wire, and it can
//! fail in every way a backend can. Nothing of the router lives here, and nothing here is meant to be robust
//! HTTP: it writes HTTP/1.1 by hand so that it can also write it wrongly.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! use rehearsal::{Backend, Reply, Response, Script};
//!
//! let script = Script::first(Response::status(429).retry_after("2")).then(Reply::text("hello"));
//! let backend = Backend::start(script).await?;
//! let base_url = format!("{}/v1", backend.url());
//! # let _ = base_url;
//! let seen = backend.wait_for(2).await?;
//! assert_eq!(seen[1].header("x-api-key"), Some("secret"));
//! # Ok(())
//! # }
//! ```
//!
//! The words, from the outside in: a [`Backend`] owns the socket; a [`Script`] says which [`Act`] answers which
//! request; an act is an [`Answer`] (a [`Reply`] in the dialect that was asked), a bare [`Response`], or raw
//! [`Step`]s, and carries how HTTP bends under it; [`scenario`] names the ones worth starting by name.

mod act;
mod answer;
pub mod anthropic;
mod ask;
mod backend;
mod bench;
mod connection;
mod gzip;
mod house;
mod json;
mod log;
mod message;
mod mishap;
pub mod openai;
pub mod overflow;
mod quirk;
mod refused;
mod reply;
mod request;
mod response;
pub mod scenario;
mod script;
mod seen;
mod slicing;
pub mod sse;
mod step;
mod task;
mod transport;

pub use act::Act;
pub use answer::{Answer, Form};
pub use ask::Dialect;
pub use backend::Backend;
pub use mishap::{Mishap, Point};
pub use quirk::Quirk;
pub use refused::Refused;
pub use reply::{Part, Reply, Stop, ToolCall, Usage};
pub use response::Response;
pub use script::{Script, UnknownScenario};
pub use seen::{Outcome, Seen};
pub use slicing::Slicing;
pub use step::{Repeat, Step};
pub use task::{CallForm, Task};
pub use transport::Framing;
