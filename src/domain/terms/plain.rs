//! Text from outside as plain text: letters and signs, none that command a terminal, begin a line, turn
//! the direction of what stands beside them, or cannot be seen.
//!
//! Source for the characters: Unicode 16, categories Cc, Zl, Zp and Cf, and UAX #9 for those that order a
//! direction. Scripts written from right to left need none of them: their letters have a direction.

use std::borrow::Cow;

/// What becomes of a character in a text from outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    /// It ends a line, is a tabulator, or commands a terminal.
    Blank,
    /// It cannot be seen.
    Gone,
}

fn fate(c: char, before: Option<char>, after: Option<char>) -> Fate {
    match c {
        _ if c.is_control() => Fate::Blank,
        '\u{2028}' | '\u{2029}' => Fate::Blank,
        // They join and part letters of Indic scripts, of Persian, and the pieces of one emoji.
        '\u{200c}' | '\u{200d}' => {
            let joins = |c: char| !c.is_ascii() && (!is_unseen(c) || is_selector(c));
            let joined = before.is_some_and(joins) && after.is_some_and(joins);
            if joined { Fate::Kept } else { Fate::Gone }
        }
        // The letters of a flag's region, after the flag.
        '\u{e0020}'..='\u{e007f}' => {
            let flag = |c: char| matches!(c, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}');
            if before.is_some_and(flag) { Fate::Kept } else { Fate::Gone }
        }
        _ if is_selector(c) => {
            let has_forms = |c: char| {
                !is_unseen(c) && (!c.is_ascii() || c.is_ascii_digit() || matches!(c, '#' | '*'))
            };
            if before.is_some_and(has_forms) { Fate::Kept } else { Fate::Gone }
        }
        _ if is_unseen(c) => Fate::Gone,
        _ => Fate::Kept,
    }
}

/// Chooses the form of the character before it.
fn is_selector(c: char) -> bool {
    matches!(
        c,
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Characters without a picture of their own.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Each character with what becomes of it beside those that stay.
fn fates(text: &str) -> impl Iterator<Item = (char, Fate)> {
    let mut before = None;
    let mut rest = text.chars();
    std::iter::from_fn(move || {
        let c = rest.next()?;
        let fate = fate(c, before, rest.clone().next());
        match fate {
            Fate::Kept => before = Some(c),
            Fate::Blank => before = Some(' '),
            Fate::Gone => {}
        }
        Some((c, fate))
    })
}

/// Most texts are of these alone.
fn is_printable(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte)
}

/// The text on one line, without characters that cannot be seen; blanks in place of those that command.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_printable) || fates(text).all(|(_, fate)| fate == Fate::Kept) {
        return text.into();
    }
    let kept = fates(text).filter(|(_, fate)| *fate != Fate::Gone);
    kept.map(|(c, fate)| if fate == Fate::Blank { ' ' } else { c }).collect::<String>().into()
}

/// The text as it may be printed, whatever it is: what [`plain`] would change is written as an escape of
/// JSON (`\u001b`), which stays valid inside of a JSON string. `may`: characters that stay.
pub fn escaped(text: &str, may: impl Fn(char) -> bool) -> Cow<'_, str> {
    let stays = |(c, fate): (char, Fate)| fate == Fate::Kept || may(c);
    if text.bytes().all(is_printable) || fates(text).all(stays) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (c, fate) in fates(text) {
        if stays((c, fate)) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_of_every_script_stay_and_what_commands_or_hides_does_not() {
        for (text, kept) in [
            ("Acme\r\nFORGED", "Acme  FORGED"),
            ("Acme\u{1b}]0;title\u{7}", "Acme ]0;title "),
            ("a\u{9b}31mb\u{85}c\u{2028}d", "a 31mb c d"),
            ("pay\u{202e}gnp.exe\u{202c}", "paygnp.exe"),
            ("\u{2067}abc\u{2069}\u{200e}\u{61c}", "abc"),
            ("Ac\u{200b}me\u{feff} Co\u{ad}rp\u{2060}", "Acme Corp"),
            ("A\u{200d}c\u{200c}me\u{fe0f}", "Acme"),
            ("tag\u{e0041}\u{e0042}ged", "tagged"),
            ("blank\u{3164}\u{115f}letters", "blankletters"),
        ] {
            assert_eq!(plain(text), kept, "{text:?}");
        }
        for text in [
            "شركة النور",
            "חברת אור",
            "می‌خواهم",
            "क्‍ष",
            "ශ්‍රී ලංකා",
            "👩‍💻 Ltd",
            "❤️‍🔥",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "1️⃣",
            "Müller & Söhne",
            "Zoe\u{308}",
            "株式会社",
            "葛\u{e0100}城",
            "กรุงเทพ",
            "naïve – “x”",
        ] {
            assert_eq!(plain(text), text, "{text:?}");
            assert_eq!(escaped(text, |_| false), text, "{text:?}");
        }
    }

    #[test]
    fn an_escape_is_valid_json_and_means_the_same() {
        let text = "a\u{202e}b\u{7f}c\u{e0041}";
        let json = serde_json::to_string(text).unwrap();
        let shown = escaped(&json, |_| false).into_owned();
        assert_eq!(shown, r#""a\u202eb\u007fc\udb40\udc41""#);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        assert_eq!(escaped("a\nb\tc", |c| c == '\n'), "a\nb\\u0009c");
    }

    fn is_harmless(c: char) -> bool {
        !c.is_control()
            && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
    }

    proptest! {
        #[test]
        fn whatever_comes_in_commands_nothing(
            chars in prop::collection::vec(
                prop_oneof![
                    any::<char>(),
                    prop::char::range('\u{0}', '\u{a0}'),
                    prop::char::range('\u{200b}', '\u{2069}'),
                    prop::sample::select(vec!['é', 'क', '\u{fe0f}', '\u{1f3f4}', '\u{e0067}', '\u{200d}']),
                ],
                0..40,
            ),
        ) {
            let text: String = chars.into_iter().collect();
            let once = plain(&text).into_owned();
            prop_assert!(once.chars().all(is_harmless), "{:?}", once);
            let shown = escaped(&text, |_| false).into_owned();
            prop_assert!(shown.chars().all(is_harmless), "{:?}", shown);
            // What came in as plain text is printed as it is.
            let again = plain(&once).into_owned();
            prop_assert_eq!(plain(&again), again.as_str());
        }
    }
}
