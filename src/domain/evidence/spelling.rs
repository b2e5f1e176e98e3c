//! Places and titles as two sources spell them.

/// Longest code of a state or a country.
const CODE_LETTERS: usize = 3;

/// "Boston", "Boston, MA" and "Boston, Massachusetts, United States": they begin alike, and of what
/// follows one says nothing that the other does not. "Germany, Berlin" is not "Germany, Munich".
pub(super) fn same_place(x: &str, y: &str) -> bool {
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
pub(super) fn same_words(x: &str, y: &str) -> bool {
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
