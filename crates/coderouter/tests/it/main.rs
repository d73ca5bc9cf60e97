//! The router from the outside: real sockets, the real server, scripted backends. Everything here speaks to it as
//! clients do and knows no internals but how to start it.

mod ask;
mod crossings;
mod fallback;
mod heard;
mod house;
mod keeping;
mod last_words;
mod leaving;
mod line;
mod midstream;
mod together;
mod verbatim;
