//! Plain English: words that a reader has to puzzle over, in messages and in comments.

/// A puzzling word, with where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Puzzle {
    /// From 1; of a text of several lines, the first.
    pub line: usize,
    /// In a message or other literal; else in a comment.
    pub is_literal: bool,
    pub word: &'static str,
}

/// What to write in place of each. A word ends at anything that is not a letter, unless it ends
/// with `*`.
const PUZZLES: &[(&str, &str)] = &[
    ("is no", "\"invalid X: ...; use ...\" or \"is not a\" (\"there is no\" is fine)"),
    ("told", "say who reports what"),
    ("tell", "\"report\", \"say\" or \"show\""),
    ("tells", "\"reports\", \"says\" or \"shows\""),
    ("telling", "\"report\""),
    ("mend*", "\"correct\" or \"repair\""),
    ("of ours", "name it"),
    ("nobody", "\"no one\", or name who does not"),
    ("whoever", "name who: a client, an operator, a person"),
    ("somebody", "name who: a client, an operator, a person"),
    ("what comes", "name it: records, rows, requests"),
];

/// A sentence whose subject is a pronoun of one of these, followed by one of those, names nothing.
const PRONOUNS: &[&str] = &["what", "who"];
const VERBS: &[&str] =
    &["is", "was", "are", "were", "has", "had", "stands", "lies", "came", "goes"];
const NAMELESS: &str = "what is";

/// What to write instead of a word.
pub(super) fn remedy(word: &str) -> &'static str {
    let listed = PUZZLES.iter().find(|(puzzle, _)| *puzzle == word);
    listed.map_or("begin the sentence with the thing's name", |(_, remedy)| remedy)
}

/// Every puzzle in the literals and comments of a source, up to its test module.
pub(super) fn puzzles(source: &str) -> Vec<Puzzle> {
    let mut found = Vec::new();
    for Piece { line, is_literal, text } in pieces(source) {
        let text = text.to_lowercase();
        let mut add = |word| found.push(Puzzle { line, is_literal, word });
        for (word, _) in PUZZLES {
            (0..times(&text, word)).for_each(|_| add(*word));
        }
        if is_nameless(&text) {
            add(NAMELESS);
        }
    }
    found
}

fn times(text: &str, word: &str) -> usize {
    let (word, open) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
    let in_word = |letter: Option<char>| letter.is_some_and(|l| l.is_alphanumeric() || l == '_');
    let stands = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + word.len()..]);
        let fine = word == "is no"
            && (before.trim_end().ends_with("there") || after.trim_start().starts_with("longer"));
        !in_word(before.chars().next_back()) && (open || !in_word(after.chars().next())) && !fine
    };
    text.match_indices(word).map(|(at, _)| at).filter(stands).count()
}

/// "what is known of it", and no question.
fn is_nameless(text: &str) -> bool {
    text.split(['.', ';']).any(|sentence| {
        let mut words = sentence.split_whitespace();
        let (first, second) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        PRONOUNS.contains(&first) && VERBS.contains(&second) && !sentence.contains('?')
    })
}

struct Piece {
    line: usize,
    is_literal: bool,
    text: String,
}

/// Literals and comments. Lines of comment that follow each other are one text, and so are the
/// lines of a literal.
fn pieces(source: &str) -> Vec<Piece> {
    let end = source.find("\n#[cfg(test)]\n").unwrap_or(source.len());
    let letters: Vec<char> = source[..end].chars().collect();
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut line) = (0, 1);
    // The line after the last one of a comment.
    let mut next_of_comment = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let (length, text) = match rest {
            ['/', '/', ..] => {
                let length = rest.iter().position(|l| *l == '\n').unwrap_or(rest.len());
                let text: String = rest[..length].iter().collect();
                let text = text.trim_start_matches(['/', '!']).trim().to_owned();
                match pieces.last_mut().filter(|_| line == next_of_comment) {
                    Some(comment) => comment.text += &format!(" {text}"),
                    None => pieces.push(Piece { line, is_literal: false, text }),
                }
                next_of_comment = line + 1;
                (length, None)
            }
            ['"', ..] => literal(rest),
            ['r', '"', ..] | ['r', '#', '"', ..] | ['r', '#', '#', '"', ..] => raw(rest),
            ['\'', '\\', _, '\'', ..] => (4, None),
            ['\'', _, '\'', ..] => (3, None),
            _ => (1, None),
        };
        if let Some(text) = text {
            pieces.push(Piece { line, is_literal: true, text });
        }
        line += rest[..length].iter().filter(|letter| **letter == '\n').count();
        at += length;
    }
    pieces
}

/// The length of a literal, and its text with blanks in place of breaks.
fn literal(rest: &[char]) -> (usize, Option<String>) {
    let mut text = String::new();
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        match rest[at] {
            '\\' => {
                text.push(' ');
                at += 1;
            }
            letter => text.push(letter),
        }
        at += 1;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    ((at + 1).min(rest.len()), Some(text))
}

fn raw(rest: &[char]) -> (usize, Option<String>) {
    let marks = rest[1..].iter().take_while(|letter| **letter == '#').count();
    let whole: String = rest[marks + 2..].iter().collect();
    let close = format!("\"{}", "#".repeat(marks));
    let text = whole.split(&close).next().unwrap_or_default().to_owned();
    ((marks + 2 + text.chars().count() + close.len()).min(rest.len()), Some(text))
}

#[test]
fn should_find_puzzles_in_literals_and_comments_alone() {
    let found = |source: &str| -> Vec<(usize, bool, &'static str)> {
        puzzles(source).into_iter().map(|p| (p.line, p.is_literal, p.word)).collect()
    };
    type Case<'a> = (&'a str, &'a [(usize, bool, &'a str)]);
    let cases: &[Case<'_>] = &[
        ("let a = \"{tier} is no tier\";", &[(1, true, "is no")]),
        (
            "let a = \"Nobody answers\";\nlet b = \"whoever\";",
            &[(1, true, "nobody"), (2, true, "whoever")],
        ),
        (
            "let a = \"the rest is \\\n    no name\"; // mended",
            &[(1, true, "is no"), (2, false, "mend*")],
        ),
        ("/// A thing\n/// of ours.\nfn f() {}", &[(1, false, "of ours")]),
        (
            "let a = r#\"he said \"told\"\"#;\nlet b = '\"'; // tells",
            &[(1, true, "told"), (2, false, "tells")],
        ),
        ("let a = \"it ends; what lies beyond is lost\";", &[(1, true, NAMELESS)]),
        ("/// Who is asked.", &[(1, false, NAMELESS)]),
        ("let a = \"what comes later\";", &[(1, true, "what comes")]),
    ];
    for (source, expected) in cases {
        assert_eq!(found(source), *expected, "{source}");
    }
    for fine in [
        "let a = \"there is no tier 4; use 1, 2 or 3\";",
        "// The record is no longer kept.",
        "let told = tells(nobody);",
        "// Recommended: amend the table. What is it? A controlled, toldless one.",
        "let a = \"x\";\n#[cfg(test)]\nmod tests { /* */ }\n// nobody",
        "fn f<'a>(x: &'a str) { let c = '\\''; } // a quote",
    ] {
        assert_eq!(found(fine), [], "{fine}");
    }
}
