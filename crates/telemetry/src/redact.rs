//! Keeps secrets out of everything that is told: by their values, in every form they travel in, and by the looks
//! of well-known keys.
//!
//! One pass over a text, linear, that copies nothing where nothing looks like a secret. Where secrets come from
//! is not known here.

mod backstop;
mod form;
mod trigger;

use self::trigger::Triggers;
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

/// The fewest characters of a secret that is looked for; shorter ones would blot out ordinary words.
pub const SECRET_MIN: usize = 8;

/// Replaces secrets in texts.
pub struct Redactor {
    triggers: Triggers,
    /// The forms to look for under their first three bytes, the longest first.
    needles: HashMap<[u8; 3], Vec<Needle>>,
    labels: Vec<String>,
}

struct Needle {
    form: Vec<u8>,
    label: usize,
}

/// A secret in a text, and what it is called.
struct Hit<'a> {
    secret: Range<usize>,
    label: &'a str,
}

impl Redactor {
    /// Knows secrets by label and value, such as an environment variable's name and what it holds. Blanks around
    /// a value don't count; a value under [`SECRET_MIN`] is passed over; of two labels of one value the first wins.
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut redactor =
            Self { triggers: backstop::triggers(), needles: HashMap::new(), labels: Vec::new() };
        for (label, value) in secrets {
            let value = value.trim();
            if value.chars().count() >= SECRET_MIN {
                form::each(value, |form| redactor.look_for(form));
                redactor.labels.push(label);
            }
        }
        redactor
            .needles
            .values_mut()
            .for_each(|needles| needles.sort_by_key(|needle| usize::MAX - needle.form.len()));
        redactor
    }

    /// The labels of the secrets that are looked for.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The text with every secret replaced by `[redacted:LABEL]`; the text itself where there is none.
    pub fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.triggers.fire_in(text.as_bytes()) {
            return Cow::Borrowed(text);
        }
        // Values first: they know their label, and what they leave has no looks left.
        match replace(text, |text, at| self.known(text, at)) {
            Cow::Borrowed(text) => replace(text, backstop::find),
            Cow::Owned(text) => Cow::Owned(replace(&text, backstop::find).into_owned()),
        }
    }

    /// Under the label that comes next.
    fn look_for(&mut self, form: Vec<u8>) {
        let Some(&start) = form.first_chunk() else { return };
        let needles = self.needles.entry(start).or_default();
        if !needles.iter().any(|needle| needle.form == form) {
            self.triggers.add(start);
            needles.push(Needle { form, label: self.labels.len() });
        }
    }

    fn known(&self, text: &[u8], at: usize) -> Option<Hit<'_>> {
        let rest = &text[at..];
        if !self.triggers.fire_at(rest) {
            return None;
        }
        let needles = self.needles.get(rest.first_chunk()?)?;
        let needle = needles.iter().find(|needle| rest.starts_with(&needle.form))?;
        Some(Hit { secret: at..at + needle.form.len(), label: &self.labels[needle.label] })
    }
}

/// Says how many secrets it knows, never which.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor of {} secrets", self.labels.len())
    }
}

/// Replaces what `find` finds at each place, first come first served. Hits start and end between characters. Between
/// a place and a secret that is found further on may lie another.
fn replace<'t, 'l>(text: &'t str, find: impl Fn(&[u8], usize) -> Option<Hit<'l>>) -> Cow<'t, str> {
    let bytes = text.as_bytes();
    let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
    let mut ahead: Option<Hit<'l>> = None;
    while at < bytes.len() {
        let is_due = ahead.as_ref().is_some_and(|hit| hit.secret.start <= at);
        let hit = if is_due { ahead.take() } else { find(bytes, at) };
        match hit {
            Some(hit) if at < hit.secret.start && ahead.is_none() => {
                ahead = Some(hit);
                at += 1;
            }
            Some(hit) if at < hit.secret.end => {
                // Another may have taken its beginning.
                let start = hit.secret.start.max(at);
                clean.push_str(text.get(copied..start).unwrap_or_default());
                clean.push_str("[redacted:");
                clean.push_str(hit.label);
                clean.push(']');
                (copied, at) = (hit.secret.end, hit.secret.end);
            }
            _ if is_due => {}
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests;
