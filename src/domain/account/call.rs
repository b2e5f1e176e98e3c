//! Whom to call, and what a caller should know first: personas after what happened, the company in a
//! line, its site and its pages in the team's own systems.

use super::assess::Assessment;
use super::decision::{IntentExplained, Link, PersonaExplained};
use super::explain::shown;
use super::message;
use super::posts::empty_seat;
use crate::domain::Text;
use crate::domain::evidence::company::Attribute;
use crate::domain::evidence::signal::{Hiring, bounded};
use crate::domain::profile::links::page;
use crate::domain::profile::templates::names::Values;
use crate::domain::profile::{Angle, Persona};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::catalogue::{Function, Seniority};
use crate::domain::terms::post_title::spoken;
use crate::domain::terms::spelling;
use crate::domain::terms::titles::classify;
use crate::domain::terms::units::MilliPoints;

/// Everyone to ask for, and what to say to them: first the personas for the strongest rule, then for the others, then those
/// for any.
pub fn personas(a: &Assessment<'_>, intent: &IntentExplained) -> Vec<PersonaExplained> {
    let values = message::values(a);
    let rules = contributing(intent);
    let rank = |persona: &Persona| match persona.rules.as_slice() {
        [] => Some(rules.len()),
        wanted => rules.iter().position(|rule| wanted.contains(rule)),
    };
    let all = a.variant.value.personas.iter();
    let mut fitting: Vec<(usize, &Persona)> =
        all.filter_map(|persona| Some((rank(persona)?, persona))).collect();
    fitting.sort_by_key(|(rank, _)| *rank);
    fitting.into_iter().map(|(_, persona)| explained(a, persona, &rules, &values)).collect()
}

/// The pain and angle of the first persona, or the profile's.
pub fn message(a: &Assessment<'_>, personas: &[PersonaExplained]) -> (Text, Text) {
    let value = &a.variant.value;
    let own = personas.first().map(|p| (p.pain.clone(), p.angle.clone()));
    own.unwrap_or_else(|| (value.pain.clone(), value.angle.clone()))
}

/// The rules whose signals speak for the account, the strongest first.
fn contributing(intent: &IntentExplained) -> Vec<Text> {
    let mut rules: Vec<Text> = Vec::new();
    for c in intent.contributions.iter().filter(|c| c.contribution > MilliPoints::ZERO) {
        if !rules.contains(&c.rule) {
            rules.push(c.rule.clone());
        }
    }
    rules
}

fn explained(
    a: &Assessment<'_>,
    persona: &Persona,
    rules: &[Text],
    values: &Values,
) -> PersonaExplained {
    let value = &a.variant.value;
    let of_rule = |angle: &&Angle| rules.first().is_some_and(|rule| angle.rules.contains(rule));
    let angle = value.angles.iter().find(of_rule);
    let pick = |mine: &Option<Text>, of_angle: Option<&Text>, general: &Text| {
        mine.as_ref().or(of_angle).unwrap_or(general).clone()
    };
    let of_angle = angle.map(|angle| angle.templates.or(&value.templates));
    let templates = persona.templates.or(of_angle.as_ref().unwrap_or(&value.templates));
    let pain = pick(&persona.pain, angle.and_then(|angle| angle.pain.as_ref()), &value.pain);
    let angle = pick(&persona.angle, angle.map(|angle| &angle.angle), &value.angle);
    let (titles, hires_for) = seated(a, persona);
    let message =
        message::written(&templates, values, &titles, hires_for.as_deref(), &pain, &angle);
    PersonaExplained { titles, pain, angle, hires_for, message }
}

/// The titles of a persona whose seats are taken; else who hires for them, and the post.
fn seated(a: &Assessment<'_>, persona: &Persona) -> (Vec<Text>, Option<Text>) {
    let post = |title: &Text| empty_seat(&a.facts, title);
    let seats: Vec<(&Text, Option<&Hiring>)> =
        persona.titles.iter().map(|title| (title, post(title))).collect();
    let is_taken = |(title, post): &(&Text, Option<_>)| post.is_none().then(|| (*title).clone());
    let taken: Vec<Text> = seats.iter().filter_map(is_taken).collect();
    let Some(empty) = seats.iter().find_map(|(_, post)| *post) else { return (taken, None) };
    if !taken.is_empty() {
        return (taken, None);
    }
    let above = if persona.hired_by.is_empty() {
        let chief = chief(empty.function).filter(|_| empty.seniority < Seniority::CLevel);
        chief.into_iter().chain([Text::const_new("CEO")]).collect()
    } else {
        persona.hired_by.clone()
    };
    let above = above.into_iter().filter(|title| post(title).is_none()).collect::<Vec<_>>();
    (above, bounded(&spoken(&empty.title)))
}

/// Who heads a function, where companies commonly have one.
fn chief(function: Function) -> Option<Text> {
    let title = match function {
        Function::Sales | Function::SalesDevelopment | Function::RevenueOperations => {
            "Chief Revenue Officer"
        }
        Function::Marketing | Function::Growth => "Chief Marketing Officer",
        Function::Engineering | Function::Data => "Chief Technology Officer",
        Function::Finance => "Chief Financial Officer",
        Function::Operations | Function::SupplyChain => "Chief Operating Officer",
        Function::People => "Chief People Officer",
        _ => return None,
    };
    debug_assert_eq!(classify(title).1, Seniority::CLevel, "{title}");
    Some(Text::const_new(title))
}

/// `software, 300 employees, Series B, US, founded in 2014`: what is known of these.
pub fn about(a: &Assessment<'_>) -> Text {
    let value = |attribute| a.facts.value(attribute).map(|value| shown(&value));
    let industry: Vec<String> =
        a.facts.texts(Attribute::Industry).take(2).map(spelling::words).collect();
    let country = || a.facts.text(Attribute::Country).map(|code| code.to_uppercase().to_string());
    let parts = [
        Some(industry.join(" and ")).filter(|industry| !industry.is_empty()),
        value(Attribute::Employees).map(|n| format!("{n} employees")),
        value(Attribute::FundingStage),
        country(),
        value(Attribute::FoundedYear).map(|year| format!("founded in {year}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    bounded(&parts.join(", ")).unwrap_or_default()
}

/// `https://acme.com`, where the account is a domain.
pub fn website(account: &AccountKey) -> Option<Text> {
    let domain = account.as_str();
    (!domain.contains(':')).then(|| format!("https://{domain}").into())
}

pub fn links(a: &Assessment<'_>) -> Vec<Link> {
    let patterns = &a.profile().profile.links;
    let ids = a.facts.texts(Attribute::CrmId);
    ids.filter_map(|id| page(patterns, id)).map(|(name, url)| Link { name, url }).collect()
}
