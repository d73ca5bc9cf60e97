//! Whether it goes on with an answer that was begun elsewhere, which `partial_stitch_action: resume` needs.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::ledger::Learned;
use canon::config::Prefill;
use serde_json::json;

pub(super) async fn run(patient: &Patient) -> Finding {
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(32, 512),
            "messages": [
                {"role": "user", "content": "Count from 1 to 12, separated by single spaces, and nothing else."},
                {"role": "assistant", "content": "1 2 3 4 5"}],
        }),
        stream: false,
        patience: patient.patience,
    };
    let heard = match patient.ask(&question).await {
        Ok(heard) => heard,
        Err(fault) if fault.counts_against_health() => {
            return Finding::skip(patient.shown(&fault.to_string()));
        }
        Err(fault) => {
            return Finding::ok(format!(
                "it refuses an answer that was begun: {}",
                patient.shown(&fault.message)
            ))
            .learned(prefill(Prefill::None));
        }
    };
    if goes_on(&heard.text()) {
        Finding::ok("it goes on where an answer broke off; `resume` can use it")
            .learned(prefill(Prefill::Plain))
    } else {
        Finding::ok("it begins anew; `resume` leaves it out").learned(prefill(Prefill::None))
    }
}

/// Whether a text goes on behind the five.
fn goes_on(text: &str) -> bool {
    text.trim_start().strip_prefix('6').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn prefill(prefill: Prefill) -> Learned {
    Learned { prefill: Some(prefill), ..Learned::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_begins_with_the_next_number() {
        assert!(goes_on(" 6 7 8") && goes_on("6"));
        assert!(!goes_on("1 2 3 4 5 6") && !goes_on("60") && !goes_on("Sure! 6 7"));
    }
}
