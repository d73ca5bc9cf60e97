//! OpenAI Chat Completions: requests, streams, answers and errors of `/v1/chat/completions`. No other dialect.

mod body;
mod chunk;
mod decoder;
mod encoder;
mod fault;
mod finish;
mod legacy;
mod reply;
mod request;
mod rest;
mod usage;

pub use body::encode_request;
pub use decoder::{Decoder, decode_reply};
pub use encoder::Encoder;
pub use fault::{decode_fault, encode_fault, encode_refusal};
pub use reply::encode_reply;
pub use request::decode_request;
