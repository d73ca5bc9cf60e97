//! Reads a JSON text once, from front to back, and hands out slices of it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use canon::text::{Json, Text};

use super::key::{Key, Kind};
use super::problem::Problem;
use super::scan::{Cursor, Inside};

/// A one-pass reader that validates what it passes over.
///
/// All it returns are slices of the body. Copying it marks a place to come back to.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    body: &'a Bytes,
    text: &'a str,
    cursor: Cursor<'a>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text.
    ///
    /// # Errors
    /// If the text is not UTF-8.
    pub fn new(body: &'a Bytes) -> Result<Self, Problem> {
        let text = std::str::from_utf8(body)
            .map_err(|broken| Problem::new(broken.valid_up_to(), "the text is not UTF-8"))?;
        Ok(Self { body, text, cursor: Cursor { bytes: body, at: 0, depth: 0 } })
    }

    /// The kind of the next value, which is not taken.
    #[inline]
    pub fn kind(&mut self) -> Kind {
        Kind::of(self.cursor.peek())
    }

    /// Where the next value, or the next comma or bracket, begins.
    pub fn position(&mut self) -> usize {
        self.cursor.peek();
        self.cursor.at
    }

    /// Where what was taken last ends.
    pub fn taken(&self) -> usize {
        self.cursor.at
    }

    /// What was taken since `position`.
    pub fn since(&self, position: usize) -> Json {
        Json::raw(self.body.slice(position..self.cursor.at))
    }

    /// A problem at the present place.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.cursor.at, message)
    }

    /// The problem that something else than `wanted` comes next.
    #[cold]
    pub fn mismatch(&mut self, wanted: impl fmt::Display) -> Problem {
        match self.kind() {
            Kind::Nothing => self.cursor.problem("expected a value"),
            found => self.problem(format!("expected {wanted}, found {found}")),
        }
    }

    /// Takes an object; `field` must take exactly the value of each key.
    ///
    /// # Errors
    /// If the next value is no object or not legal, or what `field` returned, with the key put in front of its path.
    pub fn object(
        &mut self,
        mut field: impl FnMut(&mut Self, &Key<'a>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.expect(Kind::Object)?;
        self.cursor.enter()?;
        if self.cursor.peek() == b'}' {
            self.cursor.leave();
            return Ok(());
        }
        loop {
            let key = self.key()?;
            field(self, &key).map_err(|problem| problem.under(key.name()))?;
            if self.ends(b'}')? {
                return Ok(());
            }
        }
    }

    /// Takes a list; `item` must take exactly one value each time. It is told how many came before.
    ///
    /// # Errors
    /// If the next value is no list or not legal, or what `item` returned, with the number put in front of its path.
    pub fn array(
        &mut self,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        self.expect(Kind::Array)?;
        self.cursor.enter()?;
        if self.cursor.peek() == b']' {
            self.cursor.leave();
            return Ok(());
        }
        for index in 0.. {
            item(self, index).map_err(|problem| problem.under(index))?;
            if self.ends(b']')? {
                break;
            }
        }
        Ok(())
    }

    /// Takes a string, still escaped.
    ///
    /// # Errors
    /// If the next value is no string or not legal.
    pub fn text(&mut self) -> Result<Text, Problem> {
        self.expect(Kind::Text)?;
        let inside = self.cursor.string()?;
        Ok(Text::escaped(self.body.slice(inside.start..inside.end)))
    }

    /// Takes a string that is only compared: borrowed where it holds no escape.
    ///
    /// # Errors
    /// If the next value is no string or not legal.
    pub fn word(&mut self) -> Result<Cow<'a, str>, Problem> {
        self.expect(Kind::Text)?;
        let inside = self.cursor.string()?;
        Ok(self.unescape(&inside))
    }

    /// Takes a number as it is written.
    ///
    /// # Errors
    /// If the next value is no number, not legal or too large for a double.
    pub fn number(&mut self) -> Result<Json, Problem> {
        self.expect(Kind::Number)?;
        let start = self.cursor.at;
        self.cursor.number()?;
        Ok(self.since(start))
    }

    /// Takes a whole number that is not negative; `3.0` is one.
    ///
    /// # Errors
    /// If the next value is none.
    pub fn count(&mut self) -> Result<u64, Problem> {
        self.expect(Kind::Number)?;
        let start = self.cursor.at;
        self.cursor.number()?;
        let digits = &self.text[start..self.cursor.at];
        digits
            .parse()
            .ok()
            .or_else(|| whole(digits))
            .ok_or_else(|| Problem::new(start, "expected a whole number that is not negative"))
    }

    /// Takes `true` or `false`.
    ///
    /// # Errors
    /// If the next value is neither.
    pub fn bool(&mut self) -> Result<bool, Problem> {
        self.expect(Kind::Bool)?;
        let first = self.cursor.peek();
        self.cursor.scalar(first)?;
        Ok(first == b't')
    }

    /// Takes `null` and says so, or leaves what comes next.
    ///
    /// # Errors
    /// If what begins like `null` is something else.
    pub fn null(&mut self) -> Result<bool, Problem> {
        let first = self.cursor.peek();
        let null = Kind::of(first) == Kind::Null;
        if null {
            self.cursor.scalar(first)?;
        }
        Ok(null)
    }

    /// Takes `null` as nothing, or what `read` takes.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn maybe<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        if self.null()? { Ok(None) } else { read(self).map(Some) }
    }

    /// Takes any value and returns its bytes.
    ///
    /// # Errors
    /// If it is not legal.
    pub fn raw(&mut self) -> Result<Json, Problem> {
        let start = self.position();
        self.skip()?;
        Ok(self.since(start))
    }

    /// Takes any value.
    ///
    /// # Errors
    /// If it is not legal.
    pub fn skip(&mut self) -> Result<(), Problem> {
        self.cursor.value()
    }

    /// The string under `name` in the object that comes next, which is not taken. Where the key comes first, as it
    /// mostly does, nothing else is looked at.
    ///
    /// # Errors
    /// If the object is not legal up to there. A field that is no string counts as absent.
    pub fn glance(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, Problem> {
        let mut ahead = *self;
        ahead.expect(Kind::Object)?;
        ahead.cursor.enter()?;
        if ahead.cursor.peek() == b'}' {
            return Ok(None);
        }
        loop {
            let key = ahead.key()?;
            if key.name() == name {
                return if ahead.kind() == Kind::Text { ahead.word().map(Some) } else { Ok(None) };
            }
            ahead.skip().map_err(|problem| problem.under(key.name()))?;
            if ahead.ends(b'}')? {
                return Ok(None);
            }
        }
    }

    /// Makes sure that nothing but white space is left.
    ///
    /// # Errors
    /// If something is.
    pub fn end(&mut self) -> Result<(), Problem> {
        self.cursor.peek();
        if self.cursor.at < self.cursor.bytes.len() {
            return Err(self.problem("something follows the value"));
        }
        Ok(())
    }

    #[inline]
    fn expect(&mut self, wanted: Kind) -> Result<(), Problem> {
        if self.kind() == wanted { Ok(()) } else { Err(self.mismatch(wanted)) }
    }

    fn key(&mut self) -> Result<Key<'a>, Problem> {
        let inside = self.cursor.key()?;
        Ok(Key::new(self.body, inside.start..inside.end, self.unescape(&inside)))
    }

    #[inline]
    fn unescape(&self, inside: &Inside) -> Cow<'a, str> {
        if inside.escaped {
            canon::escape::unescape(&self.body[inside.start..inside.end])
        } else {
            Cow::Borrowed(&self.text[inside.start..inside.end])
        }
    }

    /// Takes a comma, or the bracket that ends the list or object and says so.
    #[inline]
    fn ends(&mut self, bracket: u8) -> Result<bool, Problem> {
        let byte = self.cursor.peek();
        if byte == b',' {
            self.cursor.at += 1;
            return Ok(false);
        }
        if byte != bracket {
            return Err(self.cursor.problem("expected a comma or the end of the list or object"));
        }
        self.cursor.leave();
        Ok(true)
    }
}

/// A count that was written with a fraction or an exponent, if it is whole and exact in a double.
fn whole(digits: &str) -> Option<u64> {
    let value: f64 = digits.parse().ok()?;
    (value.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&value)).then_some(value as u64)
}
