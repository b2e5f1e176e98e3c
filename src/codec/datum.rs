//! Avro datums by hand: numbers, texts, lists and unions, and [`record!`](record!), which makes both directions of
//! a record from one list of its fields, in the order of its schema.
//!
//! For what is written and read with every signal: an account's state, the signals and the other inputs. The
//! rest goes through serde ([`super::avro`]), which looks each field up by its name and takes several times as
//! long. Tests compare the fields with those of the schemas, and the bytes with what serde writes.

pub(super) mod record;

pub(super) use record::{record, variants, written};
use smallvec::{Array, SmallVec};

/// Maximum number of elements of a list, so that a corrupt length cannot use up the memory.
const ELEMENTS_MAX: usize = 1 << 16;
/// For how many elements room is made before they are read.
const RESERVED_MAX: usize = 1 << 10;

/// A value, or why the bytes are none.
pub(super) type Taken<T> = Result<T, String>;

/// Appends its bytes.
pub(super) trait Put {
    fn put(&self, out: &mut Vec<u8>);
}

/// Is read from the beginning of a datum, from which it borrows its texts.
pub(super) trait Take<'a>: Sized {
    fn take(from: &mut Datum<'a>) -> Taken<Self>;
}

/// Reads a datum that must use all bytes.
pub(super) fn whole<'a, T: Take<'a>>(bytes: &'a [u8]) -> Taken<T> {
    let mut datum = Datum::new(bytes);
    let value = T::take(&mut datum)?;
    match datum.is_read() {
        true => Ok(value),
        false => Err("unexpected bytes after the end of the record".to_owned()),
    }
}

/// The part of a datum that is still to be read.
pub(super) struct Datum<'a> {
    rest: &'a [u8],
}

impl<'a> Datum<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Datum<'a> {
        Datum { rest: bytes }
    }

    #[inline]
    pub(super) fn bytes(&mut self, count: usize) -> Taken<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(truncated)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn is_read(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads past these bytes, if they come next.
    pub(super) fn passes(&mut self, expected: &[u8]) -> bool {
        let rest = self.rest.strip_prefix(expected);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// As many bytes as the number before them says.
    #[inline]
    pub(super) fn sized(&mut self) -> Taken<&'a [u8]> {
        let length = self.long()?;
        self.bytes(usize::try_from(length).map_err(|_| "a negative length".to_owned())?)
    }

    /// A zigzag number.
    #[inline]
    fn long(&mut self) -> Taken<i64> {
        match self.rest {
            // Most take one byte.
            [byte @ 0..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(unzigzag(u64::from(*byte)))
            }
            _ => self.long_of_many_bytes(),
        }
    }

    fn long_of_many_bytes(&mut self) -> Taken<i64> {
        let mut zigzag = 0;
        for (at, byte) in self.rest.iter().enumerate() {
            if at == 9 && *byte > 1 {
                return Err("a number of more than 64 bits".to_owned());
            }
            zigzag |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                self.rest = &self.rest[at + 1..];
                return Ok(unzigzag(zigzag));
            }
        }
        Err(truncated())
    }

    /// Which of `count` variants of a union or symbols of an enum, from 0.
    #[inline]
    pub(super) fn place(&mut self, count: usize) -> Taken<usize> {
        let place = self.long()?;
        let known = usize::try_from(place).ok().filter(|known| *known < count);
        known.ok_or_else(|| format!("choice {place} of {count}"))
    }

    /// A nullable value.
    #[inline]
    pub(super) fn optional<T>(
        &mut self,
        some: impl FnOnce(&mut Self) -> Taken<T>,
    ) -> Taken<Option<T>> {
        match self.place(2)? {
            0 => Ok(None),
            _ => some(self).map(Some),
        }
    }

    /// Reads the elements of a list one after another.
    #[inline]
    pub(super) fn each(&mut self, mut one: impl FnMut(&mut Self) -> Taken<()>) -> Taken<()> {
        self.blocks(|from, count| (0..count).try_for_each(|_| one(from)))
    }

    /// Reads the elements of a list, and appends them.
    #[inline]
    pub(super) fn append<T>(
        &mut self,
        to: &mut Vec<T>,
        mut one: impl FnMut(&mut Self) -> Taken<T>,
    ) -> Taken<()> {
        self.blocks(|from, count| {
            // No element takes less than a byte.
            to.reserve_exact(count.min(from.rest.len()).min(RESERVED_MAX));
            (0..count).try_for_each(|_| one(from).map(|element| to.push(element)))
        })
    }

    #[inline]
    pub(super) fn list<T>(&mut self, one: impl FnMut(&mut Self) -> Taken<T>) -> Taken<Vec<T>> {
        let mut list = Vec::new();
        self.append(&mut list, one).map(|()| list)
    }

    /// A list is a series of blocks: how many elements, then these; an empty one ends it.
    #[inline]
    fn blocks(&mut self, mut block: impl FnMut(&mut Self, usize) -> Taken<()>) -> Taken<()> {
        let mut left = ELEMENTS_MAX;
        loop {
            let count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                // The size of the block in bytes, for readers that pass over it.
                self.long()?;
            }
            let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            left = left.checked_sub(count).ok_or_else(too_many)?;
            block(self, count)?;
        }
    }
}

