//! The members of one JSON object that a decoder knows: the twin of `src/feed/decode/fields.ts`. The text has passed
//! `json::judge`, so every access stays inside it.

use crate::json::{is_space, key_equals, resolve_ascii, space};
use crate::limits::UNKNOWN_KEYS_MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Absent,
    String,
    Number,
    True,
    False,
    Null,
    Object,
    Array,
}

/// Kind and place of one value: `start` is its first byte (the quote of a string), `end` the byte after it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Field {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

const LETTERS: usize = 128;

/// Which keys a decoder knows: one-letter ones by their char code, longer ones as 128 plus their place in `names`.
pub struct Keys {
    pub letters: &'static str,
    pub names: &'static [&'static str],
}

pub struct FieldTable {
    keys: Keys,
    known: [bool; LETTERS],
    fields: Vec<Field>,
    /// place of the first repeated key
    pub duplicate_at: Option<usize>,
    /// members of the object read last, known or not
    pub count: usize,
    unknown: Vec<(usize, usize)>,
}

/// Index of the longer name number `n`.
pub const fn name(n: usize) -> usize {
    LETTERS + n
}

impl FieldTable {
    pub fn new(keys: Keys) -> Self {
        let mut known = [false; LETTERS];
        for letter in keys.letters.bytes() {
            known[usize::from(letter)] = true;
        }
        let fields = vec![Field::default(); LETTERS + keys.names.len()];
        Self { keys, known, fields, duplicate_at: None, count: 0, unknown: Vec::with_capacity(UNKNOWN_KEYS_MAX) }
    }

    pub fn get(&self, index: usize) -> Field {
        self.fields[index]
    }

    pub fn letter(&self, letter: u8) -> Field {
        self.fields[usize::from(letter)]
    }

    /// Reads the object whose brace is at `open`; gives the byte after it.
    pub fn read(&mut self, bytes: &[u8], open: usize) -> usize {
        self.fields.fill(Field::default());
        self.duplicate_at = None;
        self.count = 0;
        self.unknown.clear();
        let mut p = space(bytes, open + 1);
        if bytes[p] == b'}' {
            return p + 1;
        }
        loop {
            let key = p;
            p = skip_string(bytes, p);
            let index = self.index_of(&bytes[key + 1..p - 1]);
            if index.is_none() {
                self.note_unknown(bytes, key + 1, p - 1);
            }
            let value = space(bytes, space(bytes, p) + 1);
            p = skip_value(bytes, value);
            self.count += 1;
            if let Some(index) = index {
                if self.fields[index].kind != Kind::Absent {
                    self.duplicate_at.get_or_insert(key);
                } else {
                    self.fields[index] = Field { kind: kind_of(bytes[value]), start: value, end: p };
                }
            }
            p = space(bytes, p);
            if bytes[p] == b'}' {
                return p + 1;
            }
            p = space(bytes, p + 1);
        }
    }

    fn note_unknown(&mut self, bytes: &[u8], start: usize, end: usize) {
        if self.unknown.iter().any(|&(from, to)| bytes[from..to] == bytes[start..end]) {
            self.duplicate_at.get_or_insert(start - 1);
        }
        if self.unknown.len() < UNKNOWN_KEYS_MAX {
            self.unknown.push((start, end));
        }
    }

    fn index_of(&self, content: &[u8]) -> Option<usize> {
        if let [letter] = content {
            return self.letter_index(*letter);
        }
        if let Some(n) = self.keys.names.iter().position(|name| key_equals(content, name.as_bytes())) {
            return Some(name(n));
        }
        let mut letter = [0];
        if content.first() != Some(&b'\\') || resolve_ascii(content, &mut letter) != Some(1) {
            return None;
        }
        self.letter_index(letter[0])
    }

    fn letter_index(&self, letter: u8) -> Option<usize> {
        let index = usize::from(letter);
        self.known.get(index).is_some_and(|known| *known).then_some(index)
    }
}

pub fn kind_of(first: u8) -> Kind {
    match first {
        b'"' => Kind::String,
        b'{' => Kind::Object,
        b'[' => Kind::Array,
        b't' => Kind::True,
        b'f' => Kind::False,
        b'n' => Kind::Null,
        _ => Kind::Number,
    }
}

/// Byte after the string whose opening quote is at `quote`.
pub fn skip_string(bytes: &[u8], quote: usize) -> usize {
    let mut p = quote + 1;
    loop {
        match bytes[p] {
            b'"' => return p + 1,
            b'\\' => p += 2,
            _ => p += 1,
        }
    }
}

/// Byte after the value that begins at `at`, which a comma or a bracket follows.
pub fn skip_value(bytes: &[u8], at: usize) -> usize {
    let mut p = at;
    match bytes[at] {
        b'"' => return skip_string(bytes, at),
        b'{' | b'[' => {}
        _ => {
            while !matches!(bytes[p], b',' | b'}' | b']') && !is_space(bytes[p]) {
                p += 1;
            }
            return p;
        }
    }
    let mut depth = 0;
    loop {
        let c = bytes[p];
        if c == b'"' {
            p = skip_string(bytes, p);
            continue;
        }
        p += 1;
        match c {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return p;
                }
            }
            _ => {}
        }
    }
}
