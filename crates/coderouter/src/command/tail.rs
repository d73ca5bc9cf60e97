//! `coderouter tail`: what the running router does, as it happens.

mod feed;

use super::exit::Exit;
use super::fact::Fact;
use super::plain::plain_json;
use super::running::{Place, Refusal, Running};
use super::{runtime, talk};
use anyhow::anyhow;
use feed::{Cursor, Feed, News};
use jiff::tz::TimeZone;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

/// Options of `tail`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Tail {
    /// Only facts of this name, such as provider-failed; may be given more than once.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    event: Vec<String>,
    /// Only facts about this provider; may be given more than once.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    provider: Vec<String>,
    /// Only facts about this profile; may be given more than once.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    profile: Vec<String>,
    /// Only facts of requests whose id begins so.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// Only facts that are at least so grave.
    #[arg(long, value_enum)]
    level: Option<Level>,
    /// Begin with so many of the latest facts.
    #[arg(long, value_name = "N", default_value_t = 10)]
    last: usize,
    /// Print the JSON lines as they come.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  coderouter tail --level warning
  coderouter tail --request req_8f2c --last 100";

#[derive(Clone, Copy, clap::ValueEnum)]
enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

/// How following ends.
enum End {
    /// Nobody reads any more.
    Unread,
    /// The router is gone, or has said nothing for longer than it ever does.
    Lost(anyhow::Error),
}

/// The first wait before the router is tried again, and the longest.
const WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Tail {
    /// Prints facts until it is stopped: 0 then, 1 where the router can't be asked.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let router = self.place.find()?;
        let zone = router.zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let zone = zone.unwrap_or_else(TimeZone::system);
        runtime()?.block_on(async {
            tokio::select! {
                end = self.follow(&router, &zone) => end,
                _ = tokio::signal::ctrl_c() => Ok(()),
            }
        })?;
        Ok(Exit::Well.into())
    }

    /// Follows over every loss of the connection, until nobody reads or the router refuses.
    async fn follow(&self, router: &Running, zone: &TimeZone) -> anyhow::Result<()> {
        let (mut cursor, mut wait) = (Cursor::default(), WAIT);
        let mut coming = router.listen(&self.query(&cursor)).await?;
        loop {
            let mut feed = Feed::new(coming);
            match self.print(&mut feed, &mut cursor, zone).await {
                End::Unread => return Ok(()),
                End::Lost(error) => talk::say(format!("{error}; trying again")),
            }
            coming = loop {
                tokio::time::sleep(wait).await;
                match router.listen(&self.query(&cursor)).await {
                    Ok(coming) => break coming,
                    // It is there, and will not say another thing the next time.
                    Err(error) if is_refused(&error) => return Err(error),
                    Err(_) => wait = LONGEST_WAIT.min(wait * 2),
                }
            };
            talk::say(format!("{} answers again", router.place()));
            wait = WAIT;
        }
    }

    /// Prints what comes, as far as it comes.
    async fn print(&self, feed: &mut Feed, cursor: &mut Cursor, zone: &TimeZone) -> End {
        loop {
            let news = match feed.next().await {
                Ok(news) => news,
                Err(error) => return End::Lost(error),
            };
            let line = match news {
                News::Begun(begun) => match cursor.begin(begun) {
                    true => continue,
                    false => return End::Lost(anyhow!("another run of the router has begun")),
                },
                News::Missed(count) => {
                    talk::say(format!("{count} facts are gone before they could be read"));
                    continue;
                }
                News::Fact(number, line) => {
                    cursor.reach(number);
                    line
                }
            };
            let text = match (self.json, Fact::read(&line)) {
                (false, Some(fact)) => fact.short(zone),
                _ => plain_json(&line).into_owned(),
            };
            let mut out = io::stdout().lock();
            if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
                return End::Unread;
            }
        }
    }

    fn query(&self, cursor: &Cursor) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let many = |name: &str, all: &[String]| -> String {
            all.iter().map(|value| format!("&{name}={}", encoded(value))).collect()
        };
        let begin = match cursor.after() {
            Some(after) => format!("after={after}"),
            None => format!("last={}", self.last),
        };
        let request = self.request.as_deref().map(|id| format!("&request={}", encoded(id)));
        let level = self.level.map(|level| format!("&level={}", level.word()));
        format!(
            "/v1/events?{begin}{}{}{}{}{}",
            many("event", &self.event),
            many("provider", &self.provider),
            many("profile", &self.profile),
            request.unwrap_or_default(),
            level.unwrap_or_default(),
        )
    }
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether the router has refused for a reason that stays.
fn is_refused(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.status.is_client_error())
}
