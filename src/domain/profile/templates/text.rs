//! One template: whether it can be read, and what it says.
//!
//! A template prints variables and asks whether one is known. It cannot loop, repeat or call anything, so
//! that its text is about as long as it is.

use super::names::{Values, all};
use super::pieces::{Token, sentences, tokens};
use crate::domain::terms::spelling::{calm, capital};
use minijinja::{Environment, UndefinedBehavior, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Bytes of a template.
pub const SOURCE_BYTES_MAX: usize = 2_000;
/// Steps of one sentence; a step more for every 64 bytes that it makes.
const FUEL: u64 = 5_000;
const FILTERS: [&str; 4] = ["a", "calm", "capital", "lower"];
/// Words of an expression that are no names of variables.
const WORDS: [&str; 3] = ["and", "or", "not"];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("a", |text: String| with_article(&text));
    environment.add_filter("calm", |text: String| calm(&text));
    environment.add_filter("capital", |text: String| capital(&text));
    environment.add_filter("lower", |text: String| text.to_lowercase());
    environment
}

/// A flaw of a template, by its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// From 1.
    pub line: usize,
    pub problem: String,
    /// A name that is not a variable.
    pub unknown: Option<String>,
}

/// Everything that is wrong with a template; nothing of one that can be rendered.
pub fn flaws(source: &str) -> Vec<Flaw> {
    if source.len() > SOURCE_BYTES_MAX {
        let problem = format!("has {} bytes; use at most {SOURCE_BYTES_MAX}", source.len());
        return vec![Flaw { line: 1, problem, unknown: None }];
    }
    if source.trim().is_empty() {
        let problem = "is empty; write it, or leave it out".to_owned();
        return vec![Flaw { line: 1, problem, unknown: None }];
    }
    let mut found = Vec::new();
    let mut line = 1;
    for (whole, token) in tokens(source) {
        let mut add = |problem: String| found.push(Flaw { line, problem, unknown: None });
        match token {
            Token::Text(_) | Token::Note => {}
            Token::Open(_) => add("a tag has no end; close it with }} or %}".to_owned()),
            // `{{ company }.` runs on to the end of the next tag.
            Token::Print(inside) | Token::Block(inside) if inside.contains(['{', '}']) => {
                add("a tag has no end; close it with }} or %}".to_owned());
            }
            Token::Print(inside) => found.extend(expression(inside, line)),
            Token::Block(inside) => {
                let (word, rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
                match word {
                    "if" | "elif" => found.extend(expression(rest, line)),
                    "else" | "endif" if rest.is_empty() => {}
                    _ => add(format!("invalid tag {inside:?}; use if, elif, else and endif alone")),
                }
            }
        }
        line += whole.matches('\n').count();
    }
    if !found.is_empty() {
        return found;
    }
    // Without a flaw above, what is left is the order of the tags.
    let read = environment();
    match read.template_from_str(source) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let problem = match error.detail() {
                Some(said) if said.starts_with("unexpected end of input") => {
                    "an if has no end; close it with {% endif %}".to_owned()
                }
                Some(said) => said.to_owned(),
                None => error.kind().to_string(),
            };
            vec![Flaw { line: error.line().unwrap_or(1), problem, unknown: None }]
        }
    }
}

/// The flaws of `job.title | a`, or with `job and not funding`.
fn expression(inside: &str, line: usize) -> Vec<Flaw> {
    let flaw = |problem: String| Flaw { line, problem, unknown: None };
    let (mut found, mut is_filter, mut is_empty) = (Vec::new(), false, true);
    let mut rest = inside.trim_start();
    let known: BTreeSet<&str> = all().collect();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => rest[1..].find(first).map(|end| end + 2),
            _ if first.is_alphabetic() => {
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
                let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
                if is_filter {
                    if !FILTERS.contains(&name) {
                        let filters = FILTERS.join(", ");
                        found.push(flaw(format!("invalid filter {name:?}; use one of {filters}")));
                    }
                } else if !WORDS.contains(&name) && !known.contains(name) {
                    let problem = format!("invalid variable {name:?}");
                    found.push(Flaw { line, problem, unknown: Some(name.to_owned()) });
                }
                Some(name.len())
            }
            '|' | '(' | ')' => Some(1),
            '=' | '!' if rest[1..].starts_with('=') => Some(2),
            _ => None,
        };
        let Some(length) = length else {
            found.push(flaw(format!(
                "invalid expression {inside:?}; use a variable, also with one of the filters {}, and \
                 in an if also and, or, not, == and !=",
                FILTERS.join(", ")
            )));
            return found;
        };
        is_empty = false;
        is_filter = first == '|';
        rest = rest[length..].trim_start();
    }
    if is_empty {
        found.push(flaw("a tag is empty; write a variable into it".to_owned()));
    }
    found
}

