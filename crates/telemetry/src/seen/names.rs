//! Names that become labels. Some come from outside, so there are so many of each sort at most; the rest share one.

use super::sorted::Sorted;

/// The name of all that came after there were enough.
pub(crate) const OTHER: &str = "other";

/// Names of one sort, as many as fit.
#[derive(Debug)]
pub(super) struct Names {
    known: Sorted<()>,
    limit: usize,
    overflowed: bool,
}

impl Names {
    /// Room for so many names.
    pub(super) fn within(limit: usize) -> Self {
        Self { known: Sorted::default(), limit, overflowed: false }
    }

    /// The name itself where there is room for it, else the one that the rest share.
    pub(super) fn label<'n>(&mut self, name: &'n str) -> &'n str {
        if self.known.get(name).is_some() {
            return name;
        }
        if self.known.len() >= self.limit || name.len() > LENGTH {
            self.overflowed = true;
            return OTHER;
        }
        self.known.entry(name, || ());
        name
    }

    /// All names that are used, in order; the one that the rest share comes last.
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        let rest = self.overflowed && self.known.get(OTHER).is_none();
        self.known.iter().map(|(name, ())| name).chain(rest.then_some(OTHER))
    }
}

/// The longest name that becomes a label, in bytes.
const LENGTH: usize = 200;

/// The names of everything that is counted by name.
#[derive(Debug)]
pub(super) struct Labels {
    /// Providers.
    pub(super) providers: Names,
    /// Profiles.
    pub(super) profiles: Names,
    /// Models, each with its provider.
    models: Names,
    /// Fields of requests that were left out or lost.
    pub(super) fields: Names,
    pair: String,
}

impl Labels {
    /// None yet.
    pub(super) fn new() -> Self {
        Self {
            providers: Names::within(128),
            profiles: Names::within(128),
            models: Names::within(256),
            fields: Names::within(64),
            pair: String::new(),
        }
    }

    /// The label of a provider's model; `provider` is a label already.
    pub(super) fn model<'n>(&mut self, provider: &str, model: Option<&'n str>) -> &'n str {
        let model = model.unwrap_or_default();
        self.pair.clear();
        self.pair.push_str(provider);
        self.pair.push('\n');
        self.pair.push_str(model);
        if self.models.label(&self.pair) == OTHER { OTHER } else { model }
    }
}
