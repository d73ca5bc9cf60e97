//! Whom a fact is about, for whoever wants to hear of some only.

use crate::fact::{Value, fields};
use canon::event::Fact;

/// Whom a fact is about, as its line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject<'f> {
    /// The provider.
    pub provider: Option<&'f str>,
    /// The profile.
    pub profile: Option<&'f str>,
}

/// Whom a fact is about.
pub fn subject(fact: &Fact) -> Subject<'_> {
    let mut subject = Subject::default();
    for (name, value) in fields(fact) {
        match (name, value) {
            ("provider", Value::Text(name)) => subject.provider = Some(name),
            ("profile", Value::Text(name)) => subject.profile = Some(name),
            _ => {}
        }
    }
    subject
}

#[cfg(test)]
mod tests {
    use super::*;
    use canon::event::SkipReason;

    #[test]
    fn a_fact_is_about_whom_its_line_names() {
        let skipped = Fact::ProviderSkipped {
            profile: "coding".into(),
            provider: "local".into(),
            reason: SkipReason::PaidGate,
            later: false,
        };
        assert_eq!(subject(&skipped), Subject { provider: Some("local"), profile: Some("coding") });
        assert_eq!(subject(&Fact::Stopped), Subject::default());
    }
}
