//! Passes over everybody but local providers where a rule of the user says that the request must not leave.

use crate::chain::Chain;
use crate::plan::Situation;
use canon::event::SkipReason;

pub(super) fn judge(situation: &Situation<'_>, chain: &mut Chain<'_>) {
    if situation.local_only {
        chain.skip(|provider| (!provider.local).then_some(SkipReason::LocalOnly));
    }
}
