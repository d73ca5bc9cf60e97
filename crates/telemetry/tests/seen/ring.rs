//! The latest facts, and readers that come back for more.

use crate::story::{heard, of};
use canon::event::Fact;
use canon::id::RequestId;
use proptest::prelude::*;
use telemetry::seen::{RING, Seen};

fn more(seen: &mut Seen, count: u64) {
    for _ in 0..count {
        seen.hear(of(seen.cursor() + 1, 1.0, Fact::Stopped));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_reader_gets_every_fact_or_is_told_how_many_it_missed(steps in prop::collection::vec(0_u64..6_000, 1..6)) {
        let (mut seen, mut cursor, mut got) = (heard([]), 0, 0);
        for step in steps {
            more(&mut seen, step);
            let since = seen.since(cursor);
            got += since.missed;
            for (number, event) in since.events {
                got += 1;
                prop_assert_eq!(number, got);
                prop_assert_eq!(event.request, Some(RequestId::new(number)));
                cursor = number;
            }
            prop_assert_eq!(got, seen.cursor());
            prop_assert_eq!(seen.since(seen.cursor()).events.count(), 0);
        }
    }
}

#[test]
fn a_cursor_of_an_earlier_run_gets_all_there_is() {
    let mut seen = heard([]);
    more(&mut seen, 3);
    let counts = |seen: &Seen, cursor| {
        let since = seen.since(cursor);
        (since.missed, since.events.count())
    };
    assert_eq!(counts(&seen, 99), (0, 3));
    more(&mut seen, RING as u64);
    assert_eq!(counts(&seen, 99_999), (3, RING));
}

#[test]
fn a_requests_facts_are_found() {
    let seen = heard([of(1, 1.0, Fact::Stopped), of(2, 1.0, Fact::Stopped), of(1, 2.0, Fact::Stopped)]);
    assert_eq!(seen.facts_of(RequestId::new(1)).count(), 2);
}
