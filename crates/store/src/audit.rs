//! What a person may want to look up later: one row for each fact that the audit cares for. Which ones, and that they
//! hold no secrets, is decided by who tells them.

use crate::moment::{from_micros, micros};
use crate::request::cut;
use canon::id::RequestId;
use rusqlite::{Connection, Row, Statement, params};
use serde_json::Value;
use std::time::SystemTime;

/// The longest payload that is kept, in bytes; a longer one is told as its length.
const PAYLOAD_LIMIT: usize = 16 * 1024;

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// When it happened.
    pub at: SystemTime,
    /// Its name in logs.
    pub event: String,
    /// How grave it is, in the words of logs.
    pub level: String,
    /// The request it belongs to.
    pub request: Option<RequestId>,
    /// Its fields.
    pub payload: Value,
}

/// Which facts to read.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// None that happened before.
    pub since: Option<SystemTime>,
    /// None that happened at this moment or later.
    pub until: Option<SystemTime>,
    /// Only those whose name holds this; upper and lower case are one.
    pub event: Option<String>,
    /// Only so many, the latest.
    pub limit: Option<usize>,
}

/// Writes one row.
pub(crate) const INSERT: &str =
    "INSERT INTO audit (at, event, level, request, payload) VALUES (?1, ?2, ?3, ?4, ?5)";

/// The latest that pass, told oldest first. `instr` and not `LIKE`, so that `%` and `_` are only themselves.
const SELECT: &str = "SELECT * FROM (SELECT at, event, level, request, payload, row FROM audit \
    WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR instr(lower(event), lower(?3)) > 0) \
    ORDER BY at DESC, row DESC LIMIT ?4) ORDER BY at, row";

/// Writes one row with [`INSERT`].
pub(crate) fn insert(statement: &mut Statement<'_>, row: &AuditRow) -> rusqlite::Result<()> {
    let mut payload = row.payload.to_string();
    if payload.len() > PAYLOAD_LIMIT {
        payload = format!("{{\"payload_bytes\":{}}}", payload.len());
    }
    let request = row.request.map(|id| id.number().cast_signed());
    statement.execute(params![micros(row.at), cut(&row.event), cut(&row.level), request, payload])?;
    Ok(())
}

/// Tells each row that passes, oldest first.
pub(crate) fn select(
    connection: &Connection,
    filter: &AuditFilter,
    mut each: impl FnMut(AuditRow),
) -> rusqlite::Result<()> {
    let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let (since, until) = (filter.since.map_or(0, micros), filter.until.map_or(i64::MAX, micros));
    let mut statement = connection.prepare(SELECT)?;
    let mut rows = statement.query(params![since, until, filter.event, limit])?;
    while let Some(row) = rows.next()? {
        each(read(row)?);
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        at: from_micros(row.get(0)?),
        event: row.get(1)?,
        level: row.get(2)?,
        request: row.get::<_, Option<i64>>(3)?.map(|id| RequestId::new(id.cast_unsigned())),
        payload: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
    })
}
