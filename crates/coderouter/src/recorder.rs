//! Where facts go: through a bounded queue to one thread that writes log lines, makes records and counts, off the hot
//! path. Whoever looks at what was counted may hold that thread up, but nobody who records.

#[cfg(test)]
mod gate;
mod outlet;

use crate::ledger::Ledger;
use crate::memory::Records;
use canon::event::{Event, Fact, Level, Notice};
use canon::id::RequestId;
use crossbeam_queue::ArrayQueue;
use outlet::Outlet;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use telemetry::line::{self, UtcOffset};
use telemetry::redact::Redactor;
use telemetry::seen::Seen;
use telemetry::traces::Recorded;
use tokio::sync::watch;

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
    seen: Mutex<Seen>,
    latest: watch::Sender<Latest>,
    recorded: Option<Recorded>,
    ledger: Arc<Ledger>,
}

/// Where facts go beside the log.
#[derive(Default)]
pub struct Beside {
    /// Makes records of them.
    pub records: Option<Records>,
    /// Gets them as JSON lines, whatever the log's own form.
    pub mirror: Option<Box<dyn Write + Send>>,
    /// Makes traces of them.
    pub tracing: Option<Tracing>,
    /// Learns of them.
    pub ledger: Ledger,
}

/// Who makes traces of facts.
pub struct Tracing {
    /// What has to be recorded for them.
    pub recorded: Recorded,
    /// Hears every fact; must not wait.
    pub hear: Hear,
}

/// Hears every fact.
pub type Hear = Box<dyn FnMut(&Event, &Redactor) + Send>;

/// Where lines leave.
struct Outlets {
    log: Option<Outlet>,
    mirror: Option<Outlet>,
    traces: Option<Hear>,
}

/// Lines that are to leave together.
#[derive(Default)]
struct Lines {
    log: Vec<u8>,
    mirror: Vec<u8>,
    count: u64,
    /// Losses of which the log does not say yet.
    untold: u64,
}

/// What those who follow facts wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latest {
    /// The number of the latest fact that can be looked at; 0 before the first.
    pub cursor: u64,
    /// Whether the program stops, so that nobody should go on following.
    pub is_over: bool,
}

impl Recorder {
    /// Starts the writer. Lines go to `out`.
    pub fn start(format: LogFormat, out: impl Write + Send + 'static) -> Self {
        Self::start_with(format, out, Beside::default())
    }

    /// The same where facts go elsewhere as well.
    pub fn start_with(format: LogFormat, out: impl Write + Send + 'static, beside: Beside) -> Self {
        let shared = Arc::new(Shared {
            queue: ArrayQueue::new(QUEUE),
            dropped: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
            wake: (Mutex::new(()), Condvar::new()),
            redactor: RwLock::new(Arc::new(Redactor::new([]))),
            format,
            offset: UtcOffset { seconds: jiff::Zoned::now().offset().seconds() },
            records: beside.records,
            seen: Mutex::new(Seen::new(SystemTime::now())),
            latest: watch::Sender::default(),
            recorded: beside.tracing.as_ref().map(|tracing| tracing.recorded),
            ledger: Arc::new(beside.ledger),
        });
        let writing = Arc::clone(&shared);
        let outlets = Outlets {
            log: (format != LogFormat::Off).then(|| Outlet::open("log", out)),
            mirror: beside.mirror.map(|out| Outlet::open("mirror", out)),
            traces: beside.tracing.map(|tracing| tracing.hear),
        };
        let writer = thread::Builder::new().name("facts".into()).spawn(move || writing.fold(outlets)).ok();
        Self { shared, writer: Mutex::new(writer) }
    }

    /// What has to be recorded for traces, where somebody makes them of facts.
    pub fn recorded(&self) -> Option<Recorded> {
        self.shared.recorded
    }

