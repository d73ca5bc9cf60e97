//! Rows of a table played side by side, so that those that wait for a limit wait together.

use crate::ask::Crossing;
use std::future::Future;
use tokio::task::JoinSet;

/// How many rows play at once.
const AT_ONCE: usize = 48;

/// Plays all rows, and fails behind the last if any has failed; each tells of itself.
pub(crate) async fn together<F>(rows: impl IntoIterator<Item = F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut playing = JoinSet::new();
    let mut failed = 0;
    for row in rows {
        if playing.len() == AT_ONCE {
            failed += usize::from(playing.join_next().await.is_some_and(|row| row.is_err()));
        }
        playing.spawn(row);
    }
    while let Some(row) = playing.join_next().await {
        failed += usize::from(row.is_err());
    }
    assert_eq!(failed, 0, "rows that failed");
}

/// Every act with every crossing.
pub(crate) fn across(
    acts: &[&'static str],
    crossings: impl Iterator<Item = Crossing>,
) -> Vec<(&'static str, Crossing)> {
    crossings.flat_map(|crossing| acts.iter().map(move |act| (*act, crossing))).collect()
}
