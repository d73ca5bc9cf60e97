//! What the standard variables of OpenTelemetry ask for
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/> and `.../configuration/sdk-environment-variables/`).
//! What can't be used is told and passed over.

use crate::config::Env;
use canon::config::Endpoint;
use canon::event::{Level, Notice};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use std::time::Duration;
use telemetry::traces::{Recorded, Sampler};

/// Where and what to export.
pub(super) struct Settings {
    /// Where spans go.
    pub(super) traces: Option<Target>,
    /// Where metrics go.
    pub(super) metrics: Option<Target>,
    /// What the program is.
    pub(super) resource: Vec<(String, String)>,
    /// Which traces are told.
    pub(super) sampler: Sampler,
    /// How long spans wait for others.
    pub(super) delay: Duration,
    /// Between two readings of metrics.
    pub(super) interval: Duration,
    /// What can't be used.
    pub(super) notices: Vec<Notice>,
}

/// Where one signal goes.
pub(super) struct Target {
    /// The URL, its path included.
    pub(super) endpoint: Endpoint,
    /// What else a request carries; may hold a key.
    pub(super) headers: HeaderMap,
    /// How long one request may take.
    pub(super) timeout: Duration,
}

impl Settings {
    /// Reads the environment; none where it names no collector.
    pub(super) fn read(env: &Env) -> Option<Self> {
        let is_true = |value: &str| value.eq_ignore_ascii_case("true");
        if env.get_trimmed("OTEL_SDK_DISABLED").is_some_and(is_true) {
            return None;
        }
        let mut reader = Reader { env, notices: Vec::new() };
        let (traces, metrics) = (reader.target("TRACES"), reader.target("METRICS"));
        if traces.is_none() && metrics.is_none() && reader.notices.is_empty() {
            return None;
        }
        Some(Self {
            traces,
            metrics,
            sampler: reader.sampler(),
            resource: reader.resource(),
            delay: reader.millis("OTEL_BSP_SCHEDULE_DELAY", 5_000),
            interval: reader.millis("OTEL_METRIC_EXPORT_INTERVAL", 60_000),
            notices: reader.notices,
        })
    }

    /// What has to be recorded for it.
    pub(super) fn recorded(&self) -> Option<Recorded> {
        match (&self.traces, &self.metrics) {
            (Some(_), _) => Some(Recorded::Traces(self.sampler)),
            (None, Some(_)) => Some(Recorded::Metrics),
            (None, None) => None,
        }
    }
}

struct Reader<'e> {
    env: &'e Env,
    notices: Vec<Notice>,
}

impl Reader<'_> {
    fn target(&mut self, signal: &str) -> Option<Target> {
        let exporter = self.env.get_trimmed(&format!("OTEL_{signal}_EXPORTER")).unwrap_or("otlp");
        if exporter != "otlp" {
            return None;
        }
        let (variable, url) = self.of(signal, "ENDPOINT")?;
        let mut endpoint: Endpoint = match url.parse() {
            Ok(endpoint) => endpoint,
            Err(why) => return self.unusable(&variable, &format!("it {why}")),
        };
        if let Some((variable, protocol)) =
            self.of(signal, "PROTOCOL").filter(|(_, it)| *it != "http/protobuf")
        {
            return self.unusable(&variable, &format!("{protocol} is not spoken here, but http/protobuf"));
        }
        if variable.ends_with(signal_endpoint(signal)) {
            endpoint.path.push_str(if endpoint.path.is_empty() { "/" } else { "" });
        } else {
            endpoint.path.push_str("/v1/");
            endpoint.path.push_str(&signal.to_ascii_lowercase());
        }
        let timeout =
            self.of(signal, "TIMEOUT").and_then(|(_, millis)| millis.parse().ok()).unwrap_or(10_000);
        let headers = self.headers(signal);
        Some(Target { endpoint, headers, timeout: Duration::from_millis(timeout) })
    }

    fn headers(&mut self, signal: &str) -> HeaderMap {
        let Some((variable, list)) = self.of(signal, "HEADERS") else { return HeaderMap::new() };
        let mut headers = HeaderMap::new();
        for (name, value) in pairs(list) {
            let name = HeaderName::from_bytes(name.as_bytes()).ok();
            match name.zip(HeaderValue::from_str(&value).ok()) {
                Some((name, mut value)) => {
                    value.set_sensitive(true);
                    headers.insert(name, value);
                }
                None => drop(self.unusable::<()>(&variable, "it holds what can't stand in a header")),
            }
        }
        headers
    }

    fn sampler(&mut self) -> Sampler {
        let Some(name) = self.env.get_trimmed("OTEL_TRACES_SAMPLER") else { return Sampler::default() };
        // Without a share all are meant.
        let share =
            self.env.get_trimmed("OTEL_TRACES_SAMPLER_ARG").map_or(Some(1.0), |share| share.parse().ok());
        Sampler::named(name, share).unwrap_or_else(|| {
            let why =
                "no such sampler, or its share is not a number from 0 to 1; parentbased_always_on is used";
            let _ = self.unusable::<()>("OTEL_TRACES_SAMPLER", why);
            Sampler::default()
        })
    }

    fn resource(&self) -> Vec<(String, String)> {
        let mut resource = vec![
            ("service.name".to_owned(), "coderouter".to_owned()),
            ("service.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("service.instance.id".to_owned(), format!("{:032x}", fastrand::u128(..))),
        ];
        let mut put =
            |name: String, value: String| match resource.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => resource.push((name, value)),
            };
        for (name, value) in pairs(self.env.get_trimmed("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default()) {
            put(name, value);
        }
        if let Some(name) = self.env.get_trimmed("OTEL_SERVICE_NAME") {
            put("service.name".to_owned(), name.to_owned());
        }
        resource
    }

    fn millis(&self, variable: &str, default: u64) -> Duration {
        let millis = self.env.get_trimmed(variable).and_then(|millis| millis.parse().ok());
        Duration::from_millis(millis.filter(|millis| *millis > 0).unwrap_or(default))
    }

    /// A setting of one signal, else that of all; and the variable it stands in.
    fn of(&self, signal: &str, setting: &str) -> Option<(String, &str)> {
        let variables =
            [format!("OTEL_EXPORTER_OTLP_{signal}_{setting}"), format!("OTEL_EXPORTER_OTLP_{setting}")];
        variables.into_iter().find_map(|variable| {
            let value = self.env.get_trimmed(&variable)?;
            Some((variable, value))
        })
    }

    fn unusable<T>(&mut self, variable: &str, why: &str) -> Option<T> {
        let fields = vec![("variable", variable.to_owned()), ("error", why.to_owned())];
        self.notices.push(Notice { name: "otlp-setting-unusable", level: Level::Warning, fields });
        None
    }
}

fn signal_endpoint(signal: &str) -> &'static str {
    if signal == "TRACES" { "TRACES_ENDPOINT" } else { "METRICS_ENDPOINT" }
}

/// `name=value` pairs between commas, percent-encoded. What is no pair is passed over.
fn pairs(list: &str) -> Vec<(String, String)> {
    let decoded =
        |text: &str| percent_decode_str(text.trim()).decode_utf8().ok().map(|text| text.into_owned());
    let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
    pairs
        .filter_map(|(name, value)| Some((decoded(name)?, decoded(value)?)))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