/// The text: all sentences whose variables are known, up to `most` characters.
pub(super) fn render(source: &str, values: &Values, most: usize) -> String {
    let context = context(values);
    let (mut out, mut length, mut begins_line) = (String::new(), 0, true);
    for sentence in sentences(source) {
        begins_line |= sentence.on_new_line;
        let said = ENVIRONMENT.render_str(&sentence.source, context.clone()).unwrap_or_default();
        let words: Vec<&str> = said.split_whitespace().collect();
        // Nothing but signs is a sentence of which all was left out.
        if !words.iter().any(|word| word.chars().any(char::is_alphanumeric)) {
            continue;
        }
        let said = words.join(" ");
        length += said.chars().count() + 1;
        if length > most {
            break;
        }
        if !out.is_empty() {
            out.push(if begins_line { '\n' } else { ' ' });
        }
        begins_line = false;
        out.push_str(&said);
    }
    out
}

/// `job.title` is `title` of `job`.
fn context(values: &Values) -> Value {
    let mut groups: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    let mut all: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, value) in values {
        match name.split_once('.') {
            Some((group, name)) => {
                groups.entry(group).or_default().insert(name, Value::from(value.as_str()));
            }
            None => {
                all.insert(name, Value::from(value.as_str()));
            }
        }
    }
    all.extend(groups.into_iter().map(|(group, of_it)| (group, Value::from(of_it))));
    Value::from(all)
}

