//! Clients that leave, and clients that read slowly: the backend notices.

use crate::ask::{Crossing, Stream, crossings, streams};
use crate::house::{House, house};
use crate::line::Line;
use crate::together::{across, together};
use rehearsal::{Mishap, Outcome, Point, Reply, Seen};
use std::time::{Duration, Instant};

/// How soon a backend must know.
const SOON: Duration = Duration::from_secs(1);

/// When a client leaves, and the act it leaves in the middle of.
#[derive(Clone, Copy, Debug)]
enum Moment {
    BeforeHead,
    AfterHead,
    InMidStream,
}

impl Moment {
    fn acts(self) -> &'static [&'static str] {
        match self {
            Self::BeforeHead => &["hang", "hang-after-head", "hang-after-start"],
            Self::AfterHead => &["hang-mid-stream:1"],
            Self::InMidStream => &["hang-mid-stream:4", "endless-stream:5"],
        }
    }

    async fn reached(self, house: &House, line: &mut Line) {
        house.backend("first").wait_for(1).await.expect("the request");
        match self {
            Self::BeforeHead => {}
            Self::AfterHead => assert_eq!(line.head().await.expect("a head").status, 200),
            Self::InMidStream => {
                line.head().await.expect("a head");
                line.body_until("This ").await;
            }
        }
    }
}

async fn is_cancelled(house: &House, what: &str) {
    let left = Instant::now();
    let cancelled = |seen: &[Seen]| seen.iter().all(|seen| matches!(seen.outcome, Outcome::Cancelled { .. }));
    house.backend("first").wait_until(cancelled).await.unwrap_or_else(|error| {
        panic!("{what}: {error}");
    });
    assert!(left.elapsed() < SOON, "{what}: after {:?}", left.elapsed());
}

async fn leaves(crossing: Crossing, moment: Moment, act: &str) {
    let plan = house().provider("first", crossing.backend, act).provider("second", crossing.backend, "ok");
    let house = plan.open().await;
    let mut line = house.connect().await;
    line.send(crossing.ask().raw(&house)).await;
    moment.reached(&house, &mut line).await;
    drop(line);
    let what = format!("{moment:?} {act} {crossing:?}");
    is_cancelled(&house, &what).await;
    assert_eq!(house.backend("second").requests().len(), 0, "nobody is there to answer: {what}");
    let log = house.log();
    assert!(log.contains("client-disconnect"), "{what}\n{log}");
}

#[tokio::test]
async fn a_backend_stops_when_its_client_leaves() {
    for moment in [Moment::BeforeHead, Moment::AfterHead, Moment::InMidStream] {
        let all = across(moment.acts(), streams());
        together(all.into_iter().map(|(act, crossing)| leaves(crossing, moment, act))).await;
    }
}

#[tokio::test]
async fn plain_answers_are_cancelled_too() {
    let plain = crossings().filter(|crossing| crossing.form != Stream);
    let all = across(&["hang", "hang-after-head"], plain);
    together(all.into_iter().map(|(act, crossing)| leaves(crossing, Moment::BeforeHead, act))).await;
}

/// A client that has ended its sending side has left, as far as HTTP can tell.
#[tokio::test]
async fn half_a_connection_is_none() {
    for crossing in crossings() {
        let house = house().provider("first", crossing.backend, "hang").open().await;
        let mut line = house.connect().await;
        line.send(crossing.ask().raw(&house)).await;
        house.backend("first").wait_for(1).await.expect("the request");
        line.half_close().await;
        is_cancelled(&house, &format!("{crossing:?}")).await;
    }
}

/// A client that reads nothing holds its backend back: what lies between them is what sockets hold.
#[tokio::test]
async fn a_slow_reader_slows_its_backend() {
    together(streams().map(slow_reader)).await;
}

async fn slow_reader(crossing: Crossing) {
    const MOST: u64 = 24 << 20;
    let reply = Reply::text("x".repeat(16 * 1024)).answer();
    let endless = reply.fails(Point::Contents(1), Mishap::Deltas(Duration::ZERO));
    let house = house().provider("first", crossing.backend, endless).open().await;
    let mut line = house.connect_narrow().await;
    line.send(crossing.ask().raw(&house)).await;
    line.head().await.expect("a head");
    let backend = house.backend("first");
    let mut sent = 0;
    // Until it stands still.
    while backend.bytes_sent() > sent || sent == 0 {
        sent = backend.bytes_sent();
        assert!(sent < MOST, "{crossing:?}: {sent} bytes");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // It is held back, not dead: as the client reads on, more comes.
    let mut read = 0;
    while backend.bytes_sent() == sent {
        read += line.piece().await.expect("an open connection").expect("more").len() as u64;
        assert!(read < MOST, "{crossing:?}");
    }
    drop(line);
    is_cancelled(&house, &format!("{crossing:?}")).await;
}

/// What one client does harms no other.
#[tokio::test]
async fn others_are_served_meanwhile() {
    for crossing in streams() {
        let house = house().provider("first", crossing.backend, "endless-stream, ok").open().await;
        let mut slow = house.connect_narrow().await;
        slow.send(crossing.ask().raw(&house)).await;
        slow.head().await.expect("a head");
        for _ in 0..20 {
            assert_eq!(house.ask(&crossing.ask()).await.failure, None, "{crossing:?}");
        }
    }
}
