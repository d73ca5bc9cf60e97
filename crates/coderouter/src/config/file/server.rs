//! The `server:` block.

use canon::config::{Server, ServerLimits};

use super::super::reader::{Block, Setting, list, name, nested, seconds, text, variable_name, whole};

impl Setting for Server {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let default = Self::default();
        Self {
            host: block.or(
                "host",
                text(),
                default.host,
                "The address to listen on; anything but loopback demands a client token.",
            ),
            port: block.or("port", whole(1..=65535), default.port, "The port to listen on."),
            token_env: block.or(
                "token_env",
                variable_name(),
                default.token_env,
                "The environment variable that holds the token clients must send.",
            ),
            allowed_hosts: lower_case(block.or(
                "allowed_hosts",
                list(name()),
                Vec::new(),
                "Names accepted in the Host header beside the loopback ones, without port.",
            )),
            limits: block
                .optional("limits", nested(), "What one client may ask of the router.")
                .unwrap_or_default(),
        }
    }
}

fn lower_case(hosts: Vec<String>) -> Vec<String> {
    hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect()
}

impl Setting for ServerLimits {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let default = Self::default();
        Self {
            body_bytes: block.or(
                "max_body_bytes",
                whole(1024..=1 << 32),
                default.body_bytes,
                "Bytes of a request body.",
            ),
            header_bytes: block.or(
                "max_header_bytes",
                whole(8192..=1 << 20),
                default.header_bytes,
                "Bytes of a request's head.",
            ),
            headers: block.or("max_headers", whole(16..=1000), default.headers, "Number of header lines."),
            connections: block.or(
                "max_connections",
                whole(1..=1_000_000),
                default.connections,
                "Connections open at once.",
            ),
            head_timeout: block.or(
                "head_timeout_s",
                seconds(1.0..=30.0),
                default.head_timeout,
                "Seconds in which a request's head must be complete.",
            ),
            body_timeout: block.or(
                "body_timeout_s",
                seconds(1.0..=600.0),
                default.body_timeout,
                "Seconds between two pieces of a request body.",
            ),
        }
    }
}
