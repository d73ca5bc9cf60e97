//! Where facts go: through a bounded queue to one thread that writes log lines and makes records, off the hot path.

use crate::memory::Records;
use canon::event::{Event, Fact, Level, Notice};
use canon::id::RequestId;
use crossbeam_queue::ArrayQueue;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use telemetry::line::{self, UtcOffset};
use telemetry::redact::Redactor;

/// Facts that may wait to be written; what comes while the queue is full is counted, not kept.
const QUEUE: usize = 8_192;

/// How long the writer gathers facts before it writes them.
const GATHER: Duration = Duration::from_millis(20);

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One short line a fact, for people.
    Short,
    /// One JSON object a line.
    Json,
    /// Nothing.
    Off,
}

/// Takes facts from anywhere without waiting.
pub struct Recorder {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: ArrayQueue<Event>,
    dropped: AtomicU64,
    stop: AtomicBool,
    asleep: AtomicBool,
    wake: (Mutex<()>, Condvar),
    redactor: RwLock<Arc<Redactor>>,
    format: LogFormat,
    offset: UtcOffset,
    records: Option<Records>,
}

impl Recorder {
    /// Starts the writer. Lines go to `out`.
    pub fn start(format: LogFormat, out: impl Write + Send + 'static) -> Self {
        Self::start_with(format, out, None)
    }

    /// The same where facts become records as well.
    pub fn start_with(format: LogFormat, out: impl Write + Send + 'static, records: Option<Records>) -> Self {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(QUEUE),
            dropped: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            wake: (Mutex::new(()), Condvar::new()),
            redactor: RwLock::new(Arc::new(Redactor::new([]))),
            format,
            offset: UtcOffset { seconds: jiff::Zoned::now().offset().seconds() },
            records,
        });
        let writing = Arc::clone(&shared);
        let writer = thread::Builder::new().name("log".into()).spawn(move || writing.write(out)).ok();
        Self { shared, writer: Mutex::new(writer) }
    }

    /// Redacts by these secrets from now on.
    pub fn redact_with(&self, redactor: Arc<Redactor>) {
        *self.shared.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    /// Records a fact. Never waits.
    pub fn record(&self, request: Option<RequestId>, fact: Fact) {
        if self.shared.format == LogFormat::Off && self.shared.records.is_none() {
            return;
        }
        let event = Event { at: SystemTime::now(), request, fact };
        if self.shared.queue.push(event).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if self.shared.asleep.load(Ordering::Relaxed) {
            self.shared.wake.1.notify_one();
        }
    }

    /// Writes what is left and stops.
    pub fn flush(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.wake.1.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Shared {
    fn write(&self, mut out: impl Write) {
        let mut lines = Vec::new();
        loop {
            let stopping = self.stop.load(Ordering::SeqCst);
            self.drain(&mut lines);
            if !lines.is_empty() {
                // A log that can't be written must not stop the router; the loss shows in the log itself.
                let _ = out.write_all(&lines).and_then(|()| out.flush());
                lines.clear();
            }
            if stopping && self.queue.is_empty() {
                self.records.iter().for_each(Records::flush);
                return;
            }
            self.rest();
        }
    }

    fn drain(&self, lines: &mut Vec<u8>) {
        let redactor = Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner));
        while let Some(event) = self.queue.pop() {
            self.line(&event, &redactor, lines);
            if let Some(records) = &self.records {
                records.hear(&event, &redactor);
            }
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let fields = vec![("lines", dropped.to_string())];
            let fact = Fact::Notice(Notice { name: "log-lines-dropped", level: Level::Warning, fields });
            self.line(&Event { at: SystemTime::now(), request: None, fact }, &redactor, lines);
        }
    }

    fn line(&self, event: &Event, redactor: &Redactor, lines: &mut Vec<u8>) {
        match self.format {
            LogFormat::Json => line::write_json(event, redactor, lines),
            LogFormat::Short => line::write_short(event, redactor, self.offset, lines),
            LogFormat::Off => {}
        }
    }

    /// Sleeps: briefly while there is traffic, until woken when there is none.
    fn rest(&self) {
        let guard = self.wake.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (guard, timeout) =
            self.wake.1.wait_timeout(guard, GATHER).unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() && self.queue.is_empty() && !self.stop.load(Ordering::SeqCst) {
            self.asleep.store(true, Ordering::SeqCst);
            // Bounded, so that a fact recorded just before `asleep` was set is not left for long.
            let woken = self.wake.1.wait_timeout(guard, Duration::from_secs(1));
            drop(woken.unwrap_or_else(PoisonError::into_inner));
            self.asleep.store(false, Ordering::SeqCst);
        }
    }
}
