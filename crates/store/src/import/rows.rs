//! Lines of the Python program's journals as rows. A field that is null, absent or of another type says nothing; a line
//! without a time is no row.

use crate::audit::AuditRow;
use crate::journal::JournalLine;
use crate::request::{RequestRow, Shape, Tokens};
use canon::id::{ProviderName, RequestId};
use canon::money::Usd;
use serde_json::{Map, Value};
use std::time::Duration;

/// A fact. Its fields stay as they are, those with a column of their own apart.
pub(super) fn audit(line: JournalLine) -> Option<AuditRow> {
    let JournalLine { at, mut fields } = line;
    let mut text = |name: &str| match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (event, level) = (text("event")?, text("level").unwrap_or_default().to_lowercase());
    fields.remove("ts");
    Some(AuditRow { at: at?, event, level, request: None, payload: Value::Object(fields) })
}

/// A request. It was answered, as only those were written down.
pub(super) fn request(line: &JournalLine) -> Option<RequestRow> {
    let fields = &line.fields;
    let provider = fields.get("provider")?.as_str()?;
    let digest = digest(&Value::Object(fields.clone()).to_string());
    Some(RequestRow {
        id: RequestId::new(digest),
        at: line.at?,
        profile: None,
        provider: Some(ProviderName::from(provider)),
        model: None,
        status: 200,
        attempts: 1,
        streaming: fields.get("streaming").and_then(Value::as_bool).unwrap_or(false),
        took: Duration::ZERO,
        first_token: None,
        tokens: Tokens {
            input: count(fields, "input_tokens"),
            output: count(fields, "output_tokens"),
            cache_read: count(fields, "cache_read_input_tokens"),
            cache_write: count(fields, "cache_creation_input_tokens"),
        },
        cost: dollars(fields, "cost_usd"),
        savings: dollars(fields, "cost_savings_usd"),
        outcome: fields.get("outcome").and_then(Value::as_str).unwrap_or("unknown").to_owned(),
        fallbacks: Vec::new(),
        error: None,
        shape: Shape::default(),
        session: None,
    })
}

fn count(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    let number = fields.get(name)?;
    // Some versions wrote counts as floats.
    number.as_u64().or_else(|| number.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64))
}

fn dollars(fields: &Map<String, Value>, name: &str) -> Usd {
    Usd::from_dollars(fields.get(name).and_then(Value::as_f64).unwrap_or(0.0))
}

/// A number for a text, the same in every version (64-bit FNV-1a): ids made of it are kept on disk.
pub(super) fn digest(text: &str) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    text.bytes().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}