/// `an SDR`, `a VP of Sales`, `a UX designer`, `an engineer`.
fn with_article(text: &str) -> String {
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_spelt = first.len() <= 4 && first.chars().all(|c| c.is_uppercase() || c.is_numeric());
    let low = first.to_lowercase();
    let by_sound = ["uni", "use", "usa", "euro", "one"].iter().any(|sound| low.starts_with(sound));
    let vowel = match low.chars().next() {
        Some('a' | 'e' | 'i' | 'o') => !by_sound || is_spelt,
        Some('u') => !is_spelt && !by_sound,
        Some('f' | 'h' | 'l' | 'm' | 'n' | 'r' | 's' | 'x') => is_spelt,
        _ => false,
    };
    format!("{} {text}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::super::names::samples;
    use super::*;
    use crate::domain::terms::quotable::{is_address, quotable};
    use proptest::prelude::*;

    fn values(known: &[(&'static str, &str)]) -> Values {
        known.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    }

    #[test]
    fn a_sentence_whose_variable_is_unknown_is_left_out() {
        let of = |source, known: &[_]| render(source, &values(known), 1_000);
        let source = "Hello. {{ company }} raised a {{ funding.round }}{% if funding.amount %} of \
                      {{ funding.amount }}{% endif %}. {{ job.title | a | capital }} is wanted.";
        assert_eq!(of(source, &[]), "Hello.");
        assert_eq!(of(source, &[("company", "Acme")]), "Hello.");
        assert_eq!(
            of(source, &[("company", "Acme"), ("funding.round", "Series B")]),
            "Hello. Acme raised a Series B."
        );
        assert_eq!(
            of(
                source,
                &[
                    ("company", "Acme"),
                    ("funding.round", "Series B"),
                    ("funding.amount", "$5M"),
                    ("job.title", "SDR"),
                ]
            ),
            "Hello. Acme raised a Series B of $5M. An SDR is wanted."
        );
        let choice = "{% if job %}You look for {{ job.title | a }}.{% elif funding %}You have \
                      {{ funding.amount }}.{% else %}Hi.{% endif %} Bye.";
        assert_eq!(of(choice, &[]), "Hi. Bye.");
        assert_eq!(of(choice, &[("funding.round", "Seed")]), "Bye.");
        assert_eq!(of(choice, &[("job.title", "VP Sales")]), "You look for a VP Sales. Bye.");
        assert_eq!(of("- {{ pain }}\n- {{ angle }}\n\nC", &[("angle", "x")]), "- x\nC");
    }

    #[test]
    fn a_flaw_names_its_line_and_the_name() {
        let said = |source: &str| -> Vec<String> {
            flaws(source).iter().map(|flaw| format!("{}: {}", flaw.line, flaw.problem)).collect()
        };
        for (source, expected) in [
            ("{{ company }} {{ job.title | a }}", ""),
            ("{% if job and (not funding or stage == 'Seed') %}x{% endif %}", ""),
            ("a\n{{ compny }}", "2: invalid variable \"compny\""),
            ("{{ job.titel }}", "1: invalid variable \"job.titel\""),
            (
                "{{ job.title | upper }}",
                "1: invalid filter \"upper\"; use one of a, calm, capital, lower",
            ),
            ("a\nb {{ company", "2: a tag has no end; close it with }} or %}"),
            ("{{ }}", "1: a tag is empty; write a variable into it"),
            ("{% for x in company %}x{% endfor %}", "1: invalid tag \"for x in company\""),
            ("{% set x = company %}", "1: invalid tag"),
            ("{{ 'x' * 1000000 }}", "1: invalid expression"),
            ("{{ company ~ company }}", "1: invalid expression"),
            ("{{ company.__class__ }}", "1: invalid variable"),
            ("{{ range(9) }}", "1: invalid variable"),
            ("{% if company %}x", "1: an if has no end; close it with {% endif %}"),
            ("{{ company }. Bye {{ stage }}", "1: a tag has no end; close it with }} or %}"),
            ("x\n{% endif %}", "2: "),
            ("{% raw %}x{% endraw %}", "1: invalid tag"),
            ("  ", "1: is empty"),
        ] {
            let found = said(source);
            match expected {
                "" => assert_eq!(found, Vec::<String>::new(), "{source}"),
                expected => {
                    let first = found.first().map_or("", String::as_str);
                    assert!(first.starts_with(expected), "{source}: {found:?}");
                }
            }
        }
        assert!(said(&"a".repeat(3_000))[0].contains("at most 2000"));
    }

    #[test]
    fn articles_follow_the_sound() {
        for (text, expected) in [
            ("SDR", "an SDR"),
            ("VP of Sales", "a VP of Sales"),
            ("Account Executive", "an Account Executive"),
            ("HR Manager", "an HR Manager"),
            ("UX Designer", "a UX Designer"),
            ("Head of Sales", "a Head of Sales"),
            ("Underwriter", "an Underwriter"),
            ("European Sales Lead", "a European Sales Lead"),
            ("AE", "an AE"),
        ] {
            assert_eq!(with_article(text), expected);
        }
    }

    /// Texts that want to be more than text.
    const HOSTILE: &[&str] = &[
        "<!channel> <@U0000009> @here",
        "<https://evil-site.com|Series B>",
        "[Series B](https://evil-site.com) *b* _i_ `c`",
        "</p><script>alert(1)</script>",
        "see evil-site.com/x or www.evil-site.com",
        "mailto:a@evil-site.com",
        "\u{1b}[31mred\u{7}\u{202e}txt\r\nSubject: forged",
        "{{ company }} {% for x in y %} {{ 7 * 7 }}",
        "{{ '",
    ];

    proptest! {
        #[test]
        fn a_vendors_text_stays_text_and_a_rendered_one_is_bounded(
            hostile in prop::sample::select(HOSTILE.to_vec()),
            other in "\\PC{0,30}",
            names in prop::collection::vec(0..super::super::names::VARIABLES.len(), 1..6),
        ) {
            let mut known = Values::new();
            for at in &names {
                let text = format!("{other} {hostile}{other}");
                let name = super::super::names::VARIABLES[*at].name;
                known.extend(quotable(&text, None).map(|text| (name, text)));
            }
            let source: String = samples().keys().map(|name| format!("At {{{{ {name} }}}} now. ")).collect();
            let said = render(&source, &known, 500);
            prop_assert!(said.chars().count() <= 500);
            prop_assert!(!said.contains(['<', '>', '[', ']', '{', '}', '*', '_', '`', '@', '|']), "{said}");
            prop_assert!(!said.chars().any(char::is_control) && !said.contains('\u{202e}'), "{said:?}");
            prop_assert!(!said.contains("evil-site") && !said.split_whitespace().any(is_address), "{said}");
        }

        #[test]
        fn whatever_stands_in_a_template_it_is_refused_or_rendered(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "{{", "}}", "{%", "%}", "{#", "#}", "company", "job.title", " | a", "if ", "else",
                    "endif", "elif ", "for x in y", "*", "'", "\"", ". ", "\n", "A", "(", ")", "==", " ", "-",
                ]),
                0..24,
            ),
        ) {
            let source = parts.concat();
            let said = render(&source, &samples(), 400);
            prop_assert!(said.chars().count() <= 400);
            if flaws(&source).is_empty() {
                prop_assert!(!said.contains("{{") && !said.contains("{%"), "{source:?}: {said:?}");
            }
        }
    }
}
