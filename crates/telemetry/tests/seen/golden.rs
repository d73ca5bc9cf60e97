//! The three pages after the story, whole, against files; with `BLESS=1` in the environment the files are written.

use crate::story::{redactor, standing, told};
use serde_json::Value;
use std::fs;
use std::path::Path;
use telemetry::shown::{metrics_json, overview, prometheus};

/// Compares a page with the file of a name from the crate's folder, or writes it there.
#[track_caller]
pub(crate) fn check(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, page).unwrap();
    }
    let expect = fs::read_to_string(&path).unwrap_or_default();
    if expect != page {
        let first = expect.lines().zip(page.lines()).find(|(expect, page)| expect != page);
        panic!("{name} is another one; the first line that differs: {first:#?}");
    }
}

/// A field a line, so that a difference can be read; lists of numbers on one.
fn pretty(page: &Value) -> String {
    let mut text = serde_json::to_string_pretty(page).unwrap();
    text.push('\n');
    text
}

#[test]
fn metrics_are_shown_as_json() {
    check("tests/seen/golden/metrics.json", &pretty(&metrics_json(&told(), &standing(), &redactor())));
}

#[test]
fn metrics_are_shown_as_prometheus_reads_them() {
    check("tests/seen/golden/metrics.txt", &prometheus(&told(), &standing(), &redactor()));
}

#[test]
fn the_overview_is_what_the_dashboard_reads() {
    check("tests/seen/golden/overview.json", &pretty(&overview(&told(), &standing(), &redactor())));
}
