//! Numbers and times as people read them, in few columns.

use jiff::tz::TimeZone;

/// How long something runs: `12s`, `3m 04s`, `1h 23m`.
pub fn uptime(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d {:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A time in milliseconds: `7ms`, `340ms`, `2.1s`, `95s`, `12m`.
pub fn millis(millis: f64) -> String {
    match millis {
        ..999.5 => format!("{millis:.0}ms"),
        ..9_950.0 => format!("{:.1}s", millis / 1e3),
        ..599_500.0 => format!("{:.0}s", millis / 1e3),
        _ => format!("{:.0}m", millis / 6e4),
    }
}

/// A count: `999`, `12.3k`, `4.5M`.
pub fn count(count: u64) -> String {
    let number = count as f64;
    match count {
        0..10_000 => count.to_string(),
        10_000..999_950 => format!("{:.1}k", number / 1e3),
        999_950..999_950_000 => format!("{:.1}M", number / 1e6),
        _ => format!("{:.1}G", number / 1e9),
    }
}

/// Money: `$0`, `<$0.0001`, `$0.0123`, `$12.34`.
pub fn usd(dollars: f64) -> String {
    match dollars {
        ..=0.0 => "$0".to_owned(),
        ..0.00005 => "<$0.0001".to_owned(),
        ..0.9995 => format!("${dollars:.4}"),
        _ => format!("${dollars:.2}"),
    }
}

/// A share in whole percent; only what is whole is told as 100 or 0.
pub fn percent(share: f64) -> String {
    let percent = (share * 100.0).round();
    match percent as i64 {
        100.. if share < 1.0 => "99%".to_owned(),
        ..=0 if share > 0.0 => "1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// What there is of something, or a dash.
pub fn known<T>(value: Option<T>, words: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), words)
}

/// Counts by name, the largest first: `a:3 b:1`.
pub fn breakdown<'a>(counts: impl IntoIterator<Item = (&'a String, &'a u64)>) -> String {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let words: Vec<String> = counts.into_iter().map(|(name, count)| format!("{name}:{count}")).collect();
    words.join(" ")
}

/// An error of a provider: its status, then its words, without what the router put in front of them.
pub fn error(provider: &str, status: Option<u16>, text: &str) -> String {
    let bare = text.strip_prefix(&format!("[{provider}]")).unwrap_or(text).trim_start();
    let Some(status) = status else { return bare.to_owned() };
    let status = status.to_string();
    let bare = bare.strip_prefix(&status).unwrap_or(bare).trim_start_matches(':').trim_start();
    format!("{status} {bare}").trim_end().to_owned()
}

/// The zone of a name; none where there is none of it.
pub fn zone(name: Option<&str>) -> Option<TimeZone> {
    TimeZone::get(name?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let said = [0.4, 12.0, 184.0, 4_980.0, 90_000.0].map(uptime);
        assert_eq!(said, ["0s", "12s", "3m 04s", "1h 23m", "1d 01h"]);
        let said = [0.0, 7.4, 999.4, 999.6, 2_100.0, 9_960.0, 95_000.0, 720_000.0].map(millis);
        assert_eq!(said, ["0ms", "7ms", "999ms", "1.0s", "2.1s", "10s", "95s", "12m"]);
    }

    #[test]
    fn errors() {
        assert_eq!(error("a", Some(503), "[a] 503: the model is loading"), "503 the model is loading");
        assert_eq!(error("a", None, "[a] connection refused"), "connection refused");
        assert_eq!(error("a", Some(500), "[b] no"), "500 [b] no");
        assert_eq!(error("a", Some(500), ""), "500");
    }

    #[test]
    fn numbers() {
        let said = [0, 9_999, 12_345, 999_949, 4_500_000, 7_000_000_000].map(count);
        assert_eq!(said, ["0", "9999", "12.3k", "999.9k", "4.5M", "7.0G"]);
        let said = [0.0, 0.00001, 0.0123, 0.5, 1.0, 12.345].map(usd);
        assert_eq!(said, ["$0", "<$0.0001", "$0.0123", "$0.5000", "$1.00", "$12.35"]);
        let said = [0.0, 0.001, 0.5, 0.999, 1.0].map(percent);
        assert_eq!(said, ["0%", "1%", "50%", "99%", "100%"]);
    }
}
