//! The variables, one by one.

use super::Settings;
use crate::config::Env;
use std::time::Duration;
use telemetry::traces::{Recorded, Sampler};

fn read(variables: &[(&str, &str)]) -> Option<Settings> {
    Settings::read(&variables.iter().copied().collect::<Env>())
}

fn url(settings: &Settings) -> [Option<String>; 2] {
    [&settings.traces, &settings.metrics].map(|target| {
        let endpoint = &target.as_ref()?.endpoint;
        Some(format!("{}://{}{}", endpoint.scheme.as_str(), endpoint.authority(), endpoint.path))
    })
}

#[track_caller]
fn check(variables: &[(&str, &str)], traces: Option<&str>, metrics: Option<&str>) {
    let settings = read(variables).expect("settings");
    assert_eq!(url(&settings), [traces, metrics].map(|url| url.map(str::to_owned)), "{variables:?}");
}

#[test]
fn nothing_is_exported_unless_a_collector_is_named() {
    assert!(read(&[]).is_none());
    assert!(read(&[("OTEL_SERVICE_NAME", "x"), ("OTEL_TRACES_SAMPLER", "always_on")]).is_none());
    let named = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318");
    assert!(read(&[named, ("OTEL_SDK_DISABLED", "True")]).is_none());
    assert!(read(&[named, ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")]).is_none());
    assert!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).is_none());
}

#[test]
fn a_base_gets_a_path_and_a_signals_own_url_is_used_as_it_is() {
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/otlp/");
    check(&[base], Some("http://c:4318/otlp/v1/traces"), Some("http://c:4318/otlp/v1/metrics"));
    let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://t");
    check(&[own], Some("https://t/"), None);
    check(&[base, own], Some("https://t/"), Some("http://c:4318/otlp/v1/metrics"));
    let metrics = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://m:1/x/y");
    check(&[metrics], None, Some("http://m:1/x/y"));
    check(&[base, ("OTEL_TRACES_EXPORTER", "none")], None, Some("http://c:4318/otlp/v1/metrics"));
    assert_eq!(read(&[metrics]).and_then(|settings| settings.recorded()), Some(Recorded::Metrics));
    let recorded = read(&[base]).and_then(|settings| settings.recorded());
    assert_eq!(recorded, Some(Recorded::Traces(Sampler::default())));
}

#[test]
fn what_can_not_be_used_is_told_without_its_value() {
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "c:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:secret@c"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer secret\u{e9},bad name=secret"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", "much"),
    ] {
        let mut variables = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c")];
        if variable == "OTEL_TRACES_SAMPLER_ARG" {
            variables.push(("OTEL_TRACES_SAMPLER", "traceidratio"));
        }
        variables.push((variable, value));
        let settings = read(&variables).expect("settings");
        assert!(!settings.notices.is_empty(), "{variable}={value}");
        let told = format!("{:?}", settings.notices);
        assert!(told.contains("OTEL_") && !told.contains("secret"), "{told}");
    }
}

#[test]
fn headers_names_and_times_are_read() {
    let settings = read(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b%2Cc, x-team = blue,,nonsense"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-key=m"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "250"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=lost,deployment.environment=night%20shift"),
        ("OTEL_SERVICE_NAME", "mine"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
    ]);
    let settings = settings.expect("settings");
    let (traces, metrics) = (settings.traces.expect("traces"), settings.metrics.expect("metrics"));
    assert_eq!(traces.headers["x-key"], "a b,c");
    assert_eq!(traces.headers["x-team"], "blue");
    assert_eq!((metrics.headers.len(), &metrics.headers["x-key"]), (1, &"m".parse().unwrap()));
    assert!(format!("{:?}", traces.headers).contains("Sensitive"));
    assert_eq!(traces.timeout, Duration::from_millis(250));
    assert_eq!((settings.delay, settings.interval), (Duration::from_millis(100), Duration::from_secs(60)));
    assert_eq!(Some(settings.sampler), Sampler::named("parentbased_traceidratio", Some(0.25)));
    let resource =
        |name: &str| settings.resource.iter().find(|(known, _)| known == name).map(|(_, it)| it.as_str());
    assert_eq!(resource("service.name"), Some("mine"));
    assert_eq!(resource("deployment.environment"), Some("night shift"));
    assert_eq!(resource("service.instance.id").map(str::len), Some(32));
}
