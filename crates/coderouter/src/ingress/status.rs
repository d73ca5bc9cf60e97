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
