//! The suggestion as a document of seven steps, from the records to a pilot, with a sheet of questions for customers
//! and for the people who sell.

use super::best::{By, FEW};
use super::prove::P_MAX;
use super::suggestion::{Criterion, Suggestion};
use super::triggers::BEFORE_DAYS;
use crate::evidence::crm::Report;
use crate::evidence::crm::finding::Level;
use crate::evidence::experiment::page::percent;
use crate::report::page::Page;
use crate::report::words::{count, counted};

/// Customers that are asked.
const ASKED: usize = 5;

/// The page.
pub fn document(suggestion: &Suggestion, report: &Report, product: &str) -> Page {
    let mut page = Page::new(&format!("Whom {product} is for: seven steps"));
    records(report, &mut page);
    page.heading("2. What makes a customer one of the best");
    let by = suggestion.best.as_ref().map_or(By::Win, |best| best.by);
    page.text(format!("Ordered by {by}: {}. {}", by.how(), by.suits()));
    best(suggestion, &mut page);
    patterns(suggestion, &mut page);
    on_one_page(suggestion, &mut page);
    questions(suggestion, &mut page);
    page.heading("7. Try it beside what you do today");
    page.text(
        "Run it as a pilot before you follow it: buymode experiment plan says how many accounts and months that takes. \
         Compare conversion, demo to close and churn within 90 days with the accounts that you would have worked \
         anyway, and hold some back by chance. Until then all of this goes with good customers, and may not cause them.",
    );
    page
}

fn records(report: &Report, page: &mut Page) {
    page.heading("1. Clean records");
    let of = |level: Level| report.findings.iter().filter(move |finding| finding.level == level);
    let (errors, others) = (of(Level::Error).count(), report.findings.len());
    page.text(format!(
        "buymode crm check finds {} in the files, {} of which make figures wrong until they are repaired.",
        counted(others, "problem"),
        count(errors as u64)
    ));
    let rows = of(Level::Error).take(5).map(|finding| {
        let column = finding.column.clone().unwrap_or_default();
        vec![finding.file.clone(), column, finding.problem.clone()]
    });
    page.table(&["file", "column", "repair first"], 3, rows.collect());
}

fn best(suggestion: &Suggestion, page: &mut Page) {
    page.heading("3. The best customers, not the average ones");
    let Some(best) = &suggestion.best else {
        page.text(format!(
            "All {} count, of {}.",
            counted(suggestion.won, "won record"),
            counted(suggestion.records, "record")
        ));
        return;
    };
    page.text(format!(
        "The {} best of {}.",
        count(best.best_count),
        counted(best.customer_count, "customer")
    ));
    let rows = best.accounts.iter().enumerate();
    let rows = rows.map(|(at, name)| vec![(at + 1).to_string(), name.clone()]).collect();
    page.table(&["", "account"], 2, rows);
    if best.customer_count < FEW && best.fast_lost_count > 0 {
        page.text(format!(
            "With fewer than {FEW} customers, look also at the {} that ended as fast as the faster half of the won ones: \
             they were in a hurry too, and bought elsewhere.",
            counted(best.fast_lost_count, "lost record")
        ));
    }
}

fn patterns(suggestion: &Suggestion, page: &mut Page) {
    page.heading("4. What they have in common");
    let what = suggestion.what();
    match suggestion.shares.is_empty() {
        true => page.text("No property is shared by 60 % of them or more."),
        false => {
            page.text("Shared by 60 % of them or more. What nearly every company has says little: compare the shares.");
            let rows = suggestion.shares.iter().map(|share| {
                vec![
                    share.name.clone(),
                    percent(share.best_share),
                    percent(share.others_share),
                    share.fast_lost_share.map_or("-".to_owned(), percent),
                ]
            });
            page.table(
                &["property", "of them", "of the others", "of fast lost ones"],
                1,
                rows.collect(),
            );
        }
    }
    if suggestion.criteria.is_empty() {
        page.text(format!(
            "Nothing is proven: of {} looked at together none goes with being {what} by more than chance (adjusted p at \
             most {P_MAX}). That is the usual answer with few customers. The likeliest ones are hypotheses:",
            counted(suggestion.candidates, "property")
        ));
        table(&suggestion.hypotheses, what, page);
    } else {
        page.text(format!(
            "Beyond chance, of {} looked at together (adjusted p at most {P_MAX}):",
            counted(suggestion.candidates, "property")
        ));
        table(&suggestion.criteria, what, page);
    }
    page.text("The files have the values of the day of the export, not of the day of purchase.");
    if suggestion.triggers.is_empty() {
        page.text(format!(
            "What happened shortly before they bought stands in no column. Give a file of events (--events), or ask for \
             it (step 6): a round, a hire, a tool that was dropped in the {BEFORE_DAYS} days before."
        ));
    } else {
        page.text(format!(
            "What happened in the {BEFORE_DAYS} days before a deal began, or did not; proven where the adjusted p is at \
             most {P_MAX}. Of companies without any event nothing is known."
        ));
        table(&suggestion.triggers, what, page);
    }
}

