//! Bytes to the shared vocabulary and back, one folder a dialect. Pure: no sockets, no clock.

#![expect(clippy::result_large_err, reason = "a fault ends an attempt, so its size costs nothing that counts")]

pub mod anthropic;
pub mod codec;
pub mod fault;
pub mod json;
pub mod openai;
pub mod sse;
