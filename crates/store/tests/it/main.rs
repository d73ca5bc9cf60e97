//! The store between processes: killed ones, and several at once.

mod child;
mod kill;
mod together;
