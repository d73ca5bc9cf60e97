//! "Did you mean": the nearest of the known words.

/// How near a word must be: 1 is equal, 0 has nothing in common.
const NEAR_ENOUGH: f64 = 0.84;

/// How long a word may be that is compared at all.
const MAX_WORD: usize = 64;

/// How many known words are compared.
const MAX_KNOWN: usize = 1000;

/// The known word that is most like this one, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MAX_WORD {
        return None;
    }
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .take(MAX_KNOWN)
        .filter(|candidate| candidate.len() <= MAX_WORD)
        .map(|candidate| (likeness(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= NEAR_ENOUGH)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

/// Words that begin alike, and words that differ by a slip or two.
fn likeness(one: &str, other: &str) -> f64 {
    let slips = strsim::damerau_levenshtein(one, other);
    let few = slips <= 1 + one.len().min(other.len()) / 5;
    let by_slips = if few { 1.0 - slips as f64 / 100.0 } else { 0.0 };
    by_slips.max(strsim::jaro_winkler(one, other).min(0.95))
}

/// A hint for a word that is not known: the nearest one, else all of them.
pub(crate) fn name_hint<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(word, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let mut listed: Vec<&str> = Vec::new();
    for name in known.filter(|name| !name.is_empty()).take(MAX_KNOWN) {
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    match listed.len() {
        0 => "none is declared".to_owned(),
        count if count <= MAX_LISTED => format!("known: {}", listed.join(", ")),
        _ => format!("known: {}, ...", listed[..MAX_LISTED].join(", ")),
    }
}

/// How many names a hint lists.
const MAX_LISTED: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood() {
        let known =
            ["timeout_s", "ttft_timeout_s", "base_url", "api_key_env", "model", "off", "warn", "skip"];
        let near = |word| nearest(word, known);
        assert_eq!(near("timeout"), Some("timeout_s"));
        assert_eq!(near("time_out_s"), Some("timeout_s"));
        assert_eq!(near("baseUrl"), Some("base_url"));
        assert_eq!(near("api_key"), Some("api_key_env"));
        assert_eq!(near("modle"), Some("model"));
        assert_eq!(near("wran"), Some("warn"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}
