//! Passes over names in a chain that no provider has: possible only in a configuration made by hand.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::event::SkipReason;

pub(super) fn judge(_: &Situation<'_>, chain: &mut Chain<'_>) {
    chain.skip_links(|link| link.provider.is_none().then_some(SkipReason::UnknownProvider));
}
