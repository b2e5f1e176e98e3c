//! The pages behind links in Teams and mail. Opening one does nothing; its button says a word. Everything on it is
//! text: no script, nothing from elsewhere, and no other page may show it within a frame.

use super::{Needs, Shared, refused, whole};
use crate::deliver::links::{Links, Pass, Void};
use crate::deliver::message::buttons::{DAYS, NOTE_MAX, REASONS, evidence, note};
use crate::deliver::message::{email, notice};
use crate::deliver::speak::Heard;
use crate::desk::action::{CaseView, Notice, Standing};
use crate::desk::ids::{CaseId, PersonId, WordId};
use crate::desk::roster::Roster;
use crate::desk::view::view;
use crate::domain::account::outbox::{PersonsWord, WordKind};
use crate::domain::terms::time::{Day, Timestamp};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use html_escape::{encode_double_quoted_attribute as attribute, encode_safe as text};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use url::form_urlencoded;
use uuid::Uuid;

/// What can be said on a page, in this order.
const SAID: &[(WordKind, &str)] = &[
    (WordKind::Accept, "Accept: I take care of it"),
    (WordKind::Reject, "Reject, because of the reason below"),
    (WordKind::Snooze, "Snooze: remind me again"),
    (WordKind::AlreadyInTouch, "We are already in touch"),
    (WordKind::WrongCompany, "It is the wrong company"),
    (WordKind::NoLongerTrue, "The evidence below is not true any more"),
    (WordKind::DoNotContact, "Do not contact them"),
];

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}\
    select,button{font:inherit;padding:.4em .8em}label{display:block;margin:.8em 0}";

type Parts = (Pass, Arc<Roster>, Option<CaseView>);

/// The link's content, and the case that it is about; else the page that says why not.
fn opened(needs: &Needs, token: &str) -> Result<(Links, Parts), Box<Response>> {
    let plain = |status, heading: &str, why: &str| {
        Box::new(page(status, heading, &format!("<p>{}</p>", text(why))))
    };
    let Some(links) = needs.links.clone() else {
        return Err(plain(StatusCode::NOT_FOUND, "Nothing here", "Links are not in use here."));
    };
    let pass = links.open(token, needs.now_s()).map_err(|void| match void {
        Void::Unknown => plain(StatusCode::NOT_FOUND, "Nothing here", "This link is not valid."),
        Void::Expired => {
            plain(StatusCode::GONE, "The link has expired", "Use one of a newer message.")
        }
    })?;
    let known = needs.copy.with(|fold| {
        let (_, roster) = fold.state.roster.clone()?;
        Some((roster, view(&fold.state, CaseId(pass.case))))
    });
    let Some((roster, case)) = known.flatten() else {
        let why = "This program does not know the desk yet. Try again in a minute.";
        return Err(plain(StatusCode::SERVICE_UNAVAILABLE, "Not yet", why));
    };
    Ok((links, (pass, roster, case)))
}

pub(super) async fn show(State(needs): Shared, Path(token): Path<String>) -> Response {
    let (_, (pass, roster, case)) = match opened(&needs, &token) {
        Ok(opened) => opened,
        Err(why) => return *why,
    };
    let is_undo = pass.of.is_some();
    let Some(case) = case.filter(|case| is_undo || !matches!(case.standing, Standing::Ended(_)))
    else {
        let why = "<p>The account is not open any more, so there is nothing to say.</p>";
        return page(StatusCode::OK, "It is over", why);
    };
    let reader = roster.zone;
    let heard = case.heard;
    let taken = match &case.standing {
        Standing::Said { by, verdict, .. } if !is_undo => {
            format!("<p><strong>{}: {}</strong></p>", text(&*roster.shown(by)), verdict.past())
        }
        _ => String::new(),
    };
    let form = form(&pass, &roster, &case);
    let message = notice(&Notice { roster, cases: vec![case] }, reader);
    let about = email::email(&message).html;
    let heard = format!("<input type=\"hidden\" name=\"heard\" value=\"{heard}\">");
    let body = format!("{taken}<form method=\"post\">{heard}{form}</form><hr>{about}");
    page(StatusCode::OK, "What do you say?", &body)
}

fn form(pass: &Pass, roster: &Roster, case: &CaseView) -> String {
    let said: Option<WordKind> = pass.said.as_deref().and_then(|said| said.parse().ok());
    let mut form = String::new();
    let asks = |kind: WordKind| said.is_none_or(|said| said == kind);
    if said.is_none() {
        let options = SAID.iter().map(|(kind, shown)| (kind.to_string(), (*shown).to_owned()));
        form += &select("said", "I say", options);
    }
    if asks(WordKind::Reject) {
        let options = REASONS.iter().map(|(slug, shown)| ((*slug).to_owned(), (*shown).to_owned()));
        form += &select("reason", "Reason of a rejection", options);
        let _ = write!(
            form,
            "<label>In your own words, if you like: <input name=\"note\" maxlength=\"{NOTE_MAX}\" \
             autocomplete=\"off\"></label>"
        );
    }
    if asks(WordKind::Snooze) {
        let options = DAYS.iter().map(|(days, shown)| (days.to_string(), (*shown).to_owned()));
        form += &select("days", "Snooze until", options);
    }
    if asks(WordKind::NoLongerTrue) {
        let options = evidence(case).into_iter().map(|(id, what)| (id.to_string(), what));
        form += &select("evidence", "Evidence", options);
    }
    if pass.person.is_none() {
        let people = roster.people.iter();
        let options = people.map(|(id, person)| (id.to_string(), person.shown.to_string()));
        form += &select("person", "I am", options);
    }
    let shown = match said {
        Some(WordKind::TakeBack) => "Take it back",
        Some(kind) => {
            SAID.iter().find(|(known, _)| *known == kind).map_or("Send", |(_, shown)| shown)
        }
        None => "Send",
    };
    let _ = write!(form, "<p><button>{}</button></p>", text(shown));
    form
}

