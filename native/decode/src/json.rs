//! JSON text judged by RFC 8259 without building values: the twin of `src/feed/decode/json.ts`.

use crate::layout::Code;
use crate::limits::NESTING_MAX;

/// A refusal: what is wrong, and the byte of the frame that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub at: usize,
}

const fn refuse<T>(code: Code, at: usize) -> Result<T, Refusal> {
    Err(Refusal { code, at })
}

const FORBIDDEN_KEYS: [&[u8]; 3] = [b"__proto__", b"constructor", b"prototype"];
const KEY_BYTES_MAX: usize = 16;

/// Judges a whole frame. Precedence: `invalid_utf8`; the first of `truncated_json`, `garbage_text`, `deep_nesting`;
/// `proto_pollution`.
pub fn judge(bytes: &[u8]) -> Result<(), Refusal> {
    if let Some(at) = invalid_utf8_at(bytes) {
        return refuse(Code::invalid_utf8, at);
    }
    let mut judge = Judge { bytes, proto_at: None };
    let p = judge.value(space(bytes, 0), 0)?;
    let p = space(bytes, p);
    if p < bytes.len() {
        return refuse(Code::garbage_text, p);
    }
    judge.proto_at.map_or(Ok(()), |at| refuse(Code::proto_pollution, at))
}

struct Judge<'a> {
    bytes: &'a [u8],
    proto_at: Option<usize>,
}

impl Judge<'_> {
    /// The text cannot go on at `p`: too short when `p` is the end, garbage else.
    fn stop<T>(&self, p: usize) -> Result<T, Refusal> {
        let end = self.bytes.len();
        if p >= end { refuse(Code::truncated_json, end) } else { refuse(Code::garbage_text, p) }
    }

    fn value(&mut self, p: usize, depth: usize) -> Result<usize, Refusal> {
        match self.bytes.get(p) {
            Some(b'{' | b'[') if depth >= NESTING_MAX => refuse(Code::deep_nesting, p),
            Some(b'{') => self.object(p + 1, depth + 1),
            Some(b'[') => self.array(p + 1, depth + 1),
            Some(b'"') => self.string(p + 1),
            Some(b'-' | b'0'..=b'9') => self.number(p),
            Some(b't') => self.literal(p, b"true"),
            Some(b'f') => self.literal(p, b"false"),
            Some(b'n') => self.literal(p, b"null"),
            _ => self.stop(p),
        }
    }

    fn literal(&self, p: usize, text: &[u8]) -> Result<usize, Refusal> {
        for (i, expected) in text.iter().enumerate() {
            if self.bytes.get(p + i) != Some(expected) {
                return self.stop(p + i);
            }
        }
        Ok(p + text.len())
    }

    fn object(&mut self, at: usize, depth: usize) -> Result<usize, Refusal> {
        let mut p = space(self.bytes, at);
        if self.bytes.get(p) == Some(&b'}') {
            return Ok(p + 1);
        }
        loop {
            if self.bytes.get(p) != Some(&b'"') {
                return self.stop(p);
            }
            let key = p;
            p = self.string(p + 1)?;
            if self.proto_at.is_none() && is_forbidden_key(&self.bytes[key + 1..p - 1]) {
                self.proto_at = Some(key);
            }
            p = space(self.bytes, p);
            if self.bytes.get(p) != Some(&b':') {
                return self.stop(p);
            }
            p = self.value(space(self.bytes, p + 1), depth)?;
            p = space(self.bytes, p);
            match self.bytes.get(p) {
                Some(b'}') => return Ok(p + 1),
                Some(b',') => p = space(self.bytes, p + 1),
                _ => return self.stop(p),
            }
        }
    }

    fn array(&mut self, at: usize, depth: usize) -> Result<usize, Refusal> {
        let mut p = space(self.bytes, at);
        if self.bytes.get(p) == Some(&b']') {
            return Ok(p + 1);
        }
        loop {
            p = self.value(p, depth)?;
            p = space(self.bytes, p);
            match self.bytes.get(p) {
                Some(b']') => return Ok(p + 1),
                Some(b',') => p = space(self.bytes, p + 1),
                _ => return self.stop(p),
            }
        }
    }

    fn string(&self, at: usize) -> Result<usize, Refusal> {
        let bytes = self.bytes;
        let mut p = at;
        while let Some(&c) = bytes.get(p) {
            match c {
                b'"' => return Ok(p + 1),
                0..0x20 => return refuse(Code::garbage_text, p),
                b'\\' => match bytes.get(p + 1) {
                    None => break,
                    Some(b'u') => {
                        for i in 2..6 {
                            if !bytes.get(p + i).is_some_and(u8::is_ascii_hexdigit) {
                                return self.stop(p + i);
                            }
                        }
                        p += 6;
                    }
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => p += 2,
                    Some(_) => return refuse(Code::garbage_text, p + 1),
                },
                _ => p += 1,
            }
        }
        refuse(Code::truncated_json, bytes.len())
    }

    fn number(&self, at: usize) -> Result<usize, Refusal> {
        let bytes = self.bytes;
        let mut p = if bytes[at] == b'-' { at + 1 } else { at };
        if bytes.get(p) == Some(&b'0') {
            p += 1;
        } else {
            p = self.digits(p)?;
        }
        if bytes.get(p) == Some(&b'.') {
            p = self.digits(p + 1)?;
        }
        if matches!(bytes.get(p), Some(b'e' | b'E')) {
            let sign = matches!(bytes.get(p + 1), Some(b'+' | b'-'));
            p = self.digits(p + 1 + usize::from(sign))?;
        }
        Ok(p)
    }

    /// At least one digit.
    fn digits(&self, at: usize) -> Result<usize, Refusal> {
        let count = self.bytes[at.min(self.bytes.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
        if count == 0 { self.stop(at) } else { Ok(at + count) }
    }
}

pub const fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\n' | b'\r' | b'\t')
}

