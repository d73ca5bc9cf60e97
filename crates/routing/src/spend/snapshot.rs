//! What outlives a run, as plain values for a store.

use super::{Payer, ReservationId};
use canon::id::{ProfileName, ProviderName};
use canon::moment::Month;
use canon::money::Usd;

/// The sums of a month. Providers and profiles are in the order of their names, each at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The month the sums belong to.
    pub month: Month,
    /// What was settled, by provider.
    pub providers: Vec<(ProviderName, Usd)>,
    /// What was settled, by profile.
    pub profiles: Vec<(ProfileName, Usd)>,
    /// What was settled in all; not always the sum of the others, where an older format knew only some.
    pub overall: Usd,
    /// What is promised, in the order it was promised; some may belong to an earlier month.
    pub open: Vec<OpenReservation>,
}

/// A reservation that is not settled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenReservation {
    /// Which one.
    pub id: ReservationId,
    /// The month it was made in, and will be charged to.
    pub month: Month,
    /// The accounts it will be charged to.
    pub payer: Payer,
    /// The most it will cost.
    pub bound: Usd,
}
