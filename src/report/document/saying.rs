//! What a profile's templates say, by made-up evidence: one example for each kind of evidence that a
//! template asks for.

use super::Page;
use crate::domain::Text;
use crate::domain::profile::Value;
use crate::domain::profile::templates::names::{VARIABLES, Values, samples};
use crate::domain::profile::templates::{Part, Templates};
use crate::report::words::either;

/// What a group of variables is about.
const KNOWN: &[(&str, &str)] = &[
    ("funding", "a funding round"),
    ("job", "an open job"),
    ("jobs", "several open jobs"),
    ("hire", "a person who has joined"),
    ("growth", "a team that grew"),
    ("adopted", "a new tool"),
    ("dropped", "a tool that was given up"),
    ("uses", "a tool in use"),
    ("news", "news"),
    ("asked", "a request of theirs"),
    ("engagement", "something they did with us"),
];

/// `“fresh money” or “new CRM”`.
pub(super) fn named(rules: &[Text]) -> String {
    either(&rules.iter().map(|rule| format!("“{rule}”")).collect::<Vec<_>>())
}

pub(super) fn examples(value: &Value, page: &mut Page) {
    if value.templates().next().is_none() {
        return;
    }
    let titles =
        |titles: &[Text]| either(&titles.iter().map(ToString::to_string).collect::<Vec<_>>());
    page.line("\n**What we write**, by made-up evidence:");
    let first = value.personas.first();
    let asked = first.and_then(|persona| persona.titles.first());
    if !value.templates.is_empty() {
        example("", &value.templates, (asked, &value.pain, &value.angle), page);
    }
    for angle in value.angles.iter().filter(|angle| !angle.templates.is_empty()) {
        let to = format!("where the strongest signal is {}, ", named(&angle.rules));
        let pain = angle.pain.as_ref().unwrap_or(&value.pain);
        let templates = angle.templates.or(&value.templates);
        example(&to, &templates, (asked, pain, &angle.angle), page);
    }
    for persona in value.personas.iter().filter(|persona| !persona.templates.is_empty()) {
        let pain = persona.pain.as_ref().unwrap_or(&value.pain);
        let angle = persona.angle.as_ref().unwrap_or(&value.angle);
        let to = format!("to {}, ", titles(&persona.titles));
        let templates = persona.templates.or(&value.templates);
        example(&to, &templates, (persona.titles.first(), pain, angle), page);
    }
}

fn example(to: &str, templates: &Templates, whom: (Option<&Text>, &Text, &Text), page: &mut Page) {
    let (persona, pain, angle) = whom;
    let mut all = samples();
    all.extend(persona.map(|title| ("persona", title.to_string())));
    all.extend([("pain", pain.to_string()), ("angle", angle.to_string())]);
    let mut seen: Vec<String> = Vec::new();
    let mut line = |known: &str, values: &Values, page: &mut Page| {
        let said = [Part::Subject, Part::Opener].map(|part| templates.render(part, values));
        let said = match said.map(|text| text.map(|text| text.replace('\n', " "))) {
            [Some(subject), Some(opener)] => format!("*{subject}*: {opener}"),
            [Some(one), None] | [None, Some(one)] => one,
            [None, None] => return,
        };
        if !seen.contains(&said) {
            page.line(format!("- {to}with {known}: {said}"));
            seen.push(said);
        }
    };
    line("nothing but the company known", &without(&all, None), page);
    for (group, known) in KNOWN.iter().filter(|(group, _)| asks(templates, group)) {
        line(known, &without(&all, Some(group)), page);
    }
    if let Some(talk) = templates.render(Part::TalkTrack, &all) {
        page.line(format!("- {to}on the phone: {}", talk.replace('\n', " / ")));
    }
}

fn asks(templates: &Templates, group: &str) -> bool {
    let sources = [Part::Subject, Part::Opener].map(|part| templates.of(part));
    let mut names =
        VARIABLES.iter().filter(|v| v.name.split_once('.').is_some_and(|v| v.0 == group));
    names.any(|v| sources.iter().flatten().any(|source| source.contains(v.name)))
}

/// The facts known of the company itself, and of one kind of evidence.
fn without(all: &Values, group: Option<&str>) -> Values {
    let is_known = |name: &str| name.split_once('.').is_none_or(|(of, _)| Some(of) == group);
    // A seat that is open is a job's.
    let mut known = all.clone();
    known.retain(|name, _| is_known(name) && (*name != "hires_for" || group == Some("job")));
    known
}
