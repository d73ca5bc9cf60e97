//! New connections: TCP, TLS, and through a proxy where the environment names one.

use canon::config::{Endpoint, Scheme};
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::io;
use std::sync::OnceLock;
use tokio::net::TcpStream;
use tower::{Service, ServiceExt};

/// A connection to a backend, encrypted or not.
pub type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Opens connections. Certificates are loaded when the first encrypted one is wanted.
pub struct Connector {
    tcp: HttpConnector,
    tls: OnceLock<HttpsConnector<HttpConnector>>,
    proxies: Matcher,
}

impl Connector {
    /// A connector that honours `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub fn from_environment() -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        Self { tcp, tls: OnceLock::new(), proxies: Matcher::from_env() }
    }

    /// Opens a connection to a backend. Backends on this machine or network are never reached by proxy.
    ///
    /// # Errors
    /// What the operating system, the proxy or TLS says.
    pub async fn connect(&self, endpoint: &Endpoint) -> io::Result<Io> {
        let uri = origin(endpoint)?;
        let proxy = if endpoint.is_local() { None } else { self.proxies.intercept(&uri) };
        match (proxy, endpoint.scheme) {
            (None, Scheme::Http) => {
                self.tcp.clone().oneshot(uri).await.map(MaybeHttpsStream::Http).map_err(io::Error::other)
            }
            (None, Scheme::Https) => self.tls()?.clone().oneshot(uri).await.map_err(io::Error::other),
            (Some(proxy), Scheme::Http) => {
                let mut tunnel = tunnel(&proxy, self.tcp.clone());
                tunnel.call(uri).await.map(MaybeHttpsStream::Http).map_err(io::Error::other)
            }
            (Some(proxy), Scheme::Https) => {
                let tunnel = tunnel(&proxy, self.tcp.clone());
                let tls = HttpsConnectorBuilder::new()
                    .with_native_roots()?
                    .https_or_http()
                    .enable_http1()
                    .wrap_connector(tunnel);
                tls.oneshot(uri).await.map_err(io::Error::other)
            }
        }
    }

    fn tls(&self) -> io::Result<&HttpsConnector<HttpConnector>> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let tls = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_http1()
            .wrap_connector(self.tcp.clone());
        Ok(self.tls.get_or_init(|| tls))
    }
}

fn tunnel(proxy: &Intercept, tcp: HttpConnector) -> Tunnel<HttpConnector> {
    let tunnel = Tunnel::new(proxy.uri().clone(), tcp);
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

fn origin(endpoint: &Endpoint) -> io::Result<Uri> {
    Uri::builder()
        .scheme(endpoint.scheme.as_str())
        .authority(endpoint.authority())
        .path_and_query("/")
        .build()
        .map_err(io::Error::other)
}

/// The innermost reason of an error, which is the one that tells.
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
