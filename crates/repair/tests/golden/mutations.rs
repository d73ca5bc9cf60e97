//! Laws on the corpus, damaged at random: nothing is lost, nothing depends on the cutting, nothing breaks.

use crate::case::{Case, cases, tools};
use crate::outcome::scan;
use repair::cursor::Edge;

/// How many mutations are tried.
const ROUNDS: u64 = 3_000;

#[test]
fn damage_at_random_keeps_the_laws() {
    let tools = tools();
    let corpus: Vec<Case> = cases("formats").into_iter().filter(|case| case.raw.len() < 600).collect();
    let mut random = Random(0x5eed);
    let mut wrong = 0;
    for _ in 0..ROUNDS {
        let mut case = corpus[random.below(corpus.len())].clone();
        for _ in 0..=random.below(3) {
            case.raw = mutate(&case.raw, &corpus[random.below(corpus.len())].raw, &mut random);
        }
        if random.below(4) == 0 {
            case.edge = Edge::Cut;
        }
        let whole = scan(&case, &tools, []);
        assert_eq!(whole.whole, case.raw, "bytes are lost");
        let step = 1 + random.below(9);
        let some = random.below(case.raw.len().max(1));
        for cuts in [(step..case.raw.len()).step_by(step).collect::<Vec<_>>(), vec![some]] {
            let cut = scan(&case, &tools, cuts);
            if cut.blocks != whole.blocks || cut.whole != case.raw {
                wrong += 1;
                println!(
                    "every {step} or at {some}, {:?}\n{}\n{:?}\n{:?}\n",
                    case.edge, case.raw, cut.blocks, whole.blocks
                );
            }
        }
    }
    assert_eq!(wrong, 0, "{wrong} cuttings differ");
}

/// A text with a piece taken out, doubled, cut off, or put in from another.
fn mutate(text: &str, other: &str, random: &mut Random) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = random.below(chars.len() + 1);
    let end = (at + 1 + random.below(8)).min(chars.len());
    let (before, piece, behind) = (&chars[..at], &chars[at..end.max(at)], &chars[end.max(at)..]);
    let join = |parts: &[&[char]]| parts.iter().flat_map(|part| part.iter()).collect::<String>();
    match random.below(5) {
        0 => join(&[before, behind]),
        1 => join(&[before, piece, piece, behind]),
        2 => join(&[before]),
        3 => {
            let others: Vec<char> = other.chars().collect();
            let from = random.below(others.len() + 1);
            join(&[before, &others[from..(from + random.below(40)).min(others.len())], piece, behind])
        }
        _ => join(&[
            before,
            &[['<', '>', '"', '{', '}', '\n', '`', '|', ' ', '\\'][random.below(10)]],
            piece,
            behind,
        ]),
    }
}

/// SplitMix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}
