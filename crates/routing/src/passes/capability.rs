//! Passes over providers that are known not to call tools or see pictures where a request needs that and somebody
//! else can. Where nobody can, all are asked: pictures become a note, and a text beats an error.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::config::{Provider, Support};
use canon::event::{Capability, SkipReason};

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    let lacks = |provider: &Provider| {
        let facts = &provider.facts;
        if facts.tools == Support::No && situation.needs.tools() {
            return Some(SkipReason::Incapable(Capability::Tools));
        }
        let blind = facts.vision == Support::No && situation.needs.pictures();
        blind.then_some(SkipReason::Incapable(Capability::Vision))
    };
    let able = |provider: &Provider| lacks(provider).is_none();
    if chain.standing.iter().filter_map(|link| link.provider).any(|provider| able(provider)) {
        chain.skip(lacks);
    }
}