#[cold]
fn truncated() -> String {
    "the record is truncated".to_owned()
}

#[cold]
fn too_many() -> String {
    format!("a list of more than {ELEMENTS_MAX} elements")
}

fn unzigzag(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}

/// Bytes after their number.
#[inline]
pub(super) fn put_sized(bytes: &[u8], out: &mut Vec<u8>) {
    put_count(bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// A list of as many elements as the iterator says that it has.
#[inline]
pub(super) fn put_list<T: Put>(elements: impl ExactSizeIterator<Item = T>, out: &mut Vec<u8>) {
    if elements.len() > 0 {
        put_count(elements.len(), out);
        elements.for_each(|element| element.put(out));
    }
    out.push(0);
}

/// A length, or a place among variants or symbols.
#[inline]
pub(super) fn put_count(count: usize, out: &mut Vec<u8>) {
    (count as i64).put(out);
}

impl Put for i64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let mut zigzag = ((self << 1) ^ (self >> 63)).cast_unsigned();
        while zigzag >= 0x80 {
            out.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        out.push(zigzag as u8);
    }
}

impl Take<'_> for i64 {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<i64> {
        from.long()
    }
}

impl Put for i32 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        i64::from(*self).put(out);
    }
}

impl Take<'_> for i32 {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<i32> {
        let number = from.long()?;
        i32::try_from(number).map_err(|_| format!("the number {number} takes more than 32 bits"))
    }
}

impl Put for bool {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Take<'_> for bool {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<bool> {
        match from.bytes(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            other => Err(format!("{} is neither true nor false", other[0])),
        }
    }
}

impl Put for f64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }
}

impl Take<'_> for f64 {
    #[inline]
    fn take(from: &mut Datum<'_>) -> Taken<f64> {
        let bytes = from.bytes(8)?.try_into().map_err(|_| truncated())?;
        Ok(f64::from_le_bytes(bytes))
    }
}

impl Put for str {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_sized(self.as_bytes(), out);
    }
}

impl<'a> Take<'a> for &'a str {
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<&'a str> {
        std::str::from_utf8(from.sized()?).map_err(|e| format!("a text is not UTF-8: {e}"))
    }
}

impl<T: Put + ?Sized> Put for &T {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        (**self).put(out);
    }
}

impl<T: Put> Put for Option<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_count(usize::from(self.is_some()), out);
        if let Some(value) = self {
            value.put(out);
        }
    }
}

impl<'a, T: Take<'a>> Take<'a> for Option<T> {
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<Option<T>> {
        from.optional(T::take)
    }
}

impl<T: Put> Put for Vec<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        put_list(self.iter(), out);
    }
}

impl<'a, T: Take<'a>> Take<'a> for Vec<T> {
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<Vec<T>> {
        from.list(T::take)
    }
}

impl<'a, A: Array> Take<'a> for SmallVec<A>
where
    A::Item: Take<'a>,
{
    #[inline]
    fn take(from: &mut Datum<'a>) -> Taken<SmallVec<A>> {
        let mut list = SmallVec::new();
        from.each(|from| A::Item::take(from).map(|element| list.push(element)))?;
        Ok(list)
    }
}

#[cfg(test)]
mod tests;
