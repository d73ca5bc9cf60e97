//! Scenarios that begin an answer, or take a request, and then break off.

use std::time::Duration;

use super::{Scenario, agent, speech};
use crate::act::Act;
use crate::mishap::{Mishap, Point};

pub(super) const ALL: &[Scenario] = &[
    Scenario::plain("drop", "Closes the connection instead of answering.", |_| Act::drop_connection()),
    Scenario::plain("reset", "Breaks the connection instead of answering.", |_| Act::reset()),
    Scenario::plain("hang", "Takes the request and never answers.", |_| Act::hang()),
    Scenario::plain("hang-after-head", "Sends its headers and nothing more.", |_| {
        fails(Point::Events(0), Mishap::Hang)
    }),
    Scenario::plain("hang-after-start", "Opens its answer and says nothing more.", |_| {
        fails(Point::Events(1), Mishap::Hang)
    }),
    Scenario::counted("hang-mid-stream", "Stops in the middle of its text.", WORDS, |words| {
        fails(Point::Contents(words as usize), Mishap::Hang)
    }),
    Scenario::plain("hang-at-end", "Says everything but never ends the body.", |_| {
        fails(Point::End, Mishap::Hang)
    }),
    Scenario::plain("die-after-head", "Sends its headers and closes.", |_| {
        fails(Point::Events(0), Mishap::Close)
    }),
    Scenario::plain("die-after-start", "Opens its answer and closes.", |_| {
        fails(Point::Events(1), Mishap::Close)
    }),
    Scenario::counted("die-mid-stream", "Closes in the middle of its text.", WORDS, |words| {
        fails(Point::Contents(words as usize), Mishap::Close)
    }),
    Scenario::counted(
        "reset-mid-stream",
        "Breaks the connection in the middle of its text.",
        WORDS,
        |words| fails(Point::Contents(words as usize), Mishap::Reset),
    ),
    Scenario::counted(
        "half-close-mid-stream",
        "Sends FIN in the middle but keeps the connection.",
        WORDS,
        |words| fails(Point::Contents(words as usize), Mishap::HalfClose),
    ),
    Scenario::counted("end-mid-stream", "Ends its body cleanly in the middle of its text.", WORDS, |words| {
        fails(Point::Contents(words as usize), Mishap::CleanEnd)
    }),
    Scenario::plain("die-mid-call", "Closes in the middle of a tool call's arguments.", |_| {
        // The agent opens with four words; behind them come the pieces of the call.
        agent(|answer| answer.fails(Point::Contents(7), Mishap::Close))
    }),
    Scenario::plain(
        "end-mid-call",
        "Ends its body cleanly in the middle of a tool call's arguments.",
        |_| agent(|answer| answer.fails(Point::Contents(7), Mishap::CleanEnd)),
    ),
    Scenario::plain("no-terminator", "Says everything but the dialect's own end.", |_| {
        fails(Point::BeforeClosing, Mishap::CleanEnd)
    }),
    Scenario::plain("no-last-chunk", "Says everything and closes without the last chunk.", |_| {
        fails(Point::End, Mishap::Close)
    }),
    Scenario::plain("error-first", "Sends an error frame as its first event.", |_| {
        fails(Point::Events(0), Mishap::Error(String::from("Overloaded")))
    }),
    Scenario::counted("error-frame", "Sends an error frame in the middle of its text.", WORDS, |words| {
        fails(Point::Contents(words as usize), Mishap::Error(String::from("Overloaded")))
    }),
    Scenario::counted(
        "comments-forever",
        "Sends keep-alive comments for ever.",
        ("milliseconds between", 100),
        |pause| fails(Point::Events(0), Mishap::Comments(Duration::from_millis(pause))),
    ),
    Scenario::counted(
        "comments-after-start",
        "Opens its answer, then only comments.",
        ("milliseconds between", 100),
        |pause| fails(Point::Events(1), Mishap::Comments(Duration::from_millis(pause))),
    ),
];

const WORDS: (&str, u64) = ("words before it", 4);

fn fails(at: Point, mishap: Mishap) -> Act {
    speech().answer().fails(at, mishap).into()
}
