//! The backend: its socket, its tasks, its counters, and what a test asks it. One connection is
//! `connection`'s.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::task::JoinSet;

use crate::connection;
use crate::log::Log;
use crate::script::Script;
use crate::seen::Seen;

/// How long [`Backend::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// A listening backend. Dropping it stops its tasks and closes its connections.
#[derive(Debug)]
pub struct Backend {
    addr: SocketAddr,
    stage: Arc<Stage>,
    tasks: JoinSet<()>,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Stage {
    script: Mutex<Arc<Script>>,
    pub(crate) log: Log,
    pub(crate) accepted: AtomicU64,
    pub(crate) open: AtomicUsize,
    pub(crate) served: AtomicU64,
    pub(crate) sent: AtomicU64,
}

impl Stage {
    /// The script as it is now.
    pub(crate) fn script(&self) -> Arc<Script> {
        Arc::clone(&self.script.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Backend {
    /// Starts on a free port of 127.0.0.1; fails as binding does.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::start_on(("127.0.0.1", 0), script).await
    }

    /// Starts on this address, such as the one of a backend that was stopped before; fails as binding does.
    pub async fn start_on(addr: impl ToSocketAddrs, script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let stage = Arc::new(Stage {
            script: Mutex::new(Arc::new(script)),
            log: Log::new(),
            accepted: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            served: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        let addr = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&stage)));
        Ok(Self { addr, stage, tasks })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://ADDRESS`, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The base URL of a provider in a script by prefix, such as `/a`: `http://ADDRESS/a/v1`.
    pub fn base_url(&self, prefix: &str) -> String {
        format!("http://{}{prefix}/v1", self.addr)
    }

    /// Plays another script from the next request on.
    pub fn switch_to(&self, script: Script) {
        *self.stage.script.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(script);
    }

    /// The requests seen, oldest first, the newest 1000 of them. An outcome is noted a moment after the client has
    /// the last byte: wait for it with [`wait_until`](Self::wait_until).
    pub fn requests(&self) -> Vec<Seen> {
        self.stage.log.requests()
    }

    /// Those of them whose path begins so: one provider's in a script by prefix.
    pub fn requests_at(&self, prefix: &str) -> Vec<Seen> {
        let mut requests = self.requests();
        requests.retain(|seen| seen.path().starts_with(prefix));
        requests
    }

    /// The requests, once there are at least so many; `TimedOut` after 10 s.
    pub async fn wait_for(&self, count: usize) -> io::Result<Vec<Seen>> {
        self.wait_until(|requests| requests.len() >= count).await
    }

    /// The requests, once they are as wanted (a request's outcome counts as a change); `TimedOut` after 10 s.
    pub async fn wait_until(&self, wanted: impl Fn(&[Seen]) -> bool) -> io::Result<Vec<Seen>> {
        let mut changes = self.stage.log.changes();
        let settled = async {
            loop {
                let requests = self.requests();
                if wanted(&requests) || changes.changed().await.is_err() {
                    return requests;
                }
            }
        };
        let late = |_| {
            let seen: Vec<String> =
                self.requests().iter().map(|seen| format!("{} {:?}", seen.target, seen.outcome)).collect();
            io::Error::new(io::ErrorKind::TimedOut, format!("waited {PATIENCE:?}, seen: {seen:?}"))
        };
        tokio::time::timeout(PATIENCE, settled).await.map_err(late)
    }

    /// Waits for requests behind the first `known` ones. Gives them, as far as they are remembered, and how many there
    /// are now. Dropping it loses none.
    pub async fn requests_after(&self, known: u64) -> (Vec<Seen>, u64) {
        let mut changes = self.stage.log.changes();
        loop {
            let (requests, count) = self.stage.log.requests_from(known);
            if count > known || changes.changed().await.is_err() {
                return (requests, count);
            }
        }
    }

    /// How many requests were answered, those of a script for measurements included.
    pub fn served(&self) -> u64 {
        self.stage.served.load(Ordering::Relaxed)
    }

    /// How many connections are open.
    pub fn open_connections(&self) -> usize {
        self.stage.open.load(Ordering::Relaxed)
    }

    /// How many connections were ever accepted.
    pub fn accepted_connections(&self) -> u64 {
        self.stage.accepted.load(Ordering::Relaxed)
    }

    /// How many bytes were written to all clients so far, while answers are still under way too.
    pub fn bytes_sent(&self) -> u64 {
        self.stage.sent.load(Ordering::Relaxed)
    }

    /// Stops and waits until all connections are closed and the port is free.
    pub async fn shutdown(mut self) {
        self.tasks.shutdown().await;
    }

    /// Serves until the process ends, for commands that are nothing but a backend.
    pub async fn serve(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Accepts for ever; dropping it drops the connections it owns.
async fn accept(listener: TcpListener, stage: Arc<Stage>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(connection::serve(socket, Arc::clone(&stage)));
                }
                // Out of descriptors, most likely: the connections that end free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
