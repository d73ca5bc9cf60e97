//! A test for every row of what makes a plan: the passes, what is claimed and settled between two plans, and what is
//! told. The laws that hold for all plans are in `laws`.

mod attempts;
mod breaker;
mod budget;
mod case;
mod chain;
mod drifting;
mod excluded;
mod fit;
mod health;
mod laws;
mod limits;
mod pressure;
mod probes;
mod session;
mod speed;
