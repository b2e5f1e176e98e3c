//! The profile of the answers, as commented YAML.

use super::ask::{Asker, Topic, list};
use super::triggers::{Trigger, rules, triggers};
use crate::domain::terms::account::AccountKey;
use crate::domain::terms::term::Term;
use crate::domain::terms::vocabulary::{COUNTRIES, INDUSTRIES, TOOLS, Vocabulary};
use crate::mapping::identity;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The answers, checked.
#[derive(Debug)]
pub(super) struct Answers {
    product: String,
    /// From and to; none: no upper end.
    sizes: (u64, Option<u64>),
    industries: Vec<String>,
    countries: Vec<String>,
    tools: Vec<String>,
    triggers: Vec<&'static Trigger>,
    accounts: Vec<AccountKey>,
    tags: Vec<String>,
    acts: String,
    titles: Vec<String>,
    owner: String,
}

impl Answers {
    pub(super) fn ask(
        given: &BTreeMap<Topic, String>,
        asker: &mut Asker<'_>,
    ) -> anyhow::Result<Answers> {
        let named = |what: &'static str| move |text: &str| name(text).context(what);
        let product = asker.answer(Topic::Product, given, named("invalid product"))?;
        let read = |text: &str| range(text).context("invalid sizes");
        let sizes = asker.answer(Topic::Sizes, given, read)?;
        let mut words = |topic, words| asker.answer(topic, given, |text| Ok(terms(text, words)));
        let industries = words(Topic::Industries, &INDUSTRIES)?;
        let countries = words(Topic::Countries, &COUNTRIES)?;
        let tools = words(Topic::Tools, &TOOLS)?;
        let triggers = asker.answer(Topic::Triggers, given, |text| {
            let triggers = triggers(text)?;
            if triggers.iter().any(|trigger| trigger.word == "tools") && tools.is_empty() {
                bail!("the trigger tools needs tools; name some with --tools, or leave it out");
            }
            Ok(triggers)
        })?;
        let (accounts, tags) = asker.answer(Topic::Exclude, given, excluded)?;
        let acts = asker.answer(Topic::Acts, given, named("invalid name of who acts"))?;
        let titles = |text: &str| Ok(list(text).map(str::to_owned).collect());
        let titles = asker.answer(Topic::Titles, given, titles)?;
        let owner = asker.answer(Topic::Owner, given, |text| Ok(text.to_owned()))?;
        Ok(Answers {
            product,
            sizes,
            industries,
            countries,
            tools,
            triggers,
            accounts,
            tags,
            acts,
            titles,
            owner,
        })
    }

    /// The profile as a file that people go on with.
    pub(super) fn profile(&self) -> String {
        let mut text = String::from(
            "# How an editor checks this file as you type: buymode icp schema --help\n\
             # Written by `buymode icp new`. Change what you like, then check it: buymode icp check FILE\n",
        );
        // Writing to a string cannot fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        writeln!(out, "profile: {0}-customers\nproduct: {0}", self.product)?;
        writeln!(out, "owner: {}\n", quoted(&self.owner))?;
        self.fit(out)?;
        self.intent(out)?;
        let titles: Vec<String> = self.titles.iter().map(|title| quoted(title)).collect();
        write!(
            out,
            "
# How soon sales should act, by how well a company fits and how much has happened.
priority:
  table:
    - {{ tier: 1, band: high, priority: urgent, sla_hours: 8 }}
    - {{ tier: 1, priority: high, sla_hours: 16 }}
    - {{ tier: 2, band: high, priority: high, sla_hours: 16 }}
    - {{ priority: normal, sla_hours: 40 }}
  business_hours: {{ zone: America/New_York }}

# Who acts: each name is a topic, `sequencer.NAME`. Of tier 3 too little is known: look it up first.
routes:
  table:
    - {{ route: look-up-first, tiers: [3] }}
  default: {0}

# Why they buy, and how the first message opens: sales reads both in each decision. Write your own.
value:
  pain: the work that {2} takes off them
  angle: what {2} would change for them now
  personas:
    - titles: [{1}]
",
            self.acts,
            titles.join(", "),
            self.product
        )
    }

