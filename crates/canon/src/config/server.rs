//! How the router listens: the `server:` block. Changes to it need a restart.

use std::time::Duration;

/// The port where the file and the command line name none.
pub const DEFAULT_PORT: u16 = 4000;

/// The `server:` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address or name to bind; anything but loopback demands a token.
    pub host: String,
    /// The port to bind.
    pub port: u16,
    /// The environment variable that holds the client token.
    pub token_env: String,
    /// Names accepted in `Host` beside the loopback ones, in lower case and without port.
    pub allowed_hosts: Vec<String>,
    /// What one client may ask of the router.
    pub limits: ServerLimits,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: DEFAULT_PORT,
            token_env: "CODEROUTER_TOKEN".to_owned(),
            allowed_hosts: Vec::new(),
            limits: ServerLimits::default(),
        }
    }
}

/// The `server.limits` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Bytes of a request body, also of one that comes in chunks.
    pub body_bytes: usize,
    /// Bytes of a request's head.
    pub header_bytes: usize,
    /// Number of header lines.
    pub headers: usize,
    /// Connections open at once.
    pub connections: usize,
    /// From the end of the answer before, or the start of the connection, to the last byte of a request's head.
    pub head_timeout: Duration,
    /// Between two pieces of a request body.
    pub body_timeout: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024 * 1024,
            header_bytes: 64 * 1024,
            headers: 100,
            connections: 4096,
            head_timeout: Duration::from_secs(28),
            body_timeout: Duration::from_secs(25),
        }
    }
}
