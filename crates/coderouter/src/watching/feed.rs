//! Facts as they come, as server-sent events, and the overview from time to time.
//!
//! Nothing is kept for a reader but its place. One that reads slowly is told how many facts it has missed; nobody ever
//! waits for it.

use super::{Filter, overview};
use crate::exchange::{Sink, event_stream};
use crate::router::Router;
use bytes::Bytes;
use http::Response;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use telemetry::line;
use telemetry::seen::Seen;
use tokio::time::{Instant, sleep_until, timeout_at};

/// The most bytes that are made at a time: a reader that stalls keeps no more than this from being freed.
const PIECE: usize = 64 * 1024;

/// Between two overviews while something happens, and while nothing does.
const OVERVIEW: Duration = Duration::from_secs(2);
const QUIET_OVERVIEW: Duration = Duration::from_secs(10);

/// Between two comments that keep the connection.
const PING: Duration = Duration::from_secs(15);

/// How long facts gather before they are sent.
const GATHER: Duration = Duration::from_millis(100);

/// Sends what a filter passes until the reader leaves or the program stops.
pub async fn follow(router: Arc<Router>, filter: Filter, mut sink: Sink) {
    let mut latest = router.recorder().follow();
    let mut response = Response::new(());
    event_stream(response.headers_mut());
    sink.begin(response).await;
    let mut feed = Feed::new(&router, filter);
    loop {
        if latest.borrow_and_update().is_over {
            return;
        }
        while feed.next().await {
            sink.send(Bytes::from(std::mem::take(&mut feed.piece))).await;
        }
        let is_news = timeout_at(feed.due(), latest.changed()).await.is_ok();
        if is_news {
            feed.is_quiet = false;
            sleep_until(Instant::now() + GATHER).await;
        }
    }
}

/// One reader's place.
struct Feed<'a> {
    router: &'a Arc<Router>,
    filter: Filter,
    /// The number of the last fact it was shown, or that was not for it.
    cursor: u64,
    /// What it gets next.
    piece: Vec<u8>,
    told: Option<Instant>,
    sent: Instant,
    /// Whether nothing has happened since the last overview.
    is_quiet: bool,
}

impl<'a> Feed<'a> {
    fn new(router: &'a Arc<Router>, filter: Filter) -> Self {
        let (cursor, started_at) =
            router.recorder().look(|seen, _| (beginning(seen, &filter), seen.started_at()));
        // Numbers begin anew with each run: whoever comes back has to know whether theirs still count.
        let run = started_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let piece = format!("id: {cursor}\nevent: begin\ndata: {{\"run\": {run}}}\n\n").into_bytes();
        Self { router, filter, cursor, piece, told: None, sent: Instant::now(), is_quiet: false }
    }

    /// Makes the next piece; whether there is one.
    async fn next(&mut self) -> bool {
        self.facts();
        if self.filter.overview && self.overview_due() <= Instant::now() {
            let overview = overview(self.router).await;
            // Writing to a vector can't fail.
            let _ = write!(self.piece, "event: overview\ndata: {overview}\n\n");
            (self.told, self.is_quiet) = (Some(Instant::now()), true);
        }
        if self.piece.is_empty() && self.sent + PING <= Instant::now() {
            self.piece.extend_from_slice(b":\n\n");
        }
        if !self.piece.is_empty() {
            self.sent = Instant::now();
        }
        !self.piece.is_empty()
    }

    fn facts(&mut self) {
        let Self { router, filter, cursor, piece, .. } = self;
        router.recorder().look(|seen, redactor| {
            let since = seen.since(*cursor);
            if since.missed > 0 {
                let _ = write!(piece, "event: missed\ndata: {{\"missed\": {}}}\n\n", since.missed);
            }
            for (number, event) in since.events {
                *cursor = number;
                if filter.wants(event) {
                    let _ = write!(piece, "id: {number}\nevent: fact\ndata: ");
                    line::write_json(event, redactor, piece);
                    piece.push(b'\n');
                }
                if piece.len() >= PIECE {
                    return;
                }
            }
            *cursor = seen.cursor();
        });
    }

    fn overview_due(&self) -> Instant {
        let pause = if self.is_quiet { QUIET_OVERVIEW } else { OVERVIEW };
        self.told.map_or_else(Instant::now, |told| told + pause)
    }

    /// When something has to be sent though nothing happens.
    fn due(&self) -> Instant {
        let ping = self.sent + PING;
        if self.filter.overview { ping.min(self.overview_due()) } else { ping }
    }
}

/// Where a reader begins.
fn beginning(seen: &Seen, filter: &Filter) -> u64 {
    let latest = seen.cursor();
    if let Some(after) = filter.after {
        // A number that nobody has had yet is of an earlier run: all is new then.
        return if after > latest { 0 } else { after };
    }
    let wanted = seen.since(0).events.filter(|(_, event)| filter.wants(event)).map(|(number, _)| number);
    let wanted: Vec<u64> = wanted.collect();
    let first = wanted.len().saturating_sub(filter.last);
    wanted.get(first).map_or(latest, |number| number - 1)
}
