//! Orders a chain by how quick and how reliable its providers have been of late, where the profile is adaptive.

use crate::chain::Chain;
use crate::plan::Situation;
use crate::speed::Mode;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if !situation.profile.adaptive || chain.standing.len() < 2 {
        return;
    }
    let mode = if situation.needs.request.stream { Mode::Stream } else { Mode::Whole };
    let names = chain.standing.iter().map(|link| link.name);
    let order = situation.memory.speeds.order(&situation.profile.name, mode, names, situation.now.at);
    if !order.is_unchanged() {
        chain.arrange(&order, SkipReason::Adaptive);
    }
    chain.order = Some(order);
}
