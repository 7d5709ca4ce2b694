use crate::Json;
use crate::json::{JsonFault, MAX_DEPTH, MAX_INT, is_key};
use std::collections::BTreeMap;

impl Json {
    /// Reads the one text of a value. Refused are: bytes that are not UTF-8, white space, floats,
    /// integers of 2^53 and above, keys outside `[a-z0-9_]`, unsorted and duplicate keys, escapes
    /// that the writer would not use, more than 32 levels, anything after the value. At the end
    /// the value is written again and must give the same bytes.
    pub fn read(bytes: &[u8]) -> Result<Self, JsonFault> {
        let value = Self::read_loosely(bytes)?;
        let again = value.to_text()?;
        if again.as_bytes() != bytes {
            let at = again.bytes().zip(bytes).take_while(|(a, b)| a == *b).count();
            return Err(JsonFault { at, what: "a text that is not the value's own" });
        }
        Ok(value)
    }

    /// Reads the canonical detail of a row, which writes every control character as `\u00xx`.
    pub(crate) fn read_loosely(bytes: &[u8]) -> Result<Self, JsonFault> {
        let text = std::str::from_utf8(bytes).map_err(|e| JsonFault { at: e.valid_up_to(), what: "text that is not UTF-8" })?;
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        if reader.at != text.len() {
            return reader.fault("something after the value");
        }
        Ok(value)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault<T>(&self, what: &'static str) -> Result<T, JsonFault> {
        Err(JsonFault { at: self.at, what })
    }
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    fn take(&mut self, expected: &str) -> bool {
        let there = self.rest().starts_with(expected);
        if there {
            self.at = self.at.saturating_add(expected.len());
        }
        there
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonFault> {
        if depth > MAX_DEPTH {
            return self.fault("nested too deeply");
        }
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.int(),
            _ if self.take("null") => Ok(Json::Null),
            _ if self.take("true") => Ok(Json::Bool(true)),
            _ if self.take("false") => Ok(Json::Bool(false)),
            _ => self.fault("no value"),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, JsonFault> {
        let mut items = Vec::new();
        self.take("[");
        if self.take("]") {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth.saturating_add(1))?);
            if self.take("]") {
                return Ok(Json::List(items));
            }
            if !self.take(",") {
                return self.fault("no comma in an array");
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Json, JsonFault> {
        let mut members: BTreeMap<String, Json> = BTreeMap::new();
        self.take("{");
        if self.take("}") {
            return Ok(Json::Map(members));
        }
        loop {
            let at = self.at;
            let key = if self.peek() == Some(b'"') { self.string()? } else { return self.fault("no key") };
            let fault = |what| Err(JsonFault { at, what });
            if !is_key(&key) {
                return fault("a key outside [a-z0-9_]");
            }
            match members.last_key_value() {
                Some((last, _)) if *last == key => return fault("a duplicate key"),
                Some((last, _)) if *last > key => return fault("a key out of order"),
                _ => {}
            }
            if !self.take(":") {
                return self.fault("no colon after a key");
            }
            let value = self.value(depth.saturating_add(1))?;
            members.insert(key, value);
            if self.take("}") {
                return Ok(Json::Map(members));
            }
            if !self.take(",") {
                return self.fault("no comma in an object");
            }
        }
    }

    fn int(&mut self) -> Result<Json, JsonFault> {
        let digits = self.rest().bytes().skip(1).take_while(u8::is_ascii_digit).count().saturating_add(1);
        let text = self.rest().get(..digits).unwrap_or_default();
        let Some(value) = text.parse::<i64>().ok().filter(|i| i.unsigned_abs() <= MAX_INT.unsigned_abs()) else {
            return self.fault("not an integer below 2^53");
        };
        if value.to_string() != text {
            return self.fault("an integer with a leading zero");
        }
        self.at = self.at.saturating_add(digits);
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return self.fault("a float");
        }
        Ok(Json::Int(value))
    }

    fn string(&mut self) -> Result<String, JsonFault> {
        let mut out = String::new();
        self.take("\"");
        loop {
            let plain = self.rest().bytes().take_while(|b| *b >= b' ' && *b != b'"' && *b != b'\\').count();
            out.push_str(self.rest().get(..plain).unwrap_or_default());
            self.at = self.at.saturating_add(plain);
            match self.peek() {
                Some(b'"') => {
                    self.take("\"");
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return self.fault("a control character in a text"),
                None => return self.fault("a text without an end"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        const SHORT: [(&str, char); 7] =
            [("\\\"", '"'), ("\\\\", '\\'), ("\\b", '\u{8}'), ("\\t", '\t'), ("\\n", '\n'), ("\\f", '\u{c}'), ("\\r", '\r')];
        for (text, c) in SHORT {
            if self.take(text) {
                return Ok(c);
            }
        }
        let code = self.rest().strip_prefix("\\u00").and_then(|hex| hex.get(..2)).and_then(crate::hex_decode);
        match code.as_deref() {
            Some([code]) if *code < b' ' => {
                self.at = self.at.saturating_add(6);
                Ok(char::from(*code))
            }
            _ => self.fault("an escape that the profile does not use"),
        }
    }
}