fn table(criteria: &[Criterion], what: &str, page: &mut Page) {
    let rate = |won: u64, of: u64| format!("{} of {}", count(won), count(of));
    let rows = criteria.iter().map(|c| {
        let lift = match (c.lift, c.interval) {
            (Some(lift), Some(i)) => format!("{lift:.2} ({:.2} to {:.2})", i.low, i.high),
            _ => "-".to_owned(),
        };
        let among = match &c.among_customers {
            Some(found) => format!(
                "{:.2} ({:.2} to {:.2})",
                found.lift, found.interval.low, found.interval.high
            ),
            None => "-".to_owned(),
        };
        vec![
            c.name.clone(),
            rate(c.won_with, c.with),
            rate(c.won_without, c.without),
            lift,
            among,
            format!("{:.4}", c.p),
            c.more.map_or("-".to_owned(), |more| format!("{} more accounts", count(more))),
        ]
    });
    let (with, without) = (format!("{what}, with it"), format!("{what}, without"));
    let header = [
        "property",
        &with,
        &without,
        "times as often",
        "among customers",
        "adjusted p",
        "would settle it",
    ];
    page.table(&header, 1, rows.collect());
}

fn on_one_page(suggestion: &Suggestion, page: &mut Page) {
    page.heading("5. The profile on one page");
    let (list, said) = match suggestion.criteria.is_empty() {
        true => (&suggestion.hypotheses, "Hypotheses, without weights: none is proven."),
        false => (&suggestion.criteria, "Criteria with their weights of 100."),
    };
    page.text(said);
    let weight = |c: &Criterion| if c.weight > 0 { c.weight.to_string() } else { "-".to_owned() };
    let rows = list.iter().map(|c| vec![c.name.clone(), weight(c)]).collect();
    page.table(&["company", "weight"], 1, rows);
    let empty = |part: &str, ask: &str| vec![part.to_owned(), ask.to_owned(), String::new()];
    page.table(
        &["part", "to be filled in", ""],
        3,
        vec![
            empty("technology", "tools that most of them had when they bought"),
            empty(
                "triggers",
                "what happened in the 90 days before: a round, a hire, a tool that was dropped",
            ),
            empty("in a sentence", "what they want to get done, and why now"),
            empty("not for us", "who looks like it and leaves again"),
        ],
    );
}

fn questions(suggestion: &Suggestion, page: &mut Page) {
    page.heading("6. Ask three to five of the best customers, and those who sell");
    let names = suggestion.best.as_ref().map(|best| best.accounts.clone()).unwrap_or_default();
    let asked: Vec<String> = names.into_iter().take(ASKED).collect();
    if !asked.is_empty() {
        page.text(format!("For example: {}.", asked.join(", ")));
    }
    let sheet = |questions: &[&str]| -> Vec<Vec<String>> {
        questions.iter().map(|question| vec![(*question).to_owned(), String::new()]).collect()
    };
    let list =
        if suggestion.criteria.is_empty() { &suggestion.hypotheses } else { &suggestion.criteria };
    let list: Vec<&str> = list.iter().map(|c| c.name.as_str()).collect();
    let described = match list.is_empty() {
        true => {
            "We know little yet of who is like you. What sets you apart from others in your field?"
                .to_owned()
        }
        false => format!(
            "We think that companies like you have this in common: {}. What of it is wrong?",
            list.join("; ")
        ),
    };
    page.table(
        &["to customers", "answer"],
        2,
        sheet(&[
            "What happened in the three months before you looked for something like this?",
            "What did you use before, and what made you give it up?",
            "Who took part in the decision, and who had to be convinced?",
            "What nearly kept you from buying?",
            "What would you lose if you stopped using it tomorrow?",
            &described,
        ]),
    );
    page.table(
        &["to those who sell", "answer"],
        2,
        sheet(&[
            "Which of the accounts above do you recognise as the best, and which not?",
            "What do you look for first that stands in no column here?",
            "Which accounts looked like these and were lost? Why?",
            "What had just happened at the last three that closed fast?",
            "Which of the criteria would you drop, and which is missing?",
        ]),
    );
}
