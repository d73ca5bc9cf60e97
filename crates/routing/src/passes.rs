//! The passes over a chain, in order. Each is one small file that sees the whole chain; nothing else decides who
//! is tried.

mod adaptive;
mod budget;
mod capability;
mod drift;
mod health;
mod health_cache;
mod just_failed;
mod local_only;
mod memory_pressure;
mod paid_gate;
mod rate_limit;
mod session;
mod thinking;
mod unknown_provider;
mod window;

pub(crate) use rate_limit::time as rate_wait;
pub(crate) use window::foresee;

use crate::chain::Chain;
use crate::plan::Situation;

/// Takes the chain as the pass before left it, and passes over or moves back whom it minds.
pub(crate) type Pass = fn(&Situation<'_>, &mut Chain<'_>);

/// Every pass: hard refusals first, so that doubts only order what may be tried at all.
pub(crate) const PASSES: &[Pass] = &[
    // Nothing can be asked about a provider that nobody declared.
    unknown_provider::judge,
    // Money is spent only where the user allowed it.
    paid_gate::judge,
    // What must not leave this machine doesn't.
    local_only::judge,
    // Nor where the budget is spent.
    budget::judge,
    // Nobody is asked for what they can't do while somebody else can.
    capability::judge,
    // Who is at a limit is asked once it is free, or where nobody else is left.
    rate_limit::judge,
    // Another prompt would only make it worse.
    memory_pressure::judge,
    // A prompt that can't fit is an error for sure, so those whom it fits come first.
    window::judge,
    // Who fails all the time rests, apart from a trial now and then.
    health::judge,
    // The same by the numbers that all profiles share.
    health_cache::judge,
    // The quick and reliable first.
    adaptive::judge,
    // Bad answers are worse than slow ones.
    drift::judge,
    // The prompt of a conversation is cached where it was answered last.
    session::judge,
    // Thinking that was asked for comes first from those who can.
    thinking::judge,
    // An agent repeats a broken stream at once, and must not meet the provider that broke it.
    just_failed::judge,
];
