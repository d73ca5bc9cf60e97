//! Anthropic Messages: requests, streams, plain answers and errors. Nothing of other dialects is known here.

mod block;
mod body;
mod conversation;
mod decoder;
mod encoder;
mod error;
mod event;
mod head;
mod media;
mod mend;
mod part;
mod reply;
mod request;
mod room;
mod settings;
mod stop;
mod tool;
mod translation;
mod turn;
mod usage;

pub use body::encode_request;
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::{decode_fault, encode_fault, encode_refusal};
pub use reply::{decode_reply, encode_reply};
pub use request::{decode_request, require_max_tokens};
