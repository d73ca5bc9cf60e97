//! Examines providers: asks each of them what an agent would, says what is wrong, what its user will feel, and what to do
//! about it. `probes` is the list of what is looked at, one file each; `treatment` tries what may help before it is written.
//!
//! What is found is told to people by `command::doctor` and kept for routing by the `ledger`.

mod asking;
mod chains;
mod checkup;
mod finding;
mod fix;
mod inspection;
mod known;
mod patient;
mod probes;
mod treatment;

pub use chains::{Standing, standings};
pub use checkup::{Checkup, Depth, Examined, Order, Told};
pub use finding::{Finding, Verdict};
pub use fix::{Fix, Target};
pub use inspection::{Server, inspect};
pub use patient::Patient;
pub use probes::{Cost, PROBES, Probe};
pub use treatment::{Course, Outcome, Texts, Treated, Tried, treat};
