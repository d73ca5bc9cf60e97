//! Slots of llama.cpp servers as requests use them: what a server says of itself, the slot a request gets, and the
//! prompts that are moved to files and back before it leaves. Who gets which slot is decided in `routing::slots`.

mod held;
mod learning;
mod moving;

pub use held::Held;
pub use learning::learn;

use crate::chores::Chore;
use crate::router::Router;
use crate::upstream::Backend;
use canon::config::{Endpoint, Provider};
use canon::request::Request;
use routing::conversation::Conversation;
use routing::rates::Priority;
use routing::slots::{Asking, Assignment, Habits, Table};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long what a server says of itself is believed.
const FRESH: Duration = Duration::from_secs(60);

/// How long a slot is waited for before the server may choose. It would let the request wait as well.
const BUSY_LIMIT: Duration = Duration::from_secs(300);

/// The servers whose slots are handed out, by where they are: two providers may share one.
#[derive(Default)]
pub struct Slots {
    servers: Mutex<HashMap<Endpoint, Arc<Server>>>,
}

/// One server.
pub struct Server {
    state: Mutex<State>,
    /// A slot was given back, or has read its prompt.
    given_back: Notify,
    /// Its name in those of its files.
    name: String,
}

struct State {
    table: Table,
    /// How often its slots were found empty: who holds one from before holds nothing.
    epoch: u64,
    /// When it was asked last; none where it has to be asked again.
    asked: Option<Instant>,
    /// Whether it was told that files fail.
    is_told: bool,
}

/// What a request gets at a server.
#[derive(Default)]
pub struct Place {
    /// The slot, busy while this is there.
    pub held: Option<Arc<Held>>,
    /// How the prompt is written for it.
    pub habits: Habits,
    server: Option<Arc<Server>>,
}

impl Place {
    /// The slot's number.
    pub fn slot(&self) -> Option<u32> {
        self.held.as_ref().map(|held| held.slot)
    }

    /// The server did not take the request: it may have been restarted, with other slots, all of them empty.
    pub fn server_is_gone(&self) {
        self.server.iter().for_each(|server| server.is_gone());
    }
}

impl Slots {
    fn of(&self, provider: &Provider) -> Arc<Server> {
        let endpoint = &provider.endpoint;
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(endpoint) {
            return Arc::clone(server);
        }
        Arc::clone(servers.entry(endpoint.clone()).or_insert_with(|| Arc::new(Server::at(endpoint))))
    }
}

impl Server {
    fn at(endpoint: &Endpoint) -> Self {
        let address = format!("{}{}", endpoint.authority(), endpoint.path);
        const LONGEST_NAME: usize = 100;
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        // Until it has said how many slots it has, nothing is handed out.
        let state = State { table: Table::new(1, false), epoch: 0, asked: None, is_told: false };
        Self {
            state: Mutex::new(state),
            given_back: Notify::new(),
            name: address.chars().map(plain).take(LONGEST_NAME).collect(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever a panic left half done is a worse choice of slots, no more.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it has to be asked (again); true once for each time it has to.
    fn is_due(&self, now: Instant) -> bool {
        let mut state = self.state();
        let is_due = state.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= FRESH);
        if is_due {
            state.asked = Some(now);
        }
        is_due
    }

    fn is_gone(&self) {
        let mut state = self.state();
        state.table.restarted();
        state.epoch += 1;
        state.asked = None;
        drop(state);
        self.given_back.notify_waiters();
    }
}

/// A request's place at a server. Waits where all slots are busy and taking one would cost a prompt, and while prompts
/// are moved. Dropping the future gives the slot back.
pub async fn place(
    router: &Router,
    backend: &Arc<Backend>,
    request: &Request,
    conversation: Conversation,
    priority: Priority,
) -> Place {
    let provider = &backend.provider;
    let is_given = provider.extra_body.iter().any(|field| field.key == "id_slot");
    if is_given || request.extra.find("id_slot").is_some() {
        return Place::default();
    }
    let server = router.slots.of(provider);
    let since = Instant::now();
    if server.is_due(since) {
        router.chores().add(Chore::LearnSlots(provider.name.clone()));
    }
    let hands_out = server.state().table.is_managed();
    let mut asking = Asking::of(request, conversation, priority, since, hands_out);
    let pin = loop {
        asking.now = Instant::now();
        // Before the question: what is given back behind it is not missed.
        let given_back = server.given_back.notified();
        let until = match server.state().table.assign(&asking) {
            Assignment::Free => break None,
            Assignment::Pinned(pin) => break Some(pin),
            Assignment::Busy(until) => until,
        };
        let end = since + BUSY_LIMIT;
        if asking.now >= end {
            break None;
        }
        let until = until.map_or(end, |until| until.min(end));
        // Asked again either way: what was waited for may have come, or be no longer worth it. Boxed, as is what moves
        // prompts: few requests wait here, and the state would else lie in every exchange.
        Box::pin(tokio::time::timeout_at(until.into(), given_back)).await.ok();
    };
    let habits = server.state().table.habits(&asking);
    let held = match pin {
        Some(pin) => {
            let held = Arc::new(Held::new(&server, pin.slot));
            // Nobody may use it while its prompt is copied: at the server the copy would have to wait.
            let _source = pin.source().map(|slot| Held::new(&server, slot));
            let moved = Box::pin(moving::run(router, backend, &server, &held, &pin.steps));
            moved.await.then_some(held)
        }
        None => None,
    };
    Place { held, habits, server: Some(server) }
}
