//! One row for each client request that is over: what it was like, who answered, what it took and cost. No text of
//! it is kept.

use crate::ledger::{from_nanos, nanos};
use crate::moment::{from_micros, micros};
use canon::id::{ModelName, ProfileName, ProviderName, RequestId};
use canon::money::Usd;
use rusqlite::{Connection, Row, Statement, params};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// The longest error or word that is kept, in characters.
const TEXT_LIMIT: usize = 1_000;

/// The most hops that are kept of one request.
const HOPS_LIMIT: usize = 64;

/// A client request that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestRow {
    /// Its id, as on log lines and in `x-request-id`.
    pub id: RequestId,
    /// When it ended.
    pub at: SystemTime,
    /// The chain.
    pub profile: Option<ProfileName>,
    /// Who answered, if somebody did.
    pub provider: Option<ProviderName>,
    /// The model that answered, in its backend's words.
    pub model: Option<ModelName>,
    /// The HTTP status that the client got.
    pub status: u16,
    /// Attempts made.
    pub attempts: u32,
    /// Whether the client asked for a stream.
    pub streaming: bool,
    /// From the first byte of the request to the last of the answer.
    pub took: Duration,
    /// From the first byte of the request to the first content.
    pub first_token: Option<Duration>,
    /// The tokens, in classes that don't overlap.
    pub tokens: Tokens,
    /// What it cost, failed attempts included.
    pub cost: Usd,
    /// What prompt caches saved.
    pub savings: Usd,
    /// How it ended, in a word.
    pub outcome: String,
    /// The providers left behind, in order.
    pub fallbacks: Vec<Hop>,
    /// What the client was told when nobody answered, redacted.
    pub error: Option<String>,
    /// What planning it again needs.
    pub shape: Shape,
    /// The conversation it belongs to, as a digest.
    pub session: Option<u64>,
}

/// Token counts; none where the backend did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Prompt tokens read in full.
    pub input: Option<u64>,
    /// Tokens generated.
    pub output: Option<u64>,
    /// Prompt tokens found in a cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written into a cache.
    pub cache_write: Option<u64>,
}

/// A provider that was left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hop {
    /// Its name.
    pub provider: String,
    /// Why, in the words of headers.
    pub reason: String,
    /// Whether it was asked at all.
    pub attempted: bool,
}

/// The facts about a request that routing looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shape {
    /// Its length by our estimate.
    pub estimated_tokens: u64,
    /// Whether it declares tools.
    pub has_tools: bool,
    /// Whether it holds a picture.
    pub has_image: bool,
    /// Its class, in the word of the automatic router.
    pub class: String,
    /// The length of its body.
    pub body_bytes: u64,
}

/// Which requests to read.
#[derive(Clone, Debug, Default)]
pub struct RequestFilter {
    /// None that ended before.
    pub since: Option<SystemTime>,
    /// None that ended at this moment or later.
    pub until: Option<SystemTime>,
    /// Only those this provider answered; upper and lower case are one.
    pub provider: Option<String>,
    /// Only those of this chain; upper and lower case are one.
    pub profile: Option<String>,
    /// Only so many, the latest.
    pub limit: Option<usize>,
}

/// Writes one row.
pub(crate) const INSERT: &str = "INSERT INTO requests (id, at, profile, provider, model, status, attempts, streaming, \
    took_us, first_token_us, input, output, cache_read, cache_write, cost, savings, outcome, fallbacks, error, \
    shape, session) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
    ?19, ?20, ?21)";

/// The latest that pass, told oldest first.
const SELECT: &str = "SELECT * FROM (SELECT id, at, profile, provider, model, status, attempts, streaming, \
    took_us, first_token_us, input, output, cache_read, cache_write, cost, savings, outcome, fallbacks, error, \
    shape, session, row FROM requests WHERE at >= ?1 AND at < ?2 \
    AND (?3 IS NULL OR provider = ?3 COLLATE NOCASE) AND (?4 IS NULL OR profile = ?4 COLLATE NOCASE) \
    ORDER BY at DESC, row DESC LIMIT ?5) ORDER BY at, row";

/// Writes one row with [`INSERT`].
pub(crate) fn insert(statement: &mut Statement<'_>, row: &RequestRow) -> rusqlite::Result<()> {
    let hops = &row.fallbacks[..row.fallbacks.len().min(HOPS_LIMIT)];
    let mut shape = row.shape.clone();
    shape.class = cut(&shape.class).to_owned();
    statement.execute(params![
        row.id.number().cast_signed(),
        micros(row.at),
        row.profile.as_ref().map(|name| cut(name.as_str())),
        row.provider.as_ref().map(|name| cut(name.as_str())),
        row.model.as_ref().map(|name| cut(name.as_str())),
        row.status,
        row.attempts,
        row.streaming,
        duration(row.took),
        row.first_token.map(duration),
        row.tokens.input.map(count),
        row.tokens.output.map(count),
        row.tokens.cache_read.map(count),
        row.tokens.cache_write.map(count),
        nanos(row.cost),
        nanos(row.savings),
        cut(&row.outcome),
        json(hops),
        row.error.as_deref().map(cut),
        json(&shape),
        row.session.map(u64::cast_signed),
    ])?;
    Ok(())
}

/// Tells each row that passes, oldest first.
pub(crate) fn select(
    connection: &Connection,
    filter: &RequestFilter,
    mut each: impl FnMut(RequestRow),
) -> rusqlite::Result<()> {
    let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let (since, until) = (filter.since.map_or(0, micros), filter.until.map_or(i64::MAX, micros));
    let mut statement = connection.prepare(SELECT)?;
    let mut rows = statement.query(params![since, until, filter.provider, filter.profile, limit])?;
    while let Some(row) = rows.next()? {
        each(read(row)?);
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<RequestRow> {
    let tokens = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(uncount));
    let name = |column: usize| row.get::<_, Option<String>>(column);
    Ok(RequestRow {
        id: RequestId::new(row.get::<_, i64>(0)?.cast_unsigned()),
        at: from_micros(row.get(1)?),
        profile: name(2)?.map(ProfileName::from),
        provider: name(3)?.map(ProviderName::from),
        model: name(4)?.map(ModelName::from),
        status: row.get(5)?,
        attempts: row.get(6)?,
        streaming: row.get(7)?,
        took: Duration::from_micros(uncount(row.get(8)?)),
        first_token: row.get::<_, Option<i64>>(9)?.map(|us| Duration::from_micros(uncount(us))),
        tokens: Tokens {
            input: tokens(10)?,
            output: tokens(11)?,
            cache_read: tokens(12)?,
            cache_write: tokens(13)?,
        },
        cost: from_nanos(row.get(14)?),
        savings: from_nanos(row.get(15)?),
        outcome: row.get(16)?,
        // What a later version has put there and we can't read is told as absent, and the row still counts.
        fallbacks: serde_json::from_str(&row.get::<_, String>(17)?).unwrap_or_default(),
        error: row.get(18)?,
        shape: serde_json::from_str(&row.get::<_, String>(19)?).unwrap_or_default(),
        session: row.get::<_, Option<i64>>(20)?.map(i64::cast_unsigned),
    })
}

/// The beginning of a text that is kept.
pub(crate) fn cut(text: &str) -> &str {
    text.char_indices().nth(TEXT_LIMIT).map_or(text, |(end, _)| &text[..end])
}

fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("structs of texts and numbers have no key that is no text")
}

fn duration(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn uncount(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
