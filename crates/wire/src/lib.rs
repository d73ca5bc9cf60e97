//! Bytes to the shared vocabulary and back, one folder a dialect. Pure: no sockets, no clock.

pub mod anthropic;
pub mod codec;
pub mod fault;
pub mod json;
pub mod openai;
pub mod sse;
