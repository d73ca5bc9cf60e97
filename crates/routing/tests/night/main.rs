//! A night of eight hours, in a blink: chains of three whose members crash, leak memory, slow down, answer badly,
//! refuse and come back by a seeded script, six agents that go on all the while, and the laws that hold meanwhile.
//!
//! Nothing here looks at a clock or rolls dice of its own: the same seed is the same night.

mod agent;
mod allowance;
mod backend;
mod dice;
mod healing;
mod laws;
mod meter;
mod night;
mod past;
mod purse;
mod script;
mod setting;
mod transcript;
mod turns;
mod walk;

use agent::Habit;
use night::{Night, Tally, Telling};
use routing::view::HOMES_LIMIT;
use setting::Theme;

/// The nights of each theme.
const NIGHTS: u64 = 75;

/// The least turns of a night.
const TURNS: u64 = 1_000;

/// Lives through the nights of a theme: the laws are demanded at every step.
fn nights(theme: Theme) -> Tally {
    let mut sum = Tally::default();
    for seed in 0..NIGHTS {
        let Tally { turns, attempts, errors, waits, bound, exclusions } =
            Night::lived(seed, theme, Telling::Brief).tally;
        assert!(turns >= TURNS, "seed {seed} has {turns} turns");
        sum.turns += turns;
        sum.attempts += attempts;
        sum.errors += errors;
        sum.waits += waits;
        sum.bound += bound;
        sum.exclusions += exclusions;
    }
    // A law about nothing holds always.
    assert!(sum.attempts > sum.turns / 2 && sum.errors > 0 && sum.bound > sum.turns / 4, "{sum:?}");
    sum
}

#[test]
fn nights_with_nothing_set_are_survived() {
    nights(Theme::Defaults);
}

#[test]
fn nights_of_sickness_are_survived() {
    assert!(nights(Theme::Sickness).exclusions > 100);
}

#[test]
fn nights_of_little_money_are_survived() {
    nights(Theme::Money);
}

#[test]
fn nights_of_tight_limits_are_survived() {
    assert!(nights(Theme::Limits).waits > 100);
}

#[test]
fn the_same_seed_is_the_same_night() {
    for seed in 1_000..1_004 {
        for theme in [Theme::Defaults, Theme::Sickness, Theme::Money, Theme::Limits] {
            let told = || Night::lived(seed, theme, Telling::Whole).transcript;
            assert_eq!(told(), told(), "seed {seed}");
        }
    }
    let of = |seed| Night::lived(seed, Theme::Sickness, Telling::Brief).transcript;
    assert_ne!(of(1), of(2));
}

#[test]
fn memory_is_bounded_however_many_strangers_come() {
    let night = Night::lived_by(7, Theme::Sickness, Telling::Brief, Habit::Strangers);
    assert!(night.tally.turns > 3 * HOMES_LIMIT as u64, "{:?}", night.tally);
}