    fn fit(&self, out: &mut String) -> std::fmt::Result {
        let (from, to) = self.sizes;
        let size = match to {
            Some(to) => (format!("{from} to {to} people"), format!("{{ min: {from}, max: {to} }}")),
            None => (format!("{from} people or more"), format!("{{ min: {from} }}")),
        };
        let words = |list: &[String]| format!("[{}]", list.join(", "));
        let criteria = [
            (
                self.industries.is_empty(),
                55,
                "in our industries",
                "industry",
                words(&self.industries),
            ),
            (false, 20, size.0.as_str(), "employees", size.1.clone()),
            (self.countries.is_empty(), 15, "where we sell", "country", words(&self.countries)),
            (
                self.tools.is_empty(),
                10,
                "uses our tools",
                "technologies",
                format!("{{ any_of: {} }}", words(&self.tools)),
            ),
        ];
        let asked: Vec<_> = criteria.iter().filter(|(left_out, ..)| !left_out).collect();
        let sum: i32 = asked.iter().map(|(_, weight, ..)| weight).sum();
        out.push_str(
            "# Who fits, 0 to 100 points, about the company alone. An unknown answer counts half, so that a company\n\
             # of which little is known passes as tier 3; set `unknown: no` where only a known yes should count. A company\n\
             # of another industry stays out.\n\
             fit:\n  gate: 50\n  tiers: { tier_1: 85, tier_2: 70, tier_3: 50 }\n  known_percent: 0\n  criteria:\n",
        );
        let mut left = 100;
        for (at, (_, weight, name, attribute, test)) in asked.iter().enumerate() {
            // The last one takes what rounding left.
            let weight = if at + 1 == asked.len() { left } else { weight * 100 / sum };
            left -= weight;
            writeln!(
                out,
                "    - name: {name}\n      weight: {weight}\n      unknown: half\n      when: {{ {attribute}: {test} }}"
            )?;
        }
        out.push_str(
            "  # Companies to leave alone, whatever their score.\n  exclusions:\n    - name: no longer in business\n      \
             when: { status: [closed, bankrupt, acquired] }\n      reason: the company is closed, bankrupt or part of another\n",
        );
        if !self.accounts.is_empty() {
            let keys: Vec<String> = self.accounts.iter().map(ToString::to_string).collect();
            writeln!(
                out,
                "    - name: never these\n      when: {{ account: [{}] }}\n      reason: we do not write to them",
                keys.join(", ")
            )?;
        }
        if !self.tags.is_empty() {
            writeln!(
                out,
                "    - name: never with these tags\n      when: {{ tags: {} }}\n      reason: we do not write to them",
                words(&self.tags)
            )?;
        }
        Ok(())
    }

    fn intent(&self, out: &mut String) -> std::fmt::Result {
        out.push_str(
            "\n# What shows that one is ready now. Points are full for hold_days, then halve every half_life_days,\n\
             # and are gone after window_days. A company enters at `enter` points and leaves below `exit`.\n\
             intent:\n  enter: 40\n  exit: 20\n  bands: { high: 65, medium: 50 }\n  caps: { hiring: 60 }\n  rules:\n",
        );
        for rule in rules(&self.triggers, &self.tools) {
            out.push_str(&rule);
        }
        out.push_str(
            "    - name: lets people go\n      points: -40\n      hold_days: 30\n      half_life_days: 60\n      \
             window_days: 180\n      news: { kinds: [layoffs, hiring_freeze] }\n",
        );
        Ok(())
    }
}

/// The catalogue's words for those that were typed; a word that it does not know stays.
fn terms(text: &str, words: &Vocabulary) -> Vec<String> {
    let mut terms: Vec<String> = Vec::new();
    for term in list(text).filter_map(|word| Term::parse(word).ok()) {
        let word = words.word(&term).to_string();
        if !terms.contains(&word) {
            terms.push(word);
        }
    }
    terms
}

fn name(text: &str) -> anyhow::Result<String> {
    let term = Term::parse(text)?;
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let name: String = term.as_str().chars().filter(plain).take(48).collect();
    if name.is_empty() {
        bail!("{text:?} has no letter from a to z; use a name such as crm");
    }
    Ok(name)
}

