//! From the file to a [`Roster`] that can work, or everything that is wrong with it.

mod reports;
mod tools;

use super::file::{DestinationFile, HoursFile, PersonFile, RosterFile, TeamFile};
use super::hours::{Calendar, Hours};
use super::{Audience, Destination, Escalation, Person, Roster, Target, Team};
use crate::desk::ids::{DestinationId, PersonId, TeamId};
use crate::domain::Text;
use crate::domain::profile::check::Finding;
use crate::domain::terms::term::Term;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// People, teams and destinations of one roster, at most of each.
const ENTRIES_MAX: usize = 1_000;
const CAP_MAX: u16 = 1_000;

impl Roster {
    /// # Errors
    /// All that keeps the file from being used, each with its key's path.
    pub fn of(file: &RosterFile) -> Result<Roster, Vec<Finding>> {
        let mut check = Check { file, found: Vec::new() };
        let roster = check.roster();
        match roster {
            Some(roster) if check.found.is_empty() => Ok(roster),
            _ => Err(check.found),
        }
    }
}

struct Check<'a> {
    file: &'a RosterFile,
    found: Vec<Finding>,
}

impl Check<'_> {
    fn add(&mut self, wrong: bool, at: impl Into<String>, problem: impl Into<String>) {
        if wrong {
            self.found.push(Finding { at: at.into(), problem: problem.into() });
        }
    }

    fn roster(&mut self) -> Option<Roster> {
        let file = self.file;
        self.hours("hours", file.zone, &file.hours);
        let names = |names: Vec<&Text>| names.into_iter().cloned().collect::<Vec<Text>>();
        self.names("people", &names(file.people.iter().map(|p| &p.name).collect()));
        self.names("teams", &names(file.teams.iter().map(|t| &t.name).collect()));
        self.names("destinations", &names(file.destinations.iter().map(|d| &d.name).collect()));
        let people: BTreeMap<PersonId, Person> = file
            .people
            .iter()
            .filter_map(|person| Some((PersonId(person.name.clone()), self.person(person)?)))
            .collect();
        self.owners(&people);
        let mut teams: Vec<Team> = file.teams.iter().map(|team| self.team(team)).collect();
        teams.sort_by_key(Team::generality);
        let destinations: BTreeMap<DestinationId, Destination> = file
            .destinations
            .iter()
            .filter_map(|d| Some((DestinationId(d.name.clone()), self.destination(d)?)))
            .collect();
        self.add(
            destinations.is_empty(),
            "destinations",
            "is empty; name a place that takes decisions",
        );
        self.addresses(&destinations);
        let fallback = self.fallback();
        self.for_people(&destinations);
        let escalation = file.escalation.as_ref().map(|escalation| Escalation {
            people: self.people("escalation.people", &escalation.people),
            channel: self.shared("escalation.channel", &escalation.channel, &destinations),
        });
        let digest = self.digest(&destinations);
        let changes = self.changes(digest.as_ref(), &destinations);
        let weekly = self.weekly(digest.as_ref(), &destinations);
        let console = self.console();
        let sync = self.sync();
        Some(Roster {
            zone: file.zone,
            people,
            teams,
            destinations,
            fallback,
            escalation,
            digest,
            changes,
            weekly,
            console,
            sync,
        })
    }

    fn names(&mut self, at: &str, names: &[Text]) {
        self.add(
            names.len() > ENTRIES_MAX,
            at,
            format!("has {} entries; at most {ENTRIES_MAX}", names.len()),
        );
        let mut seen = BTreeSet::new();
        for name in names {
            let at = format!("{at}[{name}]");
            self.add(
                !is_name(name, 60),
                format!("{at}.name"),
                format!(
                    "invalid name {name:?}; use at most 60 lower-case letters, digits and hyphens"
                ),
            );
            self.add(!seen.insert(name), at, format!("{name} is given twice; choose another name"));
        }
    }

    fn hours(&mut self, at: &str, zone: Tz, hours: &HoursFile) -> Option<Hours> {
        let made = Hours::new(zone, &hours.days, hours.from_hour, hours.to_hour);
        self.add(hours.days.is_empty(), format!("{at}.days"), "is empty; name the working days");
        self.add(
            made.is_none() && !hours.days.is_empty(),
            at,
            format!(
                "from_hour ({}) must be lower than to_hour ({}), and to_hour at most 24",
                hours.from_hour, hours.to_hour
            ),
        );
        made
    }

    fn person(&mut self, person: &PersonFile) -> Option<Person> {
        let at = format!("people[{}]", person.name);
        let zone = person.zone.unwrap_or(self.file.zone);
        let hours = match &person.hours {
            Some(own) => self.hours(&format!("{at}.hours"), zone, own),
            // Faults of the roster's hours are said once.
            None => {
                let HoursFile { days, from_hour, to_hour } = &self.file.hours;
                Hours::new(zone, days, *from_hour, *to_hour)
            }
        };
        let holidays = self.holidays(&format!("{at}.holidays"), person.holidays.as_ref());
        for (number, absence) in person.absences.iter().enumerate() {
            self.add(
                absence.until < absence.from,
                format!("{at}.absences[{number}].until"),
                format!("{} is before from, {}", absence.until, absence.from),
            );
        }
        self.add(
            !(1..=CAP_MAX).contains(&person.a_day),
            format!("{at}.a_day"),
            format!("invalid number {}; use 1 to {CAP_MAX}", person.a_day),
        );
        if let Some(email) = &person.email {
            self.email(&format!("{at}.email"), email);
        }
        if let Some(slack) = &person.slack {
            self.slack_id(
                &format!("{at}.slack"),
                slack,
                &['U', 'W'],
                "a member's id, such as U012AB3CD",
            );
        }
        let shown = person.shown.clone().unwrap_or_else(|| person.name.clone());
        let named = [Some(&person.name), person.shown.as_ref(), person.email.as_ref()];
        let names = named.into_iter().flatten().filter_map(|name| Term::parse(name).ok());
        let owner_names = names.chain(person.owner_names.iter().cloned()).collect();
        Some(Person {
            shown,
            owner_names,
            email: person.email.clone(),
            slack: person.slack.clone(),
            calendar: Calendar {
                hours: hours?,
                holidays,
                absences: person.absences.iter().map(|a| (a.from, a.until)).collect(),
            },
            cap: person.a_day,
        })
    }

    fn holidays(&mut self, at: &str, name: Option<&Text>) -> BTreeSet<NaiveDate> {
        let Some(name) = name else { return BTreeSet::new() };
        let calendars = &self.file.calendars;
        let found = calendars.get(name);
        let known: Vec<&str> = calendars.keys().map(|name| name.as_str()).collect();
        self.add(found.is_none(), at, unknown("calendar", name, "calendars", &known));
        found.into_iter().flatten().copied().collect()
    }

    /// One spelling of an owner must mean one person.
    fn owners(&mut self, people: &BTreeMap<PersonId, Person>) {
        let mut of: BTreeMap<&Term, &PersonId> = BTreeMap::new();
        for (id, person) in people {
            for name in &person.owner_names {
                if let Some(other) = of.insert(name, id) {
                    let problem =
                        format!("owner {:?} is also {other}; keep one of them", name.as_str());
                    self.add(true, format!("people[{id}].owner_names"), problem);
                }
            }
        }
    }

    fn team(&mut self, team: &TeamFile) -> Team {
        let at = format!("teams[{}]", team.name);
        for tier in &team.tiers {
            let problem = format!("invalid tier {tier}; use 1, 2 or 3");
            self.add(!(1..=3).contains(tier), format!("{at}.tiers"), problem);
        }
        self.add(team.members.is_empty(), format!("{at}.members"), "is empty; name people");
        Team {
            id: TeamId(team.name.clone()),
            members: self.people(&format!("{at}.members"), &team.members),
            tiers: team.tiers.iter().copied().collect(),
            territories: team.territories.iter().cloned().collect(),
        }
    }

    fn people(&mut self, at: &str, names: &[Text]) -> Vec<PersonId> {
        let known: Vec<&str> = self.file.people.iter().map(|p| p.name.as_str()).collect();
        let mut people = Vec::new();
        for name in names {
            self.add(
                !known.contains(&name.as_str()),
                at,
                unknown("person", name, "people", &known),
            );
            let person = PersonId(name.clone());
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    fn fallback(&mut self) -> Vec<PersonId> {
        let Some(name) = &self.file.fallback else { return Vec::new() };
        if let Some(team) = self.file.teams.iter().find(|team| team.name == *name) {
            return team.members.iter().cloned().map(PersonId).collect();
        }
        self.people("fallback", std::slice::from_ref(name))
    }

    fn destination(&mut self, d: &DestinationFile) -> Option<Destination> {
        let at = format!("destinations[{}]", d.name);
        self.add(d.routes.is_empty(), format!("{at}.routes"), "is empty; name the routes it takes");
        for route in d.routes.iter().filter(|route| !is_name(route, 64)) {
            let problem =
                format!("invalid route {route:?}; use lower-case letters, digits and hyphens");
            self.add(true, format!("{at}.routes"), problem);
        }
        let zone = d.zone.unwrap_or(self.file.zone);
        let hours = d.hours.as_ref().and_then(|own| self.hours(&format!("{at}.hours"), zone, own));
        let target = self.target(&at, d)?;
        let made = Destination { routes: d.routes.iter().cloned().collect(), hours, target };
        self.add(
            d.hours.is_some() && made.audience() != Audience::Shared,
            format!("{at}.hours"),
            "holds for a channel or a list only; each person has hours of their own",
        );
        Some(made)
    }

    fn target(&mut self, at: &str, d: &DestinationFile) -> Option<Target> {
        let targets = [
            d.slack.as_ref().map(|slack| Target::Slack {
                token: slack.token.clone(),
                channel: slack.channel.clone(),
                buttons: slack.buttons,
            }),
            d.slack_webhook.as_ref().map(|to| Target::SlackWebhook { url: to.url.clone() }),
            d.teams.as_ref().map(|to| Target::Teams { url: to.url.clone() }),
            d.email.clone().map(Target::Email),
            d.webhook.as_ref().map(|to| Target::Webhook {
                url: to.url.clone(),
                secret: to.secret.clone(),
                private: to.private,
            }),
            d.tool.as_ref().map(|tool| Target::Tool(Box::new(self.tool(at, tool)))),
        ];
        let given: Vec<Target> = targets.into_iter().flatten().collect();
        self.add(
            given.len() != 1,
            at,
            format!(
                "names {} services; give exactly one of slack, slack_webhook, teams, email, webhook and tool",
                given.len()
            ),
        );
        if let Some(channel) = d.slack.as_ref().and_then(|slack| slack.channel.as_ref()) {
            let form =
                "a channel's id, such as C012AB3CD (in Slack: the channel's details, at the end)";
            self.slack_id(&format!("{at}.slack.channel"), channel, &['C', 'G', 'D'], form);
        }
        if let Some(email) = &d.email {
            let port = email.server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            self.add(
                port.is_none_or(|port| port == 0),
                format!("{at}.email.server"),
                format!(
                    "invalid server {:?}; use host:port, such as smtp.example.com:587",
                    email.server
                ),
            );
            self.email(&format!("{at}.email.from"), &email.from);
            for to in &email.to {
                self.email(&format!("{at}.email.to"), to);
            }
            self.add(
                email.username.is_some() != email.password.is_some(),
                format!("{at}.email"),
                "username and password belong together; give both or neither",
            );
        }
        given.into_iter().next()
    }

    /// A person to whom messages go has the address for it.
    fn addresses(&mut self, destinations: &BTreeMap<DestinationId, Destination>) {
        let personal = |d: &&Destination| d.audience() == Audience::Person;
        for destination in destinations.values().filter(personal) {
            let key =
                if matches!(destination.target, Target::Email(_)) { "email" } else { "slack" };
            let file = self.file;
            for person in &file.people {
                let given = if key == "email" { &person.email } else { &person.slack };
                let at = format!("people[{}]", person.name);
                let problem = format!(
                    "has no {key} address, and a destination sends messages to people by {key}; add {key}"
                );
                let said = self.found.iter().any(|f| f.at == at && f.problem == problem);
                self.add(given.is_none() && !said, at, problem);
            }
        }
    }

    fn email(&mut self, at: &str, address: &str) {
        let fine = address.split_once('@').is_some_and(|(local, host)| {
            let plain =
                |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;:\"()[]\\@".contains(c);
            !local.is_empty()
                && host.contains('.')
                && address.len() <= 254
                && local.chars().all(plain)
                && host.chars().all(plain)
        });
        self.add(
            !fine,
            at,
            format!("invalid e-mail address {address:?}; use one such as ana@example.com"),
        );
    }

    fn slack_id(&mut self, at: &str, id: &str, begins: &[char], form: &str) {
        let fine = id.starts_with(begins)
            && (6..=24).contains(&id.len())
            && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        self.add(!fine, at, format!("invalid id {id:?}; use {form}"));
    }
}

fn unknown(what: &str, name: &str, place: &str, known: &[&str]) -> String {
    let near = known.iter().map(|k| (strsim::osa_distance(name, k), k)).min();
    match near {
        Some((distance, near)) if distance <= (name.len().max(near.len()) + 1) / 3 => {
            format!("unknown {what} {name:?}; did you mean {near:?}?")
        }
        _ => format!("unknown {what} {name:?}; add it to {place}, or name one that is there"),
    }
}

fn is_name(name: &str, most: usize) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= most && name.chars().all(fine)
}
