//! `/` and `/healthz`: what the program is and that it serves.

use super::{Ingress, json};
use crate::exchange::ReplyBody;
use canon::id::RequestId;
use http::{Response, StatusCode};

impl Ingress {
    /// What SDKs probe a base URL with.
    pub(super) fn root(&self, id: RequestId) -> Response<ReplyBody> {
        let body = serde_json::json!({ "service": "coderouter", "version": env!("CARGO_PKG_VERSION") });
        json(StatusCode::OK, body.to_string().into(), id)
    }

    /// How every provider is, as the health cache sees it. Names that were never asked are there too, so that the page
    /// has the same shape at any time.
    pub(super) fn providers(&self, id: RequestId) -> Response<ReplyBody> {
        let setup = self.router.setup.load();
        let names: Vec<_> = setup.config.providers.iter().map(|provider| provider.name.clone()).collect();
        let states = self.router.view.health_cache.snapshot(&names);
        let healthy = states.values().filter(|state| state.healthy).count();
        let status = match healthy {
            _ if healthy == states.len() => "ok",
            0 => "down",
            _ => "degraded",
        };
        let each = states.iter().map(|(name, state)| {
            let value = serde_json::json!({
                "healthy": state.healthy,
                "consecutive_failures": state.consecutive_failures,
                "last_check": state.last_check,
                "last_error": state.last_error.as_deref().map(|error| self.router.clean(error)),
                "unhealthy_until": state.unhealthy_until,
            });
            (name.as_str().to_owned(), value)
        });
        let providers: serde_json::Map<_, _> = each.collect();
        let body = serde_json::json!({ "status": status, "providers": providers });
        json(StatusCode::OK, body.to_string().into(), id)
    }

    /// Whether the program serves; asks no backend. Who has no token learns no names.
    pub(super) fn health(&self, id: RequestId) -> Response<ReplyBody> {
        let setup = self.router.setup.load();
        let mut body = serde_json::json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
        if !self.door.has_token() {
            let names = setup.config.providers.iter().map(|provider| provider.name.as_str());
            body["providers"] = names.collect();
            body["allow_paid"] = setup.config.allow_paid.into();
        }
        json(StatusCode::OK, body.to_string().into(), id)
    }
}
