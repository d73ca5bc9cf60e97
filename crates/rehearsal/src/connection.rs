//! One connection: requests in, steps out, and an eye on whether the client is still there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::Instant;

use crate::ask::{Dialect, Endpoint};
use crate::backend::Stage;
use crate::bench::Bench;
use crate::request::{Head, Inlet, Malformed};
use crate::response::Response;
use crate::script::{Script, Start};
use crate::seen::{Outcome, Seen};
use crate::step::{self, After, Step};
use crate::transport::Transport;

/// Serves a connection until either side ends it.
pub(crate) async fn serve(mut socket: TcpStream, stage: Arc<Stage>) {
    let number = stage.accepted.fetch_add(1, Ordering::Relaxed) + 1;
    let _open = Open::count(&stage);
    // Every write shall leave at once; where that fails the connection is dead already, and reading will
    // tell.
    let _ = socket.set_nodelay(true);
    let (read, write) = socket.split();
    let mut connection = Connection { read, write, inlet: Inlet::default(), number, stage: &stage };
    while connection.exchange().await == After::Kept {}
}

/// Counts a connection as open while it lives.
struct Open<'a>(&'a Stage);

impl<'a> Open<'a> {
    fn count(stage: &'a Stage) -> Self {
        stage.open.fetch_add(1, Ordering::Relaxed);
        Self(stage)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Connection<'a> {
    read: ReadHalf<'a>,
    write: WriteHalf<'a>,
    inlet: Inlet,
    number: u64,
    stage: &'a Stage,
}

impl Connection<'_> {
    /// One request and its answer.
    async fn exchange(&mut self) -> After {
        let head = match self.inlet.head(&mut self.read).await {
            Ok(Some(head)) => head,
            Ok(None) => return After::Over,
            Err(malformed) => return self.refuse(&malformed).await,
        };
        let target = String::from_utf8_lossy(head.target()).into_owned();
        let path = target.split('?').next().unwrap_or_default();
        let script = self.stage.script();
        let after = match script.route(path) {
            None => self.recorded(&head, &Script::always(Response::status(404)).everywhere(), path).await,
            Some((script, path)) => match (script.prepared(), Endpoint::of(path)) {
                (Some(bench), Endpoint::Generate(dialect)) => self.prepared(&head, bench, dialect).await,
                _ => self.recorded(&head, script, path).await,
            },
        };
        if head.keep_alive { after } else { After::Over }
    }

    async fn recorded(&mut self, head: &Head, script: &Script, path: &str) -> After {
        let body = match script.start() {
            Start::AfterHead => Bytes::new(),
            Start::AfterBody => match self.body(head).await {
                Ok(body) => body,
                Err(malformed) => return self.refuse(&malformed).await,
            },
        };
        let seen = Seen {
            method: head.method(),
            target: String::from_utf8_lossy(head.target()).into_owned(),
            headers: head.headers(),
            body,
            connection: self.number,
            arrived: Instant::now(),
            outcome: Outcome::Playing,
        };
        let steps = script.play(&seen, path);
        let ticket = self.stage.log.note(seen);
        let after = self.play(&steps).await;
        let outcome = match after {
            Some(_) => Outcome::Played,
            None => Outcome::Cancelled { at: Instant::now() },
        };
        self.stage.log.settle(ticket, outcome);
        match script.start() {
            Start::AfterBody => after.unwrap_or(After::Over),
            Start::AfterHead => After::Over,
        }
    }

    async fn prepared(&mut self, head: &Head, bench: &Bench, dialect: Dialect) -> After {
        let body = match self.body(head).await {
            Ok(body) => body,
            Err(malformed) => return self.refuse(&malformed).await,
        };
        self.play(bench.steps(dialect, &body)).await.unwrap_or(After::Over)
    }

    async fn body(&mut self, head: &Head) -> Result<Bytes, Malformed> {
        if head.expects_continue {
            self.write.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        self.inlet.body(&mut self.read, head.body).await
    }

    /// Plays the steps; `None` when the client left before their end.
    async fn play(&mut self, steps: &[Step]) -> Option<After> {
        self.stage.served.fetch_add(1, Ordering::Relaxed);
        tokio::select! {
            // Most answers are written at once, and then nobody needs to look whether the client left.
            biased;
            played = step::play(&mut self.write, steps, &self.stage.sent) => played.ok(),
            () = self.inlet.gone(&mut self.read) => None,
        }
    }

    /// Answers what can't be read; the connection is of no use after that.
    async fn refuse(&mut self, malformed: &Malformed) -> After {
        let response = match malformed {
            Malformed::CutOff => return After::Over,
            Malformed::TooLong => Response::status(413),
            Malformed::Framing(why) => Response::status(400).message(*why),
        };
        let message = response.header("connection", "close").to_message(Dialect::OpenAi);
        self.play(&Transport::default().steps(message, false)).await;
        After::Over
    }
}
