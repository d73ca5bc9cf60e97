//! The passes over a chain, in order. Each is one small file that sees the whole chain; nothing else decides who
//! is tried.

mod just_failed;
mod paid_gate;
mod unknown_provider;

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
    // An agent repeats a broken stream at once, and must not meet the provider that broke it.
    just_failed::judge,
];
