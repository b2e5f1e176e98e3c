//! When two reports are of the same event, though their ids differ. Symmetric for each pair; the
//! tolerances are stated here and nowhere else.

use super::signal::{Event, Funding, Headcount, Hiring};
use crate::domain::evidence::report::Report;
use crate::domain::terms::catalogue::Instrument;
use crate::domain::terms::term::Term;
use crate::domain::terms::time::Precision;

/// Days between two vendors' dates of one round: a press release and a filing lie weeks apart.
const FUNDING_DAYS: i32 = 30;
/// Days where the amount is the same and no stage contradicts.
const FUNDING_DAYS_SAME_AMOUNT: i32 = 45;
/// Days where one of them does not know the round's stage.
const FUNDING_DAYS_UNKNOWN_STAGE: i32 = 14;
/// How much two amounts of one round may differ, in percent of the larger.
const FUNDING_AMOUNT_PERCENT: u64 = 15;
/// How much two amounts may differ that are the same sum, rounded by one of them.
const SAME_AMOUNT_PERCENT: u64 = 2;
/// A post of the same title and place within this many days is a repost.
const REPOST_DAYS: i32 = 60;
const HIRED_DAYS: i32 = 45;
const HEADCOUNT_DAYS: i32 = 3;
const TECHNOLOGY_DAYS: i32 = 30;
const NEWS_DAYS: i32 = 7;

pub fn same_event(a: &Report, b: &Report) -> bool {
    let days = apart(a, b);
    match (&a.event, &b.event) {
        (Event::Funding(x), Event::Funding(y)) => same_round(x, y, days, same_day(a, b)),
        (Event::Hiring(x), Event::Hiring(y)) => same_job(x, y, a.source == b.source, days),
        (Event::Headcount(x), Event::Headcount(y)) => same_count(x, y, days),
        (Event::Technology(x), Event::Technology(y)) => {
            x.tool == y.tool && x.action == y.action && days <= TECHNOLOGY_DAYS
        }
        (Event::News(x), Event::News(y)) => {
            x.news == y.news
                && days <= NEWS_DAYS
                && close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT)
                && (x.news != crate::domain::terms::catalogue::NewsKind::Other
                    || x.summary == y.summary)
        }
        (Event::Engagement(x), Event::Engagement(y)) => {
            x.engagement == y.engagement
                && x.contact == y.contact
                && same_topic(x.topic.as_deref(), y.topic.as_deref())
                && days == 0
                && !x.engagement.is_inbound_request()
        }
        _ => false,
    }
}

fn same_topic(x: Option<&str>, y: Option<&str>) -> bool {
    let term = |topic: &str| Term::parse(topic).ok();
    x == y || x.zip(y).is_some_and(|(x, y)| term(x).is_some() && term(x) == term(y))
}

/// The least number of days between the two, given how exactly each is known.
fn apart(a: &Report, b: &Report) -> i32 {
    let (early, late) = if a.occurred.day <= b.occurred.day {
        (a.occurred, b.occurred)
    } else {
        (b.occurred, a.occurred)
    };
    late.day.since(early.latest()).max(0)
}

fn same_day(a: &Report, b: &Report) -> bool {
    a.occurred == b.occurred && a.occurred.precision == Precision::Day
}

/// Measured on pairs of real rounds: `tests/independent/duplicate_rounds.py` has the same rules.
fn same_round(x: &Funding, y: &Funding, days: i32, same_day: bool) -> bool {
    // "Other" is what a source says that does not know.
    let unsaid = x.instrument == Instrument::Other || y.instrument == Instrument::Other;
    if x.instrument != y.instrument && !unsaid {
        return false;
    }
    let (known, alike) = (x.amount_usd.is_some() && y.amount_usd.is_some(), alike(x, y));
    let same_amount = known && close(x.amount_usd, y.amount_usd, SAME_AMOUNT_PERCENT);
    match (x.stage, y.stage) {
        (Some(p), Some(q)) if p == q => {
            days <= FUNDING_DAYS && alike || days <= FUNDING_DAYS_SAME_AMOUNT && same_amount
        }
        // One of them is wrong about the stage, or the sum was raised twice within a month.
        (Some(_), Some(_)) => days <= FUNDING_DAYS && same_amount,
        // Without a stage the amounts, or the exact days, must agree.
        _ => {
            days <= FUNDING_DAYS_SAME_AMOUNT && same_amount
                || days <= FUNDING_DAYS_UNKNOWN_STAGE && alike && known
                || same_day && alike
        }
    }
}

fn alike(x: &Funding, y: &Funding) -> bool {
    close(x.amount_usd, y.amount_usd, FUNDING_AMOUNT_PERCENT)
}

