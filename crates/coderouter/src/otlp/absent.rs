//! What stands here in a build without the feature: it says once that it can't.

use crate::config::Env;
use crate::recorder::Tracing;
use crate::router::Router;
use canon::event::{Fact, Level, Notice};
use std::sync::Arc;

/// The variables that name a collector.
const ENDPOINTS: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];

/// What the environment asks for, none of which is built.
pub struct Prepared {
    asked: Option<&'static str>,
}

/// Nothing.
pub struct Running;

impl Prepared {
    /// Takes note of whether the environment names a collector.
    pub fn from_env(env: &Env) -> Self {
        let is_disabled =
            env.get_trimmed("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let asked = ENDPOINTS.into_iter().find(|name| env.get_trimmed(name).is_some());
        Self { asked: asked.filter(|_| !is_disabled) }
    }

    /// Nobody makes traces.
    pub fn tracing(&mut self) -> Option<Tracing> {
        None
    }

    /// Says so where the environment asks for more.
    pub fn start(self, router: &Arc<Router>) -> Running {
        if let Some(variable) = self.asked {
            let hint = "build with `--features otel`, or unset it".to_owned();
            let fields = vec![("variable", variable.to_owned()), ("hint", hint)];
            router
                .record(None, Fact::Notice(Notice { name: "otlp-not-built", level: Level::Warning, fields }));
        }
        Running
    }
}

impl Running {
    /// Nothing is left to send.
    pub fn stop(self) {}
}
