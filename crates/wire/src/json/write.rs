//! Writes JSON by copying what is already JSON. Commas are handled; brackets can't be left open.

use canon::escape::escape_into;
use canon::extra::Extra;
use canon::text::{Json, Text};

/// A writer at the end of a buffer.
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    /// Where the writer began: in front of it nothing wants a comma.
    from: usize,
    /// Whether carried values lose their line ends, as a line of an event stream demands.
    one_line: bool,
}

impl<'a> Writer<'a> {
    /// A writer that copies carried values as they are.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { from: out.len(), out, one_line: false }
    }

    /// A writer that never writes a line end.
    pub fn line(out: &'a mut Vec<u8>) -> Self {
        Self { from: out.len(), out, one_line: true }
    }

    /// Writes an object with the fields that `fields` writes.
    pub fn object(&mut self, fields: impl FnOnce(&mut Self)) {
        self.open(b'{');
        fields(self);
        self.out.push(b'}');
    }

    /// Writes a list of the values that `items` writes.
    pub fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.open(b'[');
        items(self);
        self.out.push(b']');
    }

    /// Writes a key that needs no escape; a value must follow.
    pub fn key(&mut self, name: &'static str) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    /// Writes any key; a value must follow.
    pub fn key_text(&mut self, name: &Text) -> &mut Self {
        self.text(name);
        self.out.push(b':');
        self
    }

    /// Writes a string.
    pub fn text(&mut self, text: &Text) {
        self.string(|out| text.write_escaped(out));
    }

    /// Writes a string of plain characters.
    pub fn str(&mut self, text: &str) {
        self.string(|out| escape_into(text.as_bytes(), out));
    }

    /// Writes a string whose escaped inside `inside` appends.
    pub fn string(&mut self, inside: impl FnOnce(&mut Vec<u8>)) {
        self.comma();
        self.out.push(b'"');
        inside(self.out);
        self.out.push(b'"');
    }

    /// Writes a carried value.
    pub fn json(&mut self, value: &Json) {
        self.raw(value.bytes());
    }

    /// Writes bytes that are one legal value, or a whole field.
    pub fn raw(&mut self, value: &[u8]) {
        self.comma();
        let start = self.out.len();
        self.out.extend_from_slice(value);
        if self.one_line && memchr::memchr2(b'\n', b'\r', value).is_some() {
            // Inside strings line ends are always escaped, so these are white space.
            for byte in &mut self.out[start..] {
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
    }

    /// Writes a carried value as the text of a string.
    pub fn quoted(&mut self, value: &Json) {
        self.string(|out| escape_into(value.bytes(), out));
    }

    /// Writes a whole number.
    pub fn number(&mut self, number: u64) {
        self.comma();
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, truth: bool) {
        self.raw(if truth { b"true" } else { b"false" });
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw(b"null");
    }

    /// Writes unknown fields back.
    pub fn extra(&mut self, extra: &Extra) {
        for (key, value) in &extra.fields {
            self.key_text(key).json(value);
        }
    }

    /// Writes unknown fields back, but for one.
    pub fn extra_but(&mut self, extra: &Extra, name: &str) {
        for (key, value) in extra.fields.iter().filter(|(key, _)| !key.is(name)) {
            self.key_text(key).json(value);
        }
    }

    fn open(&mut self, bracket: u8) {
        self.comma();
        self.out.push(bracket);
    }

    /// A value follows a value unless the last byte says otherwise: no value ends in `{`, `[` or `:`.
    fn comma(&mut self) {
        if self.out.len() > self.from && !matches!(self.out.last(), Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn commas_come_between_and_line_ends_go() {
        let mut out = b"data: ".to_vec();
        Writer::line(&mut out).object(|w| {
            w.key("a").array(|w| {
                w.number(0);
                w.number(u64::MAX);
                w.bool(true);
            });
            w.key("b").text(&Text::plain("[\n"));
            w.key("c").json(&Json::raw(Bytes::from_static(b"{\r\n}")));
            w.key("d").quoted(&Json::fixed("{\"x\":\"\\n\"}"));
            w.key("e").object(|_| {});
            w.key("f").null();
        });
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            r#"data: {"a":[0,18446744073709551615,true],"b":"[\n","c":{  },"d":"{\"x\":\"\\n\"}","e":{},"f":null}"#
        );
    }
}
