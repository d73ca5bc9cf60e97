//! Precision: texts that are no calls come out as they went in, byte for byte.

use crate::case::{Block, cases, tools};
use crate::outcome::scan;
use repair::toolbox::Toolbox;
use std::sync::Arc;

#[test]
fn no_call_is_invented() {
    let declared = tools();
    let none = Arc::new(Toolbox::default());
    let mut wrong = 0;
    let all = cases("negatives");
    assert!(all.len() >= 150, "only {} negatives", all.len());
    for case in all {
        let tools = if case.tools { &declared } else { &none };
        // Without tools nothing is scanned.
        if !case.tools {
            continue;
        }
        let outcome = scan(&case, tools, []);
        let expected =
            if case.thinking { Block::Thinking(case.raw.clone()) } else { Block::Text(case.raw.clone()) };
        if outcome.blocks != [expected] {
            wrong += 1;
            println!("\n=== {}: {}\n{}\n--- got {:#?}", case.file, case.title, case.raw, outcome.blocks);
        }
    }
    assert_eq!(wrong, 0, "{wrong} negatives changed");
}
