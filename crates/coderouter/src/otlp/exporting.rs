//! The exporter: a thread with a runtime of its own, between the queue and the collector.

use super::ear::{BATCH, Ear, Shared};
use super::encode;
use super::outbox::Outbox;
use super::post::Post;
use super::settings::Settings;
use crate::config::Env;
use crate::recorder::Tracing;
use crate::router::Router;
use bytes::Bytes;
use canon::event::Fact;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};
use telemetry::attribute::Series;
use telemetry::shown;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long the last messages may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How often losses are counted.
const TALLY: Duration = Duration::from_millis(500);

/// An exporter that does not run yet.
pub struct Prepared {
    settings: Option<Settings>,
    shared: Arc<Shared>,
}

/// An exporter at work. Dropping it ends it too, without waiting for it.
pub struct Running {
    stop: watch::Sender<bool>,
    /// Closed once it has ended; none where nothing is exported.
    ended: Option<mpsc::Receiver<()>>,
}

impl Prepared {
    /// What the environment asks for.
    pub fn from_env(env: &Env) -> Self {
        Self { settings: Settings::read(env), shared: Arc::default() }
    }

    /// Who makes traces of facts, for the recorder; none where nothing is exported.
    pub fn tracing(&mut self) -> Option<Tracing> {
        let recorded = self.settings.as_ref()?.recorded()?;
        let mut ear = Ear::of(&self.shared);
        Some(Tracing { recorded, hear: Box::new(move |event, redactor| ear.hear(event, redactor)) })
    }

    /// Begins to export what the recorder of this router hears and counts.
    pub fn start(self, router: &Arc<Router>) -> Running {
        let (stop, stopped) = watch::channel(false);
        let Some(mut settings) = self.settings else { return Running { stop, ended: None } };
        for notice in settings.notices.drain(..) {
            router.record(None, Fact::Notice(notice));
        }
        let exporter = Exporter {
            earlier: router.recorder().look(shown::series),
            start: SystemTime::now(),
            settings: Arc::new(settings),
            shared: self.shared,
            router: Arc::clone(router),
            stop: stopped,
        };
        let (running, ended) = mpsc::channel();
        let work = move || {
            exporter.run();
            drop::<mpsc::Sender<()>>(running);
        };
        // Where the system gives no thread nothing is exported, and what the queue can't hold is lost.
        let _ = thread::Builder::new().name("otlp".into()).spawn(work);
        Running { stop, ended: Some(ended) }
    }
}

impl Running {
    /// Sends what is left, for as long as last words may take.
    pub fn stop(self) {
        self.stop.send_replace(true);
        if let Some(ended) = self.ended {
            let _ = ended.recv_timeout(LAST_WORDS + Duration::from_millis(250));
        }
    }
}

struct Exporter {
    settings: Arc<Settings>,
    shared: Arc<Shared>,
    router: Arc<Router>,
    stop: watch::Receiver<bool>,
    /// What had been counted by earlier runs: it is not this one's to tell.
    earlier: Vec<Series>,
    start: SystemTime,
}

impl Exporter {
    fn run(mut self) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(self.serve());
        runtime.shutdown_background();
        self.count();
    }

    async fn serve(&mut self) {
        let mut stop = self.stop.clone();
        let too_late = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let Some(settings) = Arc::get_mut(&mut self.settings) else { return };
        let (traces, metrics) = (settings.traces.take(), settings.metrics.take());
        let this = &*self;
        let outbox = |post, signal| Outbox::new(post, signal, Arc::clone(&this.router), this.stop.clone());
        let work = async {
            let spans = async {
                if let Some(target) = traces {
                    this.spans(outbox(Post::to(target), "traces")).await;
                }
            };
            let metrics = async {
                if let Some(target) = metrics {
                    this.metrics(outbox(Post::to(target), "metrics")).await;
                }
            };
            tokio::join!(spans, metrics)
        };
        tokio::select! {
            _ = work => {}
            () = too_late => {}
            () = this.tally() => {}
        }
        // Nobody is left to send them.
        self.shared.lose(self.shared.waiting() as u64);
    }

    /// Sends spans every few seconds, or sooner where there is a whole message of them.
    async fn spans(&self, mut outbox: Outbox) {
        loop {
            let stops = self.rest(Instant::now() + self.settings.delay, true).await;
            while let Some(mut batch) = Batch::of(&self.shared) {
                if let Some(answer) = outbox.send(encode::spans(&self.settings.resource, &batch.spans)).await
                {
                    batch.arrived(&answer);
                }
            }
            if stops {
                return;
            }
        }
    }

    /// Sends numbers every minute. One that fails is not sent again: the next one says more.
    async fn metrics(&self, mut outbox: Outbox) {
        loop {
            let stops = self.rest(Instant::now() + self.settings.interval, false).await;
            if !outbox.send_once(self.reading()).await {
                self.router.recorder().recall(|seen| seen.untold("metrics", 1));
            }
            if stops {
                return;
            }
        }
    }

    fn reading(&self) -> Bytes {
        let counted = self.router.recorder().look(shown::series);
        let counted = counted.into_iter().map(|series| series.since(&self.earlier));
        let series: Vec<Series> = self.shared.measured().into_iter().chain(counted).collect();
        encode::metrics(&self.settings.resource, &series, self.start, SystemTime::now())
    }

    /// Waits; whether the program stops.
    async fn rest(&self, until: Instant, for_a_batch: bool) -> bool {
        let mut stop = self.stop.clone();
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => true,
            () = sleep_until(until) => false,
            () = self.shared.batch.notified(), if for_a_batch => false,
        }
    }

    /// Counts what is lost as long as there is somebody to look.
    async fn tally(&self) {
        loop {
            tokio::time::sleep(TALLY).await;
            self.count();
        }
    }

    fn count(&self) {
        let lost = self.shared.take_lost();
        if lost > 0 {
            self.router.recorder().recall(|seen| seen.untold("spans", lost));
        }
    }
}

/// Spans on their way. What has not arrived when it is dropped is lost.
struct Batch<'s> {
    shared: &'s Shared,
    spans: Vec<telemetry::traces::Span>,
    on_way: u64,
}

impl<'s> Batch<'s> {
    fn of(shared: &'s Shared) -> Option<Self> {
        let spans = shared.take();
        debug_assert!(spans.len() <= BATCH);
        (!spans.is_empty()).then(|| Self { shared, on_way: spans.len() as u64, spans })
    }

    /// All have arrived but those that the collector says it has not taken.
    fn arrived(&mut self, answer: &[u8]) {
        let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        self.on_way = u64::try_from(rejected).unwrap_or(0).min(self.on_way);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.shared.lose(self.on_way);
    }
}
