//! What planning anew would have changed, summed up by who answered and who would have been asked.

use crate::command::replay::statistics::time;
use crate::command::replay::table;
use canon::money::Usd;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use store::RequestRow;

const HEADS: &[&str] = &["From", "To", "Reqs", "Cost", "NewCost", "Wait", "NewWait"];

/// One request's new way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Move<'a> {
    /// Who would be asked first.
    pub(super) to: &'a str,
    /// Why nobody would.
    pub(super) because: Option<&'static str>,
    /// What it would cost, if that is known.
    pub(super) cost: Option<Usd>,
    /// What it would take, if that is known.
    pub(super) took: Option<Duration>,
}

impl<'a> Move<'a> {
    pub(super) fn to(to: &'a str) -> Self {
        Self { to, ..Self::default() }
    }
}

/// What would have changed.
#[derive(Clone, Debug, Default)]
pub(in crate::command::replay) struct Outcome {
    /// All requests.
    pub(in crate::command::replay) requests: u64,
    /// Those whose profile the new configuration does not have, so that they get its default.
    pub(super) other_profile: u64,
    /// By who answered and who would be asked.
    moves: BTreeMap<(String, String), Sum>,
    total: Sum,
}

/// Sums over requests.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sum {
    requests: u64,
    cost: Usd,
    new_cost: Usd,
    /// Requests whose new cost is not known.
    unpriced: u64,
    /// Of those whose wait is known on both sides.
    timed: u64,
    took: Duration,
    new_took: Duration,
}

impl Sum {
    fn add(&mut self, row: &RequestRow, step: &Move<'_>) {
        self.requests += 1;
        self.cost += row.cost;
        self.new_cost += step.cost.unwrap_or_default();
        self.unpriced += u64::from(step.cost.is_none());
        // The Python program wrote down no times.
        if let Some(took) = step.took.filter(|_| !row.took.is_zero()) {
            self.timed += 1;
            self.took += row.took;
            self.new_took += took;
        }
    }

    fn waits(&self) -> Option<(f64, f64)> {
        let average = |sum: Duration| sum.as_secs_f64() * 1e3 / self.timed as f64;
        (self.timed > 0).then(|| (average(self.took), average(self.new_took)))
    }

    fn row(&self, from: &str, to: &str) -> Vec<String> {
        let new_cost = match self.unpriced {
            0 => dollars(self.new_cost),
            unpriced if unpriced == self.requests => "?".to_owned(),
            _ => format!("{}+?", dollars(self.new_cost)),
        };
        let (wait, new_wait) = match self.waits() {
            Some((wait, new_wait)) => (time(wait), time(new_wait)),
            None => ("?".to_owned(), "?".to_owned()),
        };
        let (requests, cost) = (self.requests.to_string(), dollars(self.cost));
        vec![from.to_owned(), to.to_owned(), requests, cost, new_cost, wait, new_wait]
    }

    fn to_json(&self) -> Value {
        let waits = self.waits();
        json!({
            "requests": self.requests,
            "cost_usd": self.cost.dollars(),
            "new_cost_usd": self.new_cost.dollars(),
            "requests_without_price": self.unpriced,
            "average_wait_ms": waits.map(|(wait, _)| wait),
            "new_average_wait_ms": waits.map(|(_, wait)| wait),
            "requests_with_wait": self.timed,
        })
    }
}

impl Outcome {
    /// Adds one request that somebody, or nobody, had answered.
    pub(super) fn add(&mut self, from: &str, row: &RequestRow, step: Move<'_>) {
        let to = match step.because {
            Some(because) => format!("{} ({because})", step.to),
            None => step.to.to_owned(),
        };
        self.moves.entry((from.to_owned(), to)).or_default().add(row, &step);
        self.total.add(row, &step);
    }

    /// Requests that would first have gone to somebody else.
    fn moved(&self) -> u64 {
        let elsewhere = self.moves.iter().filter(|((from, to), _)| from != to);
        elsewhere.map(|(_, sum)| sum.requests).sum()
    }

    /// The largest moves first.
    fn sorted(&self) -> Vec<(&(String, String), &Sum)> {
        let mut moves: Vec<_> = self.moves.iter().collect();
        moves.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.requests));
        moves
    }

    pub(in crate::command::replay) fn to_text(&self, path: &Path) -> String {
        let mut rows: Vec<_> = self.sorted().iter().map(|((from, to), sum)| sum.row(from, to)).collect();
        rows.push(self.total.row("all", ""));
        let mut text = format!(
            "{} requests planned anew by {}: {} would first have gone elsewhere\n\n{}\n\n",
            self.requests,
            path.display(),
            self.moved(),
            table::draw(2, HEADS, &rows)
        );
        text.push_str(&self.caveats().join("\n"));
        text
    }

    /// What the numbers can't say.
    fn caveats(&self) -> Vec<String> {
        let mut caveats = vec![
            "To is who would have been asked first; whether it had answered is not known.".to_owned(),
            "NewCost prices the tokens that were counted, with the same part of them cached; NewWait is what To has taken on average.".to_owned(),
        ];
        if self.total.unpriced > 0 {
            caveats.push(format!(
                "{} requests have no price: nobody counted their tokens.",
                self.total.unpriced
            ));
        }
        let untimed = self.total.requests - self.total.timed;
        if untimed > 0 {
            caveats.push(format!(
                "{untimed} requests are in no wait: To has answered nothing yet, or no times were kept."
            ));
        }
        if self.other_profile > 0 {
            caveats.push(format!(
                "{} requests had a profile that this configuration does not have; its default took them.",
                self.other_profile
            ));
        }
        caveats
    }

    pub(in crate::command::replay) fn to_json(&self) -> String {
        let moves = self.sorted();
        let moves: Vec<_> = moves
            .iter()
            .map(|((from, to), sum)| {
                let mut value = sum.to_json();
                value["from"] = from.as_str().into();
                value["to"] = to.as_str().into();
                value
            })
            .collect();
        json!({
            "requests": self.requests, "moved": self.moved(), "moves": moves, "total": self.total.to_json(),
            "requests_of_unknown_profiles": self.other_profile, "caveats": self.caveats(),
        })
        .to_string()
    }
}

fn dollars(amount: Usd) -> String {
    format!("{:.4}", amount.dollars())
}
