//! A router on a free port of this machine, for as long as somebody in this process needs it.

use crate::door::Door;
use crate::ingress::Ingress;
use crate::router::Router;
use crate::server;
use crate::tasks::Tasks;
use anyhow::Context;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A router that listens.
pub struct InProcess {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    tasks: Tasks,
}

impl InProcess {
    /// Starts to listen. Nobody else is told of it.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start(router: Arc<Router>) -> anyhow::Result<Self> {
        let ingress = Arc::new(Ingress { router, door: Door::new(&[], None) });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen on this machine")?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let tasks = Tasks::default();
        tasks.spawn(server::run(listener, ingress, async {
            let _ = stopped.await;
        }));
        Ok(Self { address, stop, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops, and waits until all answers are out.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.tasks.join().await;
    }
}
