//! What becomes of messages: sent again while the collector's refusals pass, given up after a while, and told in the
//! log when that begins and when it is over.

use super::post::{Post, Refused};
use crate::router::Router;
use bytes::Bytes;
use canon::event::{Fact, Level, Notice};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The first wait before a message is sent again; each next one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest such wait, unless the collector names a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long a message is tried for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The way of one signal.
pub(super) struct Outbox {
    post: Post,
    signal: &'static str,
    router: Arc<Router>,
    stop: watch::Receiver<bool>,
    fails: bool,
}

impl Outbox {
    /// The way of a signal that goes to `post`.
    pub(super) fn new(
        post: Post,
        signal: &'static str,
        router: Arc<Router>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self { post, signal, router, stop, fails: false }
    }

    /// Sends a message, again and again if need be; once only when the program stops. What the collector answers;
    /// none where the message was given up.
    pub(super) async fn send(&mut self, message: Bytes) -> Option<Bytes> {
        let (began, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            let refused = match self.post.send(message.clone()).await {
                Ok(answer) => {
                    self.tell(None);
                    return Some(answer);
                }
                Err(refused) => refused,
            };
            self.tell(Some(&refused));
            let again = refused.again?.max(jittered(wait));
            wait = (wait * 2).min(LONGEST_WAIT);
            let patience = PATIENCE.saturating_sub(began.elapsed());
            if again > patience || self.stops_within(again).await {
                return None;
            }
        }
    }

    /// Sends a message once.
    pub(super) async fn send_once(&mut self, message: Bytes) -> bool {
        let sent = self.post.send(message).await;
        self.tell(sent.as_ref().err());
        sent.is_ok()
    }

    /// Whether the program stops before the wait is over, or does already.
    async fn stops_within(&mut self, wait: Duration) -> bool {
        // Without a sender nobody is left to stop it.
        tokio::time::timeout(wait, self.stop.wait_for(|stop| *stop)).await.is_ok()
    }

    /// Tells of the first failure after a success, and of the first success after a failure.
    fn tell(&mut self, refused: Option<&Refused>) {
        let fails = refused.is_some();
        if std::mem::replace(&mut self.fails, fails) == fails {
            return;
        }
        let mut fields = vec![("signal", self.signal.to_owned())];
        fields.extend(refused.map(|refused| ("error", refused.why.clone())));
        let notice = if fails {
            Notice { name: "otlp-export-failed", level: Level::Warning, fields }
        } else {
            Notice { name: "otlp-export-recovered", level: Level::Info, fields }
        };
        self.router.record(None, Fact::Notice(notice));
    }
}

/// Between half of a wait and all of it, so that many routers don't come back at once.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(0.5 + fastrand::f64() / 2.0)
}
