//! How often a provider was asked, as JSON.

use super::{millis, moment};
use routing::rates::RateSnapshot;
use serde_json::{Value, json};

/// More entries than a snapshot has; what claims to have more is cut.
const ENTRIES: usize = 100;

pub(super) fn write(snapshot: &RateSnapshot) -> Value {
    let requests: Vec<_> = snapshot.requests.iter().map(|(at, count)| json!([millis(*at), count])).collect();
    json!({"requests": requests, "rests_until": snapshot.rests_until.map(millis)})
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
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn rates_are_read_as_they_are_written() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        for rests_until in [None, Some(at(1_900))] {
            let snapshot = RateSnapshot { requests: vec![(at(900), 3), (at(1_800), 1)], rests_until };
            assert_eq!(read(&write(&snapshot)), snapshot);
        }
    }

    #[test]
    fn what_is_damaged_means_nothing() {
        for value in [json!(null), json!({"requests": 7}), json!({"requests": [[1], "x", [-1, 2]]})] {
            assert_eq!(read(&value), RateSnapshot::default());
        }
    }
}