fn same_job(x: &Hiring, y: &Hiring, same_source: bool, days: i32) -> bool {
    if x.action != y.action {
        return false;
    }
    if same_source && x.posting.is_some() && x.posting == y.posting {
        return true;
    }
    let within = if x.action == crate::domain::terms::catalogue::HiringAction::Hired {
        HIRED_DAYS
    } else {
        REPOST_DAYS
    };
    let place = match (&x.place, &y.place) {
        (Some(x), Some(y)) => same_place(x, y),
        _ => true,
    };
    days <= within && place && same_words(&x.title, &y.title)
}

/// Whether two are about one post, whatever became of it and when.
pub fn same_post(x: &Hiring, y: &Hiring) -> bool {
    let place = match (&x.place, &y.place) {
        (Some(x), Some(y)) => same_place(x, y),
        _ => true,
    };
    let posting = x.posting.is_some() && x.posting == y.posting;
    posting || place && same_words(&x.title, &y.title)
}

/// Longest code of a state or a country.
const CODE_LETTERS: usize = 3;

/// "Boston", "Boston, MA" and "Boston, Massachusetts, United States": they begin alike, and of what
/// follows one says nothing that the other does not. "Germany, Berlin" is not "Germany, Munich".
fn same_place(x: &str, y: &str) -> bool {
    if same_words(x, y) {
        return true;
    }
    let parts = |place| str::split(place, ',').map(str::trim);
    let (first, other) = (parts(x).next().unwrap_or(x), parts(y).next().unwrap_or(y));
    // A remote or country-wide place distinguishes nothing; the other fields decide.
    let town = !is_code(first) && !first.eq_ignore_ascii_case("remote");
    let rest = |place| parts(place).skip(1);
    let says = |place, part| rest(place).any(|other| same_part(part, other, town));
    let within =
        |x, y| (town || rest(x).next().is_some()) && rest(x).all(|part: &str| says(y, part));
    same_words(first, other) && (within(x, y) || within(y, x))
}

/// A code abbreviates a name; beside a town it need not begin as the name does: "DE" is Germany.
fn same_part(x: &str, y: &str, town: bool) -> bool {
    let short = |code: &str, name: &str| {
        is_code(code) && !is_code(name) && (town || abbreviates(code, name))
    };
    same_words(x, y) || short(x, y) || short(y, x)
}

fn is_code(part: &str) -> bool {
    part.chars().count() <= CODE_LETTERS
}

/// Its first letter, and the others somewhere behind it.
fn abbreviates(code: &str, name: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    let mut code = code.chars().flat_map(char::to_lowercase);
    letters.next() == code.next() && code.all(|c| letters.any(|l| l == c))
}

/// What one vendor writes out and another does not.
const SHORT: &[(&str, &str)] = &[
    ("vp", "vice president"),
    ("svp", "senior vice president"),
    ("evp", "executive vice president"),
    ("sr", "senior"),
    ("jr", "junior"),
    ("mgr", "manager"),
];
/// Little words that one has and another leaves out.
const FILLERS: &[&str] = &["of", "the", "and", "for", "in"];

/// The same letters and digits in the same order, whatever the case, what stands between words, and
/// the words written out.
fn same_words(x: &str, y: &str) -> bool {
    fn words(text: &str) -> impl Iterator<Item = &str> {
        let between = |c: char| !(c.is_alphanumeric() || c == '+' || c == '#');
        let is = |word: &str, other: &&str| word.eq_ignore_ascii_case(other);
        let said = move |word: &&str| !word.is_empty() && !FILLERS.iter().any(|f| is(word, f));
        text.split(between).filter(said).flat_map(move |word| {
            let whole = SHORT.iter().find(|(short, _)| is(word, short));
            whole.map_or(word, |(_, whole)| whole).split(' ')
        })
    }
    fn lower(word: &str) -> impl Iterator<Item = char> {
        word.chars().flat_map(char::to_lowercase)
    }
    let (mut ours, mut theirs) = (words(x), words(y));
    x == y
        || loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b || lower(a).eq(lower(b)) => {}
                _ => return false,
            }
        }
}

fn same_count(x: &Headcount, y: &Headcount, days: i32) -> bool {
    days <= HEADCOUNT_DAYS && x == y
}

/// Equal within a share of the larger; an unknown amount contradicts nothing.
fn close(x: Option<u64>, y: Option<u64>, percent: u64) -> bool {
    match (x, y) {
        (Some(x), Some(y)) => {
            u128::from(x.abs_diff(y)) * 100 <= u128::from(x.max(y)) * u128::from(percent)
        }
        _ => true,
    }
}
