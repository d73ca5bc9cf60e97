//! Trying what may help. A change is made to the configuration in memory, the probe that asked for it is made again, and the
//! change stays only if that went better. Nothing is written here.

use super::checkup::{Checkup, Examined, Order, Told};
use super::finding::Finding;
use super::fix::{Fix, Target};
use crate::config::{self, Loaded, Sources};
use amend::{Edit, Field, Step};
use std::path::Path;
use std::sync::Arc;

/// What the files said, and say now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The configuration.
    pub providers: String,
    /// The user's capability registry; none where there is none.
    pub capabilities: Option<String>,
}

/// How changes are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The first that is proposed for each finding, untried.
    Apply,
    /// What is seen to help.
    Fix,
}

/// A change that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The provider.
    pub provider: String,
    /// The probe that asked for it.
    pub probe: &'static str,
    /// The change.
    pub fix: Fix,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It helped, or was to be made untried.
    Made,
    /// It stands there already.
    Already,
    /// It did not help, and was taken back; what the probe said then.
    DidNotHelp(String),
    /// It can't be made.
    Impossible(String),
}

/// What came of a treatment.
#[derive(Clone, Debug)]
pub struct Treated {
    /// The files as they should be.
    pub texts: Texts,
    /// All that was tried, in order.
    pub tried: Vec<Tried>,
    /// The configuration by them.
    pub loaded: Arc<Loaded>,
}

/// A treatment under way.
struct Treatment<'a> {
    checkup: &'a Checkup,
    order: &'a Order,
    sources: Sources<'a>,
    path: &'a Path,
    texts: Texts,
    loaded: Arc<Loaded>,
    tried: Vec<Tried>,
}

/// Tries what the findings propose.
pub async fn treat(
    checkup: &Checkup,
    order: &Order,
    sources: Sources<'_>,
    texts: Texts,
    (course, examined): (Course, &[Examined]),
    tell: &(dyn Fn(Told<'_>) + Sync),
) -> Treated {
    let mut treatment = Treatment {
        checkup,
        order,
        sources,
        path: &checkup.loaded.path,
        texts,
        loaded: Arc::clone(&checkup.loaded),
        tried: Vec::new(),
    };
    for patient in examined {
        for finding in patient.findings.iter().filter(|finding| !finding.fixes.is_empty()) {
            treatment.finding(&patient.name, finding, course, tell).await;
        }
    }
    let Treatment { texts, tried, loaded, .. } = treatment;
    Treated { texts, tried, loaded }
}

impl Treatment<'_> {
    async fn finding(
        &mut self,
        name: &str,
        finding: &Finding,
        course: Course,
        tell: &(dyn Fn(Told<'_>) + Sync),
    ) {
        if course == Course::Fix && self.is_cured(name, finding, tell).await {
            return;
        }
        for fix in &finding.fixes {
            let outcome = match (self.made(fix), course) {
                (Err(reason), _) => Outcome::Impossible(reason),
                (Ok((texts, _)), _) if texts == self.texts => Outcome::Already,
                // What a rule says of a model was seen by the probe itself.
                (Ok((texts, loaded)), course)
                    if course == Course::Apply || fix.target == Target::Capabilities =>
                {
                    (self.texts, self.loaded) = (texts, loaded);
                    Outcome::Made
                }
                (Ok((texts, loaded)), _) => match self.probed(name, finding, &loaded, tell).await {
                    None => {
                        (self.texts, self.loaded) = (texts, loaded);
                        Outcome::Made
                    }
                    Some(still) => Outcome::DidNotHelp(still),
                },
            };
            let is_done = matches!(outcome, Outcome::Made) || course == Course::Apply;
            self.tried.push(Tried {
                provider: name.to_owned(),
                probe: finding.probe,
                fix: fix.clone(),
                outcome,
            });
            if is_done {
                return;
            }
        }
    }

    /// Whether what was changed for another finding of the same provider has helped here too.
    async fn is_cured(&self, name: &str, finding: &Finding, tell: &(dyn Fn(Told<'_>) + Sync)) -> bool {
        let has_changed =
            self.tried.iter().any(|tried| tried.provider == name && tried.outcome == Outcome::Made);
        has_changed && self.probed(name, finding, &self.loaded, tell).await.is_none()
    }

    /// The files with a change, and the configuration that they are then.
    fn made(&self, fix: &Fix) -> Result<(Texts, Arc<Loaded>), String> {
        let mut texts = self.texts.clone();
        match fix.target {
            Target::Providers => {
                texts.providers =
                    amend::edit(&texts.providers, &edits(fix)).map_err(|error| error.to_string())?;
            }
            Target::Capabilities => {
                let before = texts.capabilities.as_deref().unwrap_or("version: 1\nrules: []\n");
                let after = amend::edit(before, &edits(fix)).map_err(|error| error.to_string())?;
                texts.capabilities = Some(after);
            }
        }
        let loaded = config::load_text(&texts.providers, self.path, self.sources)
            .map_err(|report| report.to_string())?;
        Ok((texts, Arc::new(loaded)))
    }

    /// What a probe still says with a change; none where it went better than before.
    async fn probed(
        &self,
        name: &str,
        before: &Finding,
        loaded: &Arc<Loaded>,
        tell: &(dyn Fn(Told<'_>) + Sync),
    ) -> Option<String> {
        let checkup = Checkup { loaded: Arc::clone(loaded), env: Arc::clone(&self.checkup.env) };
        let order = Order {
            providers: vec![name.to_owned()],
            only: vec![before.probe.to_owned()],
            ..self.order.clone()
        };
        let examined = match checkup.run(&order, tell).await {
            Ok(examined) => examined,
            Err(error) => return Some(error.to_string()),
        };
        let after = examined.first().and_then(|examined| examined.finding(before.probe));
        match after {
            Some(after) if after.verdict.gravity() < before.verdict.gravity() => None,
            Some(after) => Some(after.detail.clone()),
            None => Some("the probe could not be made".to_owned()),
        }
    }
}

/// A change in the words of the room that makes it.
fn edits(fix: &Fix) -> Vec<Edit> {
    let fields = fix.item.iter().map(|(name, value)| {
        let field = Field::new(*name, value.as_str());
        // A rule without a kind is about any.
        if *name == "kind" { field.or("any") } else { field }
    });
    let item = Step::Item(fields.collect());
    let edit = |(path, value): &(Vec<&'static str>, serde_json::Value)| {
        let way =
            [Step::key(fix.list()), item.clone()].into_iter().chain(path.iter().map(|key| Step::key(*key)));
        Edit::new(way, value.clone())
    };
    fix.changes.iter().map(edit).collect()
}