    /// What is learned of facts.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.shared.ledger
    }

    /// Redacts by these secrets from now on.
    pub fn redact_with(&self, redactor: Arc<Redactor>) {
        *self.shared.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    /// Records a fact. Never waits.
    pub fn record(&self, request: Option<RequestId>, fact: Fact) {
        let event = Event { at: SystemTime::now(), request, fact };
        if self.shared.queue.push(event).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if self.shared.asleep.load(Ordering::Relaxed) {
            self.shared.wake.1.notify_one();
        }
    }

    /// Looks at what was seen so far, with what takes secrets out of it. Facts of the last moments may still be on
    /// their way: 20 ms while there is traffic, a second where there was none.
    pub fn look<T>(&self, look: impl FnOnce(&Seen, &Redactor) -> T) -> T {
        let redactor = self.shared.redactor();
        look(&self.shared.seen(), &redactor)
    }

    /// Changes what was seen: counts of an earlier run come in.
    pub fn recall(&self, recall: impl FnOnce(&mut Seen)) {
        recall(&mut self.shared.seen());
    }

    /// Tells when there are facts to look at, and when it is over.
    pub fn follow(&self) -> watch::Receiver<Latest> {
        self.shared.latest.subscribe()
    }

    /// Sends those home who follow.
    pub fn close(&self) {
        self.shared.latest.send_modify(|latest| latest.is_over = true);
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
    fn fold(&self, mut outlets: Outlets) {
        let mut lines = Lines::default();
        loop {
            let stopping = self.stop.load(Ordering::SeqCst);
            self.drain(&mut outlets, &mut lines);
            if stopping && self.queue.is_empty() {
                self.records.iter().for_each(Records::flush);
                return [outlets.log, outlets.mirror].into_iter().flatten().for_each(Outlet::close);
            }
            self.rest();
        }
    }

    fn drain(&self, outlets: &mut Outlets, lines: &mut Lines) {
        let redactor = self.redactor();
        let mut seen = self.seen();
        while let Some(event) = self.queue.pop() {
            self.line(&event, &redactor, outlets, lines);
            lines.count += 1;
            if let Some(records) = &self.records {
                records.hear(&event, &redactor);
            }
            if let Some(hear) = &mut outlets.traces {
                hear(&event, &redactor);
            }
            self.ledger.hear(&event);
            seen.hear(event);
        }
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            seen.lost(dropped);
            lines.untold += dropped;
        }
        if lines.untold > 0 {
            let fields = vec![("lines", lines.untold.to_string())];
            let fact = Fact::Notice(Notice { name: "log-lines-dropped", level: Level::Warning, fields });
            self.line(&Event { at: SystemTime::now(), request: None, fact }, &redactor, outlets, lines);
        }
        let log = outlets.log.as_ref().is_none_or(|outlet| outlet.offer(&mut lines.log));
        let mirror = outlets.mirror.as_ref().is_none_or(|outlet| outlet.offer(&mut lines.mirror));
        // A log that takes nothing says what it has missed once it does again.
        let is_told = if outlets.log.is_some() { log } else { mirror };
        if is_told {
            lines.untold = 0;
        }
        if !log || !mirror {
            self.dropped.fetch_add(lines.count, Ordering::Relaxed);
        }
        lines.count = 0;
        let cursor = seen.cursor();
        drop(seen);
        self.latest.send_if_modified(|latest| std::mem::replace(&mut latest.cursor, cursor) != cursor);
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A thread that panicked while it looked has changed nothing; one that counted has lost a count.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, event: &Event, redactor: &Redactor, outlets: &Outlets, lines: &mut Lines) {
        let begin = lines.log.len();
        match self.format {
            LogFormat::Json => line::write_json(event, redactor, &mut lines.log),
            LogFormat::Short => line::write_short(event, redactor, self.offset, &mut lines.log),
            LogFormat::Off => {}
        }
        if outlets.mirror.is_none() {
            return;
        }
        match self.format {
            LogFormat::Json => lines.mirror.extend_from_slice(&lines.log[begin..]),
            LogFormat::Short | LogFormat::Off => line::write_json(event, redactor, &mut lines.mirror),
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

#[cfg(test)]
mod tests {
    use super::gate::Gate;
    use super::*;
    use std::sync::mpsc;

    fn lost(recorder: &Recorder) -> u64 {
        let page = recorder.look(|seen, redactor| {
            telemetry::shown::prometheus(seen, &telemetry::standing::Standing::default(), redactor)
        });
        let line = page.lines().find_map(|line| line.strip_prefix("coderouter_telemetry_dropped_total "));
        line.map_or(0, |count| count.parse().unwrap())
    }

    #[test]
    fn a_log_that_stalled_says_all_that_it_has_missed() {
        let (gate, closed) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let recorder = Recorder::start(LogFormat::Json, Gate(closed, Arc::clone(&written)));
        let say = || {
            let fields = vec![("message", "x".repeat(3_000))];
            recorder.record(None, Fact::Notice(Notice { name: "test", level: Level::Info, fields }));
        };
        let mut said = 0_u64;
        while lost(&recorder) < 1_000 {
            (0..200).for_each(|_| say());
            said += 200;
            while recorder.look(|seen, _| seen.cursor()) + lost(&recorder) < said {
                thread::yield_now();
            }
        }
        drop(gate);
        // What may wait is 4 MiB, less a batch that did not fit any more: from here on there is room again.
        while written.lock().unwrap().len() < 3_000_000 {
            thread::yield_now();
        }
        recorder.flush();
        let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let told = text.lines().filter(|line| line.contains("\"log-lines-dropped\"")).map(|line| {
            let (_, rest) = line.split_once("\"lines\":\"").unwrap();
            rest.split('"').next().unwrap().parse::<u64>().unwrap()
        });
        let kept = text.lines().filter(|line| line.contains("\"test\"")).count() as u64;
        assert_eq!(told.sum::<u64>() + kept, said);
    }
}
