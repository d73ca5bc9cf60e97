//! A check-up: all probes over some providers. Those behind one address are examined one after the other, as they share a
//! graphics card; the others at once.

use super::finding::{Finding, Verdict};
use super::inspection::Server;
use super::patient::Patient;
use super::probes::{Cost, PROBES, Probe};
use crate::config::{Env, Loaded};
use crate::ledger::Learned;
use canon::config::Word;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How thorough a check-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The short questions.
    Quick,
    /// Those, what agents need beyond, and a long prompt for servers of one's own.
    Usual,
    /// A long prompt for everybody; clouds may charge for it.
    Deep,
}

/// Who is examined, and how.
#[derive(Clone, Debug)]
pub struct Order {
    /// The providers' names.
    pub providers: Vec<String>,
    /// How thoroughly.
    pub depth: Depth,
    /// Only these probes, beside the first one; all where there are none.
    pub only: Vec<String>,
    /// How long one short answer may take.
    pub patience: Duration,
}

/// What is told while it goes on.
#[derive(Clone, Copy)]
pub enum Told<'a> {
    /// A probe begins: its place among so many.
    Begins(&'a str, &'a Probe, usize, usize),
    /// It has ended.
    Ended(&'a str, &'a Finding),
}

/// A provider that was examined.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// Its name.
    pub name: String,
    /// The wire it speaks.
    pub kind: &'static str,
    /// Where it is.
    pub base_url: String,
    /// The model that was asked for; none where the backend chooses.
    pub model: Option<String>,
    /// What its server says of itself.
    pub server: Server,
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub took: Duration,
}

impl Examined {
    /// The worst verdict.
    pub fn worst(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        verdicts.max_by_key(|verdict| verdict.gravity()).unwrap_or(Verdict::Skip)
    }

    /// All that was learned.
    pub fn learned(&self) -> Learned {
        let mut learned = Learned::default();
        self.findings.iter().for_each(|finding| learned.merge(&finding.learned));
        learned
    }

    /// What a probe found.
    pub fn finding(&self, probe: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.probe == probe)
    }
}

/// Examines providers of one configuration.
pub struct Checkup {
    /// The configuration.
    pub loaded: Arc<Loaded>,
    /// The environment.
    pub env: Arc<Env>,
}

impl Checkup {
    /// Examines whom the order names, in its order.
    ///
    /// # Errors
    /// If a name is unknown.
    pub async fn run(
        &self,
        order: &Order,
        tell: &(dyn Fn(Told<'_>) + Sync),
    ) -> anyhow::Result<Vec<Examined>> {
        let patient = |name: &String| {
            Patient::new(Arc::clone(&self.loaded), Arc::clone(&self.env), name, order.patience)
        };
        let patients = order.providers.iter().map(patient).collect::<anyhow::Result<Vec<_>>>()?;
        let mut houses: Vec<(String, Vec<(usize, Patient)>)> = Vec::new();
        for (at, patient) in patients.into_iter().enumerate() {
            let authority = patient.provider().endpoint.authority();
            match houses.iter_mut().find(|(known, _)| *known == authority) {
                Some((_, members)) => members.push((at, patient)),
                None => houses.push((authority, vec![(at, patient)])),
            }
        }
        let each = houses.into_iter().map(|(_, members)| async move {
            let mut examined = Vec::new();
            for (at, patient) in members {
                examined.push((at, examine(patient, order, tell).await));
            }
            examined
        });
        let mut examined: Vec<(usize, Examined)> = join_all(each).await.into_iter().flatten().collect();
        examined.sort_by_key(|(at, _)| *at);
        Ok(examined.into_iter().map(|(_, examined)| examined).collect())
    }
}

async fn examine(patient: Patient, order: &Order, tell: &(dyn Fn(Told<'_>) + Sync)) -> Examined {
    let began = Instant::now();
    let patient = patient.inspected().await;
    let probes: Vec<&Probe> = PROBES.iter().filter(|probe| is_meant(probe, &patient, order)).collect();
    let mut findings: Vec<Finding> = Vec::with_capacity(probes.len());
    for (at, probe) in probes.iter().enumerate() {
        let first = findings.first().map(|first| first.verdict);
        let finding = if first.is_some_and(|verdict| verdict != Verdict::Ok) {
            Finding { probe: probe.name, ..Finding::skip("left out, as the first did not go well") }
        } else {
            tell(Told::Begins(patient.name(), probe, at + 1, probes.len()));
            let began = Instant::now();
            let finding = (probe.run)(&patient).await;
            Finding { probe: probe.name, took: began.elapsed(), ..finding }
        };
        tell(Told::Ended(patient.name(), &finding));
        findings.push(finding);
    }
    let provider = Arc::clone(&patient.backend.provider);
    Examined {
        name: provider.name.as_str().to_owned(),
        kind: provider.kind.word(),
        base_url: provider.endpoint.to_string(),
        findings,
        took: began.elapsed(),
        server: patient.server,
        model: patient.model,
    }
}

fn is_meant(probe: &Probe, patient: &Patient, order: &Order) -> bool {
    let is_first = probe.name == PROBES[0].name;
    if is_first || !order.only.is_empty() {
        return is_first || order.only.iter().any(|name| name == probe.name);
    }
    match probe.cost {
        Cost::Short => true,
        Cost::Some => order.depth >= Depth::Usual,
        Cost::Long if patient.provider().local => order.depth >= Depth::Usual,
        Cost::Long => order.depth >= Depth::Deep,
    }
}