/// `10-500`, `50+`, `10 to 500`, `1,000-5,000`.
fn range(text: &str) -> anyhow::Result<(u64, Option<u64>)> {
    let plain = text.replace([',', '_', ' '], "").replace("to", "-").replace('–', "-");
    let number = |part: &str| part.parse::<u64>().ok();
    let read = match plain.split_once('-') {
        Some((from, to)) => number(from).zip(number(to)).map(|(from, to)| (from, Some(to))),
        None => plain.strip_suffix('+').and_then(number).map(|from| (from, None)),
    };
    match read {
        Some((from, to)) if to.is_none_or(|to| to >= from) => Ok((from, to)),
        _ => bail!("{text:?} is not a range of people; use 10-500 or 50+"),
    }
}

fn excluded(text: &str) -> anyhow::Result<(Vec<AccountKey>, Vec<String>)> {
    let (mut accounts, mut tags) = (Vec::new(), Vec::new());
    for word in list(text) {
        match word.strip_prefix("tag:") {
            Some(tag) => tags.push(Term::parse(tag)?.to_string()),
            None => {
                let account = identity::resolve(word);
                accounts.push(account.map_err(|why| {
                    anyhow::anyhow!("invalid company {word:?}: {why}; use its domain, or tag:WORD")
                })?);
            }
        }
    }
    Ok((accounts, tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::profiles::file::ProfileFile;
    use crate::analysis::advice;

    /// The profile, and what was said on the way.
    fn profile(
        typed: &[&str],
        given: &BTreeMap<Topic, String>,
    ) -> anyhow::Result<(String, String)> {
        let lines = typed.join("\n") + "\n";
        let mut input = std::io::Cursor::new(lines);
        let mut said = Vec::new();
        let words = BTreeMap::from([(Topic::Industries, "legal (12), software (7)".to_owned())]);
        let mut asker = Asker { input: Some(&mut input), output: &mut said, words };
        let answers = Answers::ask(given, &mut asker)?;
        let said = String::from_utf8(said)?;
        assert!(said.contains("your companies have: legal (12), software (7)"));
        Ok((answers.profile(), said))
    }

    #[test]
    fn every_answer_makes_a_profile_that_checks() {
        let usual = [""; 10];
        let own = [
            "Deal Desk",
            "1,000+",
            "Legal Tech; Healthcare",
            "Germany, Vereinigtes Königreich, at",
            "none",
            "inbound, expansion, sales-team",
            "acme.com, tag:Our Rival",
            "Enterprise AE",
            "CFO, \"Head\" of: Legal",
            "Kim: the owner",
        ];
        let tools = ["x", "5-9", "none", "none", "HubSpot CRM", "tools", "none", "y", "CEO", "z"];
        for typed in [usual, own, tools] {
            let typed = typed.map(|word| word.replace("Vereinigtes Königreich", "UK"));
            let typed = typed.each_ref().map(String::as_str);
            let (text, _) = profile(&typed, &BTreeMap::new()).unwrap();
            let file = ProfileFile::of(&text);
            let profile = file.profile.unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
            let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
            let said = advice::warnings(&profile, day);
            let serious = |f: &&crate::domain::profile::check::Finding| {
                f.problem.contains("unknown") || f.problem.contains("never")
            };
            assert_eq!(said.iter().filter(serious).count(), 0, "{said:?}");
        }
    }

    #[test]
    fn a_wrong_answer_is_asked_for_again_with_a_right_one() {
        for (at, typed, part) in [
            (1, "many", "use 10-500 or 50+"),
            (1, "500-10", "use 10-500 or 50+"),
            (5, "weather", "use funding, sales-leader"),
            (5, "none", "such as funding"),
            (6, "gmail.com", "use its domain"),
            (0, "!!", "has no letter"),
        ] {
            let usual = profile(&[""; 10], &BTreeMap::new()).unwrap().0;
            let mut answers = [""; 11];
            answers[at] = typed;
            let (text, said) = profile(&answers, &BTreeMap::new()).unwrap();
            assert!(said.contains(part), "{typed}: {said}");
            assert_eq!(text, usual);
            // A flag is not a question.
            let topic = Topic::all().nth(at).unwrap();
            let given = BTreeMap::from([(topic, typed.to_owned())]);
            let refused = format!("{:#}", profile(&answers, &given).unwrap_err());
            assert!(refused.contains(part), "{typed}: {refused}");
        }
    }
}
