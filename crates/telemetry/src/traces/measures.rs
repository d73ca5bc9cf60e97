//! The histograms of the conventions for generative AI.

use super::call::{Call, Outcome};
use super::convention as names;
use crate::attribute::{Attribute, Form, Point, Reading, Series, Value};
use std::collections::HashMap;

/// The most sets of attributes of one metric; what comes after is counted together.
const MOST: usize = 512;

/// What calls took and how many tokens they used.
#[derive(Debug)]
pub struct Measures {
    families: [Family; 3],
}

/// One metric.
#[derive(Debug)]
struct Family {
    name: &'static str,
    unit: &'static str,
    help: &'static str,
    bounds: &'static [f64],
    points: HashMap<String, Point>,
}

impl Measures {
    /// Nothing measured.
    pub fn new() -> Self {
        let family = |(name, unit, help, bounds)| Family { name, unit, help, bounds, points: HashMap::new() };
        Self {
            families: [
                (
                    names::USAGE_METRIC,
                    "{token}",
                    "Number of input and output tokens used.",
                    names::USAGE_BOUNDS,
                ),
                (names::DURATION_METRIC, "s", "GenAI operation duration.", names::DURATION_BOUNDS),
                (
                    names::FIRST_TOKEN_METRIC,
                    "s",
                    "Time to generate first token for successful responses.",
                    names::FIRST_TOKEN_BOUNDS,
                ),
            ]
            .map(family),
        }
    }

    /// Takes a call in. One that was let go says nothing.
    pub fn observe(&mut self, call: &Call) {
        if call.outcome == Outcome::LetGo {
            return;
        }
        let [usage, duration, first_token] = &mut self.families;
        for (kind, count) in [("input", call.input_tokens()), ("output", call.tokens.output)] {
            if let Some(count) = count {
                let mut attributes = call.attributes();
                attributes.push((names::TOKEN_TYPE, kind.into()));
                usage.observe(attributes, count as f64);
            }
        }
        let mut attributes = call.attributes();
        if let Some(first) = call.first_token {
            first_token.observe(attributes.clone(), first.as_secs_f64());
        }
        attributes.extend(call.error().map(|error| (names::ERROR, error.into())));
        let took = call.end.duration_since(call.start).unwrap_or_default();
        duration.observe(attributes, took.as_secs_f64());
    }

    /// All numbers so far.
    pub fn series(&self) -> Vec<Series> {
        let families = self.families.iter().filter(|family| !family.points.is_empty());
        families
            .map(|family| Series {
                name: family.name.to_owned(),
                unit: family.unit,
                help: family.help,
                form: Form::Histogram(family.bounds),
                points: family.points.values().cloned().collect(),
            })
            .collect()
    }
}

impl Default for Measures {
    fn default() -> Self {
        Self::new()
    }
}

impl Family {
    fn observe(&mut self, attributes: Vec<Attribute>, value: f64) {
        let (key, attributes) = match format!("{attributes:?}") {
            key if self.points.len() < MOST || self.points.contains_key(&key) => (key, attributes),
            _ => (String::new(), vec![(names::OVERFLOW, Value::Flag(true))]),
        };
        let empty = || Point { attributes, reading: Reading::Spread(vec![0; self.bounds.len() + 1], 0.0) };
        let point = self.points.entry(key).or_insert_with(empty);
        if let Reading::Spread(counts, sum) = &mut point.reading {
            let place = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
            counts[place] += 1;
            *sum += value;
        }
    }
}