/// First byte from `at` on that is no JSON white space, or the end.
#[inline]
pub fn space(bytes: &[u8], at: usize) -> usize {
    let mut p = at;
    while p < bytes.len() && is_space(bytes[p]) {
        p += 1;
    }
    p
}

/// First byte of the first ill-formed UTF-8 sequence. A sequence that the end cuts off counts as well-formed.
pub fn invalid_utf8_at(bytes: &[u8]) -> Option<usize> {
    match std::str::from_utf8(bytes) {
        Ok(_) => None,
        Err(error) => error.error_len().map(|_| error.valid_up_to()),
    }
}

/// Compares string content (valid JSON string text, without quotes) with a plain ASCII name, escapes resolved.
pub fn key_equals(content: &[u8], name: &[u8]) -> bool {
    if content.len() <= name.len() {
        return content == name;
    }
    let mut resolved = [0; KEY_BYTES_MAX];
    resolve_ascii(content, &mut resolved).is_some_and(|length| resolved[..length] == *name)
}

/// Resolves the escapes of valid JSON string content into `out`; gives the bytes written, or none when there was no
/// escape, a character beyond ASCII or no room.
pub fn resolve_ascii(content: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut written = 0;
    let mut escaped = false;
    let mut p = 0;
    while p < content.len() {
        let mut c = u32::from(content[p]);
        if c == u32::from(b'\\') {
            escaped = true;
            p += 1;
            c = match *content.get(p)? {
                b'u' => {
                    p += 4;
                    content.get(p - 3..=p)?.iter().fold(0, |value, &digit| value * 16 + hex_value(digit))
                }
                b'b' => 8,
                b'f' => 12,
                b'n' => 10,
                b'r' => 13,
                b't' => 9,
                plain => u32::from(plain),
            };
        }
        if c >= 0x80 {
            return None;
        }
        *out.get_mut(written)? = c as u8;
        written += 1;
        p += 1;
    }
    escaped.then_some(written)
}

fn hex_value(digit: u8) -> u32 {
    (digit as char).to_digit(16).unwrap_or(0)
}

fn is_forbidden_key(content: &[u8]) -> bool {
    FORBIDDEN_KEYS.iter().any(|key| key_equals(content, key))
}
