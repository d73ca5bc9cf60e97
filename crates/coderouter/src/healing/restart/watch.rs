//! A thread for each restart command: starts it, waits for its end, keeps its log small, and ends its process
//! group when asked to.
//!
//! A thread and no task, so that whatever is dropped, no zombie stays, and so that no signal goes to a process
//! that has taken the number of one just waited for: the thread alone waits, and it alone signals.

use super::log::Log;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Between two looks at a command that has just begun, and at one that has been there for long.
const LOOKS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1));

/// Between two looks at a command that was asked to end.
const LAST_LOOKS: Duration = Duration::from_millis(20);

/// A hold on the thread, which goes on without it.
#[derive(Debug)]
pub(super) struct Watch {
    thread: Thread,
    request: Arc<Request>,
    /// Alive as long as the thread is.
    life: Weak<()>,
}

/// How long the command has to end by itself, once it has to end.
type Request = Mutex<Option<Duration>>;

/// What a watched command comes with. Each receiver gets one message; the second none where the first is an
/// error.
pub(super) struct Watched {
    pub(super) watch: Watch,
    /// The number of the process, or why there is none.
    pub(super) started: oneshot::Receiver<io::Result<u32>>,
    pub(super) ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

/// Starts a command and watches over it until it has ended. Fails where no thread can be had.
pub(super) fn start(mut command: Command, log: Log) -> io::Result<Watched> {
    let (starting, started) = oneshot::channel();
    let (ending, ended) = oneshot::channel();
    let (request, alive) = (Arc::new(Request::default()), Arc::new(()));
    let (asked, life) = (Arc::clone(&request), Arc::downgrade(&alive));
    let watching = move || {
        let _alive = alive;
        // Whoever wanted to hear of it may be gone, which changes nothing.
        match command.spawn() {
            Err(error) => drop(starting.send(Err(error))),
            Ok(child) => {
                let _ = starting.send(Ok(child.id()));
                let _ = ending.send(watch(child, &asked, &log));
            }
        }
    };
    let thread = thread::Builder::new().name("restart".into()).spawn(watching)?.thread().clone();
    Ok(Watched { watch: Watch { thread, request, life }, started, ended })
}

impl Watch {
    pub(super) fn is_running(&self) -> bool {
        self.life.strong_count() > 0
    }

    pub(super) fn end(&self, patience: Duration) {
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = Some(patience);
        self.thread.unpark();
    }
}

/// How far the command is on its way out.
#[derive(Clone, Copy)]
enum Course {
    /// Nobody minds it.
    Runs,
    /// It was asked to end, and is killed at that time; none is never.
    Asked(Option<Instant>),
    Killed,
}

fn watch(mut child: Child, request: &Request, log: &Log) -> io::Result<ExitStatus> {
    let (start, mut course) = (Instant::now(), Course::Runs);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        log.bound();
        course = advance(course, request, &mut child);
        let age = (start.elapsed() / 8).clamp(LOOKS.0, LOOKS.1);
        // A wake-up for no reason costs one more look.
        thread::park_timeout(if matches!(course, Course::Runs) { age } else { LAST_LOOKS });
    }
}

fn advance(course: Course, request: &Request, child: &mut Child) -> Course {
    let now = Instant::now();
    match course {
        Course::Runs => match *request.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Course::Runs,
            Some(patience) => {
                signal(child, "-TERM");
                Course::Asked(now.checked_add(patience))
            }
        },
        Course::Asked(Some(end)) if end <= now => {
            signal(child, "-KILL");
            Course::Killed
        }
        Course::Asked(_) | Course::Killed => course,
    }
}

/// Signals the whole group, which keeps its number while its leader was not waited for. The standard library
/// can only kill one process, so the system's `kill` does it; where there is none, the leader alone is killed.
fn signal(child: &mut Child, name: &str) {
    let mut kill = Command::new("kill");
    kill.args([name, "--", &format!("-{}", child.id())]);
    kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let group_was_reached = cfg!(unix) && kill.status().is_ok_and(|status| status.success());
    if !group_was_reached {
        // It fails where the process has just ended by itself, which the next look finds.
        let _ = child.kill();
    }
}
