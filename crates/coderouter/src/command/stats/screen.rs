//! The whole terminal: keys, and what the router tells, one after the other on one thread. Questions are asked beside
//! it. Whatever ends it, the terminal is given back as it was.

use super::draw::draw;
use super::draw::palette::Palette;
use super::facts::Facts;
use super::source::Source;
use super::view::{Known, Trouble, View, Wish};
use crate::command::runtime;
use anyhow::Context;
use jiff::tz::TimeZone;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyEventKind};
use std::future::Future;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::{JoinError, JoinSet};

/// How long a key may be waited for before news are looked at.
const TICK: Duration = Duration::from_millis(100);

/// How old a picture may get that shows ages.
const REDRAW: Duration = Duration::from_secs(1);

/// How long giving the terminal back may take once the process is asked to end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Shows the router until a key or a signal ends it.
///
/// # Errors
/// If the terminal can't be used.
pub fn show(source: Source, interval: Duration) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let errands = Errands::new(&runtime, source);
    let view = View::new(Palette::of_process(), TimeZone::system(), interval);
    let mut terminal = Given(ratatui::try_init().context("the terminal can't be used")?);
    let now = Instant::now();
    Screen { view, facts: None, seen: now, due: now, errands }.run(&mut terminal.0)
}

/// A terminal that is given back.
struct Given(DefaultTerminal);

impl Drop for Given {
    fn drop(&mut self) {
        // A panic has given it back already, before its message; once more would write over that.
        if !std::thread::panicking() {
            // Nobody can be told if even that fails.
            let _ = ratatui::try_restore();
        }
    }
}

/// What is shown.
struct Screen<'r> {
    view: View,
    facts: Option<Facts>,
    /// When the facts came.
    seen: Instant,
    /// When the router is looked at next.
    due: Instant,
    errands: Errands<'r>,
}

impl Screen<'_> {
    fn run(mut self, terminal: &mut DefaultTerminal) -> anyhow::Result<()> {
        let mut drawn: Option<Instant> = None;
        loop {
            while let Some(news) = self.errands.next() {
                drawn = None;
                if self.learn(news).is_none() {
                    return Ok(());
                }
            }
            if !self.view.is_paused && self.due <= Instant::now() {
                self.errands.look();
            }
            if drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) {
                (self.view.age, self.view.size) = (self.seen.elapsed(), terminal.size()?);
                terminal.draw(|frame| draw(frame, self.facts.as_ref(), &self.view))?;
                drawn = Some(Instant::now());
            }
            let mut wait = TICK;
            // All keys that are there at once are one picture.
            while event::poll(wait)? {
                (drawn, wait) = (None, Duration::ZERO);
                if self.heed(&event::read()?).is_none() {
                    return Ok(());
                }
            }
        }
    }

    /// Takes news in; none where they end it.
    fn learn(&mut self, news: News) -> Option<()> {
        match news {
            News::Seen(facts) => {
                (self.facts, self.seen, self.view.trouble) = (Some(*facts), Instant::now(), None);
                self.due = Instant::now() + self.view.interval;
            }
            News::Unseen(reason) => {
                let tries = self.view.trouble.take().map_or(1, |trouble| trouble.tries.saturating_add(1));
                self.view.trouble = Some(Trouble { reason, tries });
                self.due = Instant::now() + self.view.interval.max(REDRAW);
            }
            News::Told(id, known) => self.view.learn(&id, known),
            News::Stop => return None,
        }
        Some(())
    }

    /// Does what a key asks for; none where it asks to end.
    fn heed(&mut self, event: &Event) -> Option<()> {
        let Event::Key(key) = event else { return Some(()) };
        if key.kind == KeyEventKind::Release {
            return Some(());
        }
        let nothing = Facts::default();
        match self.view.press(*key, self.facts.as_ref().unwrap_or(&nothing)) {
            Wish::Draw => {}
            Wish::Look => self.errands.look(),
            Wish::Tell(id) => self.errands.tell(id),
            Wish::Quit => return None,
        }
        Some(())
    }
}

/// What comes from beside the screen.
enum News {
    /// How things stand.
    Seen(Box<Facts>),
    /// Why that can't be told.
    Unseen(String),
    /// What is known of a request.
    Told(String, Known),
    /// The process is asked to end.
    Stop,
}

/// Questions that are asked beside the screen. Dropping it drops them.
struct Errands<'r> {
    runtime: &'r Runtime,
    source: Arc<Source>,
    tasks: JoinSet<()>,
    is_looking: bool,
    sender: mpsc::Sender<News>,
    receiver: mpsc::Receiver<News>,
}

impl<'r> Errands<'r> {
    fn new(runtime: &'r Runtime, source: Source) -> Self {
        let (sender, receiver) = mpsc::channel();
        let mut errands = Self {
            runtime,
            source: Arc::new(source),
            tasks: JoinSet::new(),
            is_looking: false,
            sender,
            receiver,
        };
        let sender = errands.sender.clone();
        let ending = async move {
            asked_to_end().await;
            let _ = sender.send(News::Stop);
            tokio::time::sleep(LAST_WORDS).await;
            // Whoever waits for a key of a terminal that is gone is never let go.
            std::process::exit(0);
        };
        errands.tasks.spawn_on(ending, errands.runtime.handle());
        errands
    }

    /// Looks at the router, once at a time.
    fn look(&mut self) {
        if std::mem::replace(&mut self.is_looking, true) {
            return;
        }
        let source = Arc::clone(&self.source);
        self.send(async move {
            match source.facts().await {
                Ok(facts) => News::Seen(Box::new(facts)),
                Err(error) => News::Unseen(crate::command::plain::plain(&error.to_string()).into_owned()),
            }
        });
    }

    /// Asks what is known of a request.
    fn tell(&mut self, id: String) {
        let source = Arc::clone(&self.source);
        self.send(async move {
            let known = match source.route(&id).await {
                Ok(route) => Known::Told(Box::new(route)),
                Err(error) => Known::Failed(crate::command::plain::plain(&error.to_string()).into_owned()),
            };
            News::Told(id, known)
        });
    }

    fn send(&mut self, errand: impl Future<Output = News> + Send + 'static) {
        let sender = self.sender.clone();
        let errand = async move {
            // Nobody is left to tell where the screen has ended.
            let _ = sender.send(errand.await);
        };
        self.tasks.spawn_on(errand, self.runtime.handle());
    }

    /// News, where there are any.
    fn next(&mut self) -> Option<News> {
        while let Some(ended) = self.tasks.try_join_next() {
            // The terminal has been given back before its message: nothing more can be drawn.
            if let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) {
                std::panic::resume_unwind(panic);
            }
        }
        let news = self.receiver.try_recv().ok()?;
        if matches!(news, News::Seen(_) | News::Unseen(_)) {
            self.is_looking = false;
        }
        Some(news)
    }
}

/// Waits for a signal to end.
#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
    let signals = kinds.map(|kind| async move {
        match signal(kind) {
            Ok(mut signal) => drop(signal.recv().await),
            // A signal that can't be heard ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    });
    let [terminate, hangup, interrupt] = signals;
    tokio::select! {
        () = terminate => {}
        () = hangup => {}
        () = interrupt => {}
    }
}

/// Waits for a signal to end.
#[cfg(windows)]
async fn asked_to_end() {
    // Where it can't be heard, it ends the process by itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
