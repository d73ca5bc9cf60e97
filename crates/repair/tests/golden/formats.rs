//! Recall: every family, clean and damaged, whole and in pieces.

use crate::case::{Case, cases, tools};
use crate::outcome::{calls, first_out, same, scan};
use std::collections::BTreeMap;

/// The least share of exact outcomes, in percent.
const FLOOR: f64 = 99.0;

#[test]
fn calls_are_found_in_every_family() {
    let tools = tools();
    let mut report: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in cases("formats") {
        let outcome = scan(&case, &tools, []);
        let row = report.entry(case.file.clone()).or_default();
        row.0 += 1;
        let (got, expected) = (calls(&outcome.blocks), calls(&case.expected));
        let exact = got.len() == expected.len()
            && got.iter().zip(&expected).all(|(a, b)| a.0 == b.0 && a.1.same(&b.1));
        row.1 += usize::from(exact);
        if same(&outcome.blocks, &case.expected) {
            row.2 += 1;
        } else {
            wrong.push((case, outcome));
        }
    }
    let (mut all, mut exact, mut whole) = (0, 0, 0);
    println!("{:36} {:>6} {:>8} {:>10}", "family", "cases", "calls %", "outcome %");
    for (file, row) in &report {
        let share = |part: usize| 100.0 * part as f64 / row.0 as f64;
        println!("{file:36} {:6} {:8.1} {:10.1}", row.0, share(row.1), share(row.2));
        (all, exact, whole) = (all + row.0, exact + row.1, whole + row.2);
    }
    for (case, outcome) in &wrong {
        println!("\n=== {}: {} {:?}", case.file, case.title, case.damage);
        println!("--- raw\n{}", case.raw);
        println!("--- expected {:#?}\n--- got {:#?}\n{:?}", case.expected, outcome.blocks, outcome.rejected);
    }
    let share = |part: usize| 100.0 * part as f64 / all as f64;
    println!("\n{all} cases, exact calls {:.2} %, exact outcomes {:.2} %", share(exact), share(whole));
    assert!(share(exact) >= FLOOR && share(whole) >= FLOOR, "exact calls {:.2} %", share(exact));
}

#[test]
fn every_cutting_gives_the_same() {
    let tools = tools();
    let corpus: Vec<Case> =
        cases("formats").into_iter().chain(cases("negatives")).filter(|case| case.tools).collect();
    let mut wrong = Vec::new();
    for case in &corpus {
        let whole = scan(case, &tools, []);
        assert_eq!(whole.whole, case.raw, "{}: {}: bytes are lost", case.file, case.title);
        let mut check = |how: String, cuts: &mut dyn Iterator<Item = usize>| {
            let cut = scan(case, &tools, cuts);
            if cut.blocks != whole.blocks || cut.whole != case.raw {
                wrong.push(format!(
                    "{}: {}: {how}\n{}\n{:?}\n{:?}",
                    case.file, case.title, case.raw, cut.blocks, whole.blocks
                ));
            }
        };
        for step in [1, 2, 3, 7, 16] {
            check(format!("every {step}"), &mut (step..case.raw.len()).step_by(step));
        }
        if case.raw.len() < 160 {
            for at in 1..case.raw.len() {
                check(format!("at {at}"), &mut std::iter::once(at));
            }
        }
    }
    wrong.iter().take(40).for_each(|it| println!("{it}\n"));
    assert!(wrong.is_empty(), "{} cuttings differ", wrong.len());
}

/// How many pieces may come in before what was said first goes out.
const PIECES: usize = 3;

#[test]
fn prose_goes_out_within_three_pieces() {
    let tools = tools();
    let mut seen = 0;
    for case in cases("formats").into_iter().chain(cases("negatives")) {
        // Prose that begins with a word of letters and goes on as prose.
        let begins = case.raw.chars().take(24).all(|it| it.is_alphabetic() || " ,.'".contains(it));
        let names_tool =
            case.raw.split([' ', '\n']).next().is_some_and(|word| tools.knows(word.trim_matches(',')));
        if !case.tools || !begins || names_tool || case.thinking || case.raw.len() < 24 {
            continue;
        }
        seen += 1;
        for size in [4, 8] {
            let sent = first_out(&case, &tools, size);
            assert!(sent <= PIECES, "{}: {}: {sent} pieces of {size}\n{}", case.file, case.title, case.raw);
        }
    }
    assert!(seen > 80, "only {seen} cases begin with prose");
}
