//! How often a provider was asked, as JSON.

use super::{moment, seconds};
use routing::rates::RateSnapshot;
use serde_json::{Value, json};

/// More entries than a snapshot has; what claims to have more is cut.
const ENTRIES: usize = 100;

pub(super) fn write(snapshot: &RateSnapshot) -> Value {
    let requests: Vec<_> = snapshot.requests.iter().map(|(at, count)| json!([seconds(*at), count])).collect();
    json!({"requests": requests, "rests_until": snapshot.rests_until.map(seconds)})
}

/// Entries that can't be read are left out.
pub(super) fn read(value: &Value) -> RateSnapshot {
    let entries = value["requests"].as_array().into_iter().flatten().take(ENTRIES);
    let requests = entries.filter_map(|entry| Some((moment(entry[0].as_u64()?)?, entry[1].as_u64()?)));
    RateSnapshot { requests: requests.collect(), rests_until: value["rests_until"].as_u64().and_then(moment) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, UNIX_EPOCH};

    proptest! {
        #[test]
        fn rates_are_read_as_they_are_written(
            requests in proptest::collection::vec((0..u64::from(u32::MAX), any::<u64>()), 0..97),
            rests_until in proptest::option::of(0..u64::from(u32::MAX)),
        ) {
            let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
            let requests = requests.into_iter().map(|(second, count)| (at(second), count)).collect();
            let snapshot = RateSnapshot { requests, rests_until: rests_until.map(at) };
            prop_assert_eq!(read(&write(&snapshot)), snapshot);
        }
    }

    #[test]
    fn what_is_damaged_means_nothing() {
        for value in [json!(null), json!({"requests": 7}), json!({"requests": [[1], "x", [-1, 2]]})] {
            assert_eq!(read(&value), RateSnapshot::default());
        }
    }
}
