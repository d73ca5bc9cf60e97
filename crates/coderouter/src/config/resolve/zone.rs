//! The zone in which times are shown.

use super::super::near::nearest;
use super::super::notice::Notice;
use super::super::reader::Spanned;
use super::Findings;

/// Checks the name against the system's zone data; offsets such as `+09:00` are no names.
pub(super) fn check(zone: Option<&Spanned<String>>, findings: &mut Findings) -> Option<String> {
    let zone = zone?;
    let zones = jiff::tz::db();
    if zones.is_definitively_empty() {
        findings.notices.push(Notice::TimeZonesMissing);
    } else if zones.get(&zone.value).is_err() {
        let names: Vec<_> = zones.available().collect();
        let hint = match nearest(&zone.value, names.iter().map(|name| name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "use an IANA name such as Europe/Berlin".to_owned(),
        };
        findings.report(zone.mistake("there is no such time zone").hint(hint));
    }
    Some(zone.value.clone())
}
