//! The dashboard for Grafana and the alert rules ask for metrics that there are, by labels that they have.

use crate::golden::check;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Every sample's name, with the labels it has.
fn samples() -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("golden/metrics.txt");
    let mut samples: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once(['{', ' ']).unwrap();
        let known = samples.entry(name.to_owned()).or_default();
        if line.starts_with(&format!("{name}{{")) {
            known
                .extend(labels.split("=\"").filter_map(|it| it.rsplit([',', '{']).next()).map(str::to_owned));
        }
    }
    samples
}

/// The names in a text, each with what stands in braces behind it.
fn asked(text: &str) -> Vec<(String, String)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let places = text.match_indices("coderouter_").map(|(at, _)| &text[at..]);
    let names = places.map(|rest| {
        let (name, rest) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
        let selector = rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        (name.to_owned(), selector.map(|(inside, _)| inside.to_owned()).unwrap_or_default())
    });
    names.collect()
}

#[test]
fn examples_ask_for_metrics_that_there_are() {
    let samples = samples();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for (file, least) in [("grafana/coderouter.json", 25), ("prometheus/coderouter.rules.yaml", 12)] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let asked = asked(&text);
        assert!(asked.len() >= least, "{file}");
        for (name, selector) in asked {
            let known = samples.get(&name).unwrap_or_else(|| panic!("{file}: {name} is no metric"));
            let labels = selector.split(',').filter_map(|it| it.split(['=', '!']).next()).map(str::trim);
            for label in labels.filter(|label| !["", "instance", "job"].contains(label)) {
                assert!(known.contains(label), "{file}: {name} has no {label}: {known:?}");
            }
        }
    }
}

#[test]
fn the_dashboard_is_one_that_grafana_reads() {
    let text = include_str!("../../../../examples/grafana/coderouter.json");
    let dashboard: serde_json::Value = serde_json::from_str(text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
    }
}

#[test]
fn the_list_of_metrics_is_fresh() {
    let fresh = format!(
        "# Metrics\n\nEvery metric of `GET /metrics`, in its order. Written by a test: `BLESS=1 cargo test -p telemetry`.\n\n{}",
        telemetry::shown::reference()
    );
    check("../../docs/metrics.md", &fresh);
}
