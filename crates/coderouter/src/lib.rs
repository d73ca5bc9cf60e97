//! The rooms of the binary. `main.rs` only starts them.

mod chores;
pub mod command;
pub mod config;
pub mod discovery;
pub mod door;
pub mod exchange;
pub mod healing;
pub mod ingress;
pub mod launching;
pub mod memory;
pub mod otlp;
pub mod recent;
pub mod recorder;
pub mod reload;
pub mod router;
pub mod secret;
pub mod server;
pub mod slots;
pub mod tasks;
pub mod tokenizers;
pub mod upstream;
mod watching;
pub mod worker;
