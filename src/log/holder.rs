//! The process that holds an instance's name: what one that was displaced by it can say.

use std::fmt;

/// A process that wrote under a transactional id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// When it was last seen, in milliseconds since 1970.
    pub seen_ms: i64,
    pub host: String,
    /// `None` where only the host is known.
    pub process: Option<u32>,
}

impl Holder {
    /// This process, now.
    pub fn this(host: &str, now_ms: i64) -> Holder {
        Holder { seen_ms: now_ms, host: host.to_owned(), process: Some(std::process::id()) }
    }

    /// Whether it is the same process as the other.
    pub fn is_same(&self, other: &Holder) -> bool {
        self.host == other.host && self.process == other.process
    }

    /// One line without spaces in its parts, for [`Holder::read`].
    pub fn line(&self) -> String {
        let host: String = self.host.chars().filter(|c| c.is_ascii_graphic()).collect();
        format!("{} {} {host}", self.seen_ms, self.process.unwrap_or_default())
    }

    /// What [`Holder::line`] wrote.
    pub fn read(line: &str) -> Option<Holder> {
        let mut words = line.split(' ');
        let seen_ms = words.next()?.parse().ok()?;
        let process = words.next()?.parse().ok()?;
        let host = words.next().filter(|host| !host.is_empty())?.to_owned();
        Some(Holder { seen_ms, host, process: (process != 0).then_some(process) })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.process {
            Some(process) => write!(f, "process {process} on host {}", self.host),
            None => write!(f, "a process on host {}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn should_read_what_it_wrote_and_nothing_else() {
        let this = Holder::this("host-1.example", 77);
        assert_eq!(Holder::read(&this.line()), Some(this.clone()));
        let odd = Holder { host: "a b\nc".to_owned(), ..this };
        assert_eq!(Holder::read(&odd.line()).map(|h| h.host).as_deref(), Some("abc"));
        for line in ["", "1", "1 2", "1 2 ", "x 2 h", "1 y h"] {
            assert_eq!(Holder::read(line), None, "{line:?}");
        }
    }
}
