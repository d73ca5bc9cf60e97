//! Sockets: accepts connections, speaks HTTP on them, and stops gracefully.

use crate::ingress::Ingress;
use crate::tasks::Tasks;
use canon::config::ServerLimits;
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long requests under way may take to end after the program was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// How long the listener rests when the system has no more sockets to give.
const NO_SOCKETS: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is ready, then lets requests under way end.
pub async fn run(listener: TcpListener, ingress: Arc<Ingress>, shutdown: impl Future<Output = ()>) {
    let limits = ingress.router.setup.load().config.server.limits;
    let connections = Arc::new(Semaphore::new(limits.connections));
    let tasks = Tasks::default();
    let graceful = GracefulShutdown::new();
    let http = http(limits);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        // Dropping either future loses nothing: a connection not accepted stays in the system's queue.
        let accepted = tokio::select! {
            accepted = accept(&listener, &connections) => accepted,
            () = &mut shutdown => break,
        };
        let (socket, permit) = accepted;
        let _ = socket.set_nodelay(true);
        let ingress = Arc::clone(&ingress);
        let service = service_fn(move |request| {
            let ingress = Arc::clone(&ingress);
            async move { Ok::<_, Infallible>(ingress.serve(request).await) }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(socket), service));
        // A connection that breaks concerns only its client; its request's own trail tells of it. Not an async block:
        // that would hold the connection twice.
        tasks.spawn(connection.map(|_| drop(permit)));
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
    tasks.abort().await;
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> (TcpStream, Option<tokio::sync::OwnedSemaphorePermit>) {
    let permit = Arc::clone(connections).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return (socket, permit),
            Err(_) => tokio::time::sleep(NO_SOCKETS).await,
        }
    }
}

fn http(limits: ServerLimits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.headers)
        .max_header_size(limits.header_bytes)
        .half_close(false);
    http
}
