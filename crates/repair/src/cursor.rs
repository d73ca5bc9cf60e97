//! A place in text that may not be all there yet.

/// What lies behind the end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// More may come.
    Open,
    /// Nothing: the model stopped by itself.
    Stopped,
    /// Nothing: the model was stopped by the output limit.
    Cut,
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// What is there fits, but more must come to tell.
    More(Wait),
    /// It is not what was looked for, whatever may come.
    No,
    /// It was what was looked for until the output limit cut it off.
    Cut,
}

/// What must come before looking again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Anything.
    Any,
    /// This byte.
    Byte(u8),
}

/// The outcome of reading something.
pub type Read<T> = Result<T, Stop>;

/// A place in text.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// The text.
    pub text: &'a str,
    /// The place: a character's boundary.
    pub at: usize,
    /// What lies behind its end.
    pub edge: Edge,
}

impl<'a> Cursor<'a> {
    /// A cursor at a place.
    pub fn new(text: &'a str, at: usize, edge: Edge) -> Self {
        Self { text, at, edge }
    }

    /// What is left.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What stopping here for want of text means.
    pub fn ran_out(&self, wait: Wait) -> Stop {
        match self.edge {
            Edge::Open => Stop::More(wait),
            Edge::Stopped => Stop::No,
            Edge::Cut => Stop::Cut,
        }
    }

    /// The next byte; `None` at the end of a text that is all there.
    ///
    /// # Errors
    /// If more may come.
    pub fn peek(&self) -> Read<Option<u8>> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) => Ok(Some(*byte)),
            None if self.edge == Edge::Open => Err(Stop::More(Wait::Any)),
            None => Ok(None),
        }
    }

    /// Whether `word` comes next.
    ///
    /// # Errors
    /// If more may come and what is there is the beginning of it.
    #[inline]
    pub fn begins(&self, word: &str) -> Read<bool> {
        // Most words are ruled out by their first byte, and there are many.
        match self.text.as_bytes().get(self.at) {
            Some(byte) if *byte != word.as_bytes()[0] => Ok(false),
            _ => self.begins_in_full(word),
        }
    }

    fn begins_in_full(&self, word: &str) -> Read<bool> {
        let rest = self.rest();
        if rest.len() >= word.len() || self.edge != Edge::Open {
            return Ok(rest.starts_with(word));
        }
        if word.as_bytes().starts_with(rest.as_bytes()) { Err(Stop::More(Wait::Any)) } else { Ok(false) }
    }

    /// Takes `word` if it comes next.
    ///
    /// # Errors
    /// As [`Self::begins`].
    #[inline]
    pub fn take(&mut self, word: &str) -> Read<bool> {
        let found = self.begins(word)?;
        self.at += if found { word.len() } else { 0 };
        Ok(found)
    }

    /// Takes `word`, in lower or upper case, if it comes next.
    ///
    /// # Errors
    /// If more may come and what is there is the beginning of it.
    pub fn take_caseless(&mut self, word: &str) -> Read<bool> {
        let rest = self.rest().as_bytes();
        let len = rest.len().min(word.len());
        if !rest[..len].eq_ignore_ascii_case(&word.as_bytes()[..len]) {
            return Ok(false);
        }
        if len < word.len() {
            return if self.edge == Edge::Open { Err(Stop::More(Wait::Any)) } else { Ok(false) };
        }
        self.at += len;
        Ok(true)
    }

    /// Skips white space; whether there was any.
    #[inline]
    pub fn skip_blank(&mut self) -> bool {
        let from = self.at;
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.at > from
    }

    /// Skips spaces and tabs, not line ends.
    pub fn skip_spaces(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
    }

    /// Skips the longest run of ASCII bytes that fit.
    #[inline]
    fn skip(&mut self, fits: impl Fn(u8) -> bool) {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| fits(*byte)) {
            self.at += 1;
        }
    }

    /// Takes the longest run of characters that fit.
    ///
    /// # Errors
    /// If it reaches the end and more may come, or was cut off.
    pub fn take_while(&mut self, fits: impl Fn(char) -> bool) -> Read<&'a str> {
        let rest = self.rest();
        let ascii = rest.bytes().position(|byte| !byte.is_ascii() || !fits(char::from(byte)));
        let len = match ascii {
            Some(len) if rest.as_bytes()[len].is_ascii() => len,
            Some(len) => rest[len..].find(|it| !fits(it)).map_or(rest.len(), |more| len + more),
            None => rest.len(),
        };
        if len == rest.len() && self.edge != Edge::Stopped {
            return Err(self.ran_out(Wait::Any));
        }
        self.at += len;
        Ok(&rest[..len])
    }
}