fn select(name: &str, label: &str, options: impl Iterator<Item = (String, String)>) -> String {
    let options: String = options
        .map(|(value, shown)| {
            format!("<option value=\"{}\">{}</option>", attribute(&value), text(&shown))
        })
        .collect();
    match options.is_empty() {
        true => String::new(),
        false => format!("<label>{label}: <select name=\"{name}\">{options}</select></label>"),
    }
}

pub(super) async fn act(
    State(needs): Shared,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (links, (pass, roster, case)) = match opened(&needs, &token) {
        Ok(opened) => opened,
        Err(why) => return *why,
    };
    let body = match whole(request).await {
        Ok((_, body)) => body,
        Err(refusal) => return refusal,
    };
    let given: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let word = match word(&pass, &given, &roster, case.as_ref(), (needs.now_ms)()) {
        Ok(word) => word,
        Err(why) => {
            let body = format!("<p>{}</p>", text(why));
            return page(StatusCode::BAD_REQUEST, "Something is missing", &body);
        }
    };
    let (kind, id, person) = (word.said, word.id, word.person.clone());
    match needs.say(word).await {
        Ok(Heard::Refused(refusal)) => {
            let body = format!("<p>{}</p>", text(&refused(&roster, &refusal)));
            page(StatusCode::CONFLICT, "Nothing was changed", &body)
        }
        Ok(Heard::Holds | Heard::NotYet) if kind == WordKind::TakeBack => page(
            StatusCode::OK,
            "Taken back",
            "<p>Your word is taken back. What others have said of the account still holds.</p>",
        ),
        Ok(Heard::Holds | Heard::NotYet) => {
            let undo = Pass {
                person: Some(person.to_string()),
                said: Some(WordKind::TakeBack.to_string()),
                of: Some(id),
                ..pass
            };
            let then = match kind {
                WordKind::NoLongerTrue => "<p>The evidence is taken out in 10 minutes.</p>",
                _ => "",
            };
            let action = format!("/words/{}", links.token(&undo));
            let body = format!(
                "<p>Recorded for {}.</p>{then}<form method=\"post\" action=\"{}\"><button>Undo</button></form>",
                text(&*roster.shown(&PersonId(person))),
                attribute(&action)
            );
            page(StatusCode::OK, "Thank you", &body)
        }
        Err(why) => {
            let body =
                format!("<p>It could not be written ({}). Try again in a minute.</p>", text(&why));
            page(StatusCode::SERVICE_UNAVAILABLE, "Nothing was changed", &body)
        }
    }
}

/// What a form says; what the link says goes before it.
fn word(
    pass: &Pass,
    given: &BTreeMap<String, String>,
    roster: &Roster,
    case: Option<&CaseView>,
    now_ms: i64,
) -> Result<PersonsWord, &'static str> {
    let field = |name: &str| given.get(name).map(String::as_str);
    let said = pass.said.as_deref().or(field("said")).and_then(|said| said.parse().ok());
    let said: WordKind = said.ok_or("Say what you think of it.")?;
    let person = pass.person.as_deref().or(field("person")).unwrap_or_default();
    let person = PersonId(person.into());
    let known = roster.people.get(&person).ok_or("Say who you are, by a name of the roster.")?;
    let now = case.map_or(0, |case| case.heard);
    // As the page was shown, so that a form that is sent twice counts once.
    let heard = field("heard").and_then(|n| n.parse::<usize>().ok()).unwrap_or(now).min(now);
    let mut word = PersonsWord {
        id: Uuid::nil(),
        case: pass.case,
        person: person.0.clone(),
        said,
        reason: None,
        note: None,
        until: None,
        of: pass.of,
    };
    match said {
        WordKind::Reject => {
            let reason = field("reason").and_then(|r| REASONS.iter().find(|(slug, _)| *slug == r));
            word.reason = Some(reason.ok_or("Choose a reason.")?.0.into());
            word.note = field("note").and_then(note);
        }
        WordKind::Snooze => {
            let days = field("days").and_then(|d| DAYS.iter().find(|(n, _)| n.to_string() == d));
            let (days, _) = days.ok_or("Choose a day.")?;
            let today = known.calendar.day(Timestamp(now_ms)).map(Day::from_date);
            let today = today.ok_or("The clock of this machine is wrong.")?;
            word.until = Some(today.plus(i32::try_from(*days).unwrap_or(1)));
        }
        WordKind::NoLongerTrue => {
            let of = field("evidence").and_then(|id| id.parse().ok());
            word.of = Some(of.ok_or("Choose the evidence.")?);
        }
        WordKind::TakeBack if word.of.is_none() => return Err("Say what you take back."),
        _ => {}
    }
    let parts = [
        word.reason.as_deref(),
        word.note.as_deref(),
        word.until.map(|day| day.to_string()).as_deref(),
        word.of.map(|of| of.to_string()).as_deref(),
    ]
    .map(|part| part.unwrap_or_default().to_owned());
    let click = format!("{said}:{}", parts.join(":"));
    word.id = WordId::of(CaseId(pass.case), heard, &click, &person).0;
    Ok(word)
}

fn page(status: StatusCode, heading: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{0}</title><style>{STYLE}</style></head><body><h1>{0}</h1>\
         {body}</body></html>",
        text(heading)
    );
    let headers: [(HeaderName, &str); 7] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; \
             base-uri 'none'",
        ),
    ];
    (status, headers, html).into_response()
}
