//! One message to a collector, over the connections that backends are reached by as well: the same proxies, the same
//! TLS, no redirects.

use super::settings::Target;
use crate::upstream::{Connector, Io, Link, root_cause};
use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderValue};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use std::future::poll_fn;
use std::time::Duration;

/// Most bytes that are read of what a collector answers.
const MOST: usize = 64 * 1024;

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("coderouter/", env!("CARGO_PKG_VERSION")));

/// Posts messages to one collector, one at a time.
pub(super) struct Post {
    target: Target,
    connector: Connector,
    /// Kept between two messages.
    link: Option<Link<Io>>,
}

/// Why a message was not taken.
#[derive(Debug)]
pub(super) struct Refused {
    /// Whether the same message may be sent again, and no sooner than after this.
    pub(super) again: Option<Duration>,
    /// In words of our own.
    pub(super) why: String,
}

impl Refused {
    /// Something that may be better the next time.
    fn passing(why: String) -> Self {
        Self { again: Some(Duration::ZERO), why }
    }
}

impl Post {
    /// Connects with the first message.
    pub(super) fn to(target: Target) -> Self {
        Self { target, connector: Connector::from_environment(), link: None }
    }

    /// Sends a message. What the collector answers, where it took it.
    ///
    /// # Errors
    /// If it did not, or not in time. Dropping the future closes the connection.
    pub(super) async fn send(&mut self, message: Bytes) -> Result<Bytes, Refused> {
        let timeout = self.target.timeout;
        tokio::time::timeout(timeout, self.sent(message)).await.unwrap_or_else(|_| {
            Err(Refused::passing(format!("no answer within {} s", timeout.as_secs_f32())))
        })
    }

    async fn sent(&mut self, message: Bytes) -> Result<Bytes, Refused> {
        let mut link = self.link().await?;
        let broke = |error: hyper::Error| Refused::passing(root_cause(&error));
        let response = link.send(self.request(message)).await.map_err(broke)?;
        let (head, mut body) = response.into_parts();
        let answer = read(&mut link, &mut body).await;
        if head.status.is_success() {
            let answer = answer?;
            self.link = Some(link);
            return Ok(answer);
        }
        Err(refused(head.status, &head.headers))
    }

    async fn link(&mut self) -> Result<Link<Io>, Refused> {
        if let Some(mut link) = self.link.take()
            && link.is_at_rest().await
        {
            return Ok(link);
        }
        let io = self.connector.connect(&self.target.endpoint).await;
        let io = io.map_err(|error| Refused::passing(root_cause(&error)))?;
        Link::open(io).await.map_err(|error| Refused::passing(root_cause(&error)))
    }

    fn request(&self, message: Bytes) -> Request<Full<Bytes>> {
        let endpoint = &self.target.endpoint;
        let mut request = Request::new(Full::new(message));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = endpoint.path.parse().unwrap_or_default();
        let headers = request.headers_mut();
        headers.insert(header::USER_AGENT, USER_AGENT);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.extend(self.target.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        let host = HeaderValue::try_from(endpoint.authority());
        headers.extend(host.ok().map(|host| (header::HOST, host)));
        request
    }
}

/// Which refusals pass is said by the protocol: 429, 502, 503 and 504.
fn refused(status: StatusCode, headers: &HeaderMap) -> Refused {
    let told = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let passes = matches!(status.as_u16(), 429 | 502 | 503 | 504);
    let again = passes.then(|| Duration::from_secs(told.unwrap_or(0)));
    Refused { again, why: format!("status {}", status.as_u16()) }
}

async fn read(link: &mut Link<Io>, body: &mut Incoming) -> Result<Bytes, Refused> {
    let mut answer = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| link.poll_frame(body, cx)).await {
        let frame = frame.map_err(|error| Refused::passing(root_cause(&error)))?;
        if let Ok(data) = frame.into_data() {
            answer.extend_from_slice(&data);
        }
        if answer.len() > MOST {
            return Err(Refused { again: None, why: format!("its answer is longer than {MOST} bytes") });
        }
    }
    Ok(answer.freeze())
}
