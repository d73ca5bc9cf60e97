//! Rows of a table played side by side, so that those that wait for a limit wait together.

use crate::ask::Crossing;
use std::future::Future;
use tokio::task::JoinSet;

/// How many rows play at once.
const AT_ONCE: usize = 24;

/// Plays all rows; fails with the first that fails.
pub(crate) async fn together<F>(rows: impl IntoIterator<Item = F>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut playing = JoinSet::new();
    for row in rows {
        if playing.len() == AT_ONCE {
            played(playing.join_next().await);
        }
        playing.spawn(row);
    }
    while let Some(row) = playing.join_next().await {
        played(Some(row));
    }
}

/// Every act with every crossing.
pub(crate) fn across(
    acts: &[&'static str],
    crossings: impl Iterator<Item = Crossing>,
) -> Vec<(&'static str, Crossing)> {
    crossings.flat_map(|crossing| acts.iter().map(move |act| (*act, crossing))).collect()
}

fn played(row: Option<Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = row {
        std::panic::resume_unwind(error.into_panic());
    }
}
