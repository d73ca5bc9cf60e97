//! What the program does about the variables that name an OpenTelemetry collector.

use crate::process::{Home, Server};
use rehearsal::{Backend, Response, Script};
use std::process::Command;

/// `serve` with a collector's address.
fn serve(home: &Home, url: &str) -> Command {
    let mut command = home.command(&["serve", "--port", "0", "--log-format", "json"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    command
}

async fn collector() -> Backend {
    Backend::start(Script::always(Response::empty(200)).everywhere()).await.unwrap()
}

#[cfg(not(feature = "otel"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_build_without_it_says_so_once_and_sends_nothing() {
    let (home, collector) = (Home::new(), collector().await);
    let server = Server::start(serve(&home, &collector.url()));
    let line = server.wait_for("otlp-not-built");
    assert!(line.contains("OTEL_EXPORTER_OTLP_ENDPOINT") && !line.contains(&collector.url()), "{line}");
    server.chat();
    #[cfg(unix)]
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(collector.requests().len(), 0);
}

#[cfg(all(feature = "otel", unix))]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_sent_when_the_program_ends() {
    let (home, collector) = (Home::new(), collector().await);
    let server = Server::start(serve(&home, &collector.url()));
    server.chat();
    assert_eq!(server.terminate(), Some(0));
    let mut paths: Vec<String> = collector.requests().iter().map(|seen| seen.path().to_owned()).collect();
    paths.sort();
    assert_eq!(paths, ["/v1/metrics", "/v1/traces"]);
}

#[cfg(all(feature = "otel", unix))]
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_hangs_delays_the_end_by_no_more_than_its_two_seconds() {
    let home = Home::new();
    let hanging = Backend::start(Script::always(rehearsal::Act::hang()).everywhere()).await.unwrap();
    let server = Server::start(serve(&home, &hanging.url()));
    server.chat();
    let began = std::time::Instant::now();
    assert_eq!(server.terminate(), Some(0));
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
}

#[cfg(feature = "otel")]
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_used_is_said() {
    let home = Home::new();
    let server = Server::start(serve(&home, "http://user:secret@127.0.0.1:1"));
    let line = server.wait_for("otlp-setting-unusable");
    assert!(line.contains("user name or password") && !line.contains("secret"), "{line}");
    server.chat();
}
