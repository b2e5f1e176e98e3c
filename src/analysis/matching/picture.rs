//! The counts as a chart: one self-contained SVG, for a slide or a page.
//!
//! Bars are rectangles, labels are texts; the crate `svg` writes and escapes them. A charting library
//! would add fonts and axes for a handful of bars.

use super::{CriterionCount, Matching, Standing};
use crate::report::words::{agree, companies, count, percent};
use svg::node::element::{Group, Rectangle, Text, Title};
use svg::{Document, Node};

const WIDTH: usize = 960;
const MARGIN: usize = 32;
const LABEL: usize = 300;
const ROW: usize = 26;
const BAR: usize = 16;
/// Width of the note behind a bar.
const NOTE: usize = 220;
const BARS: usize = WIDTH - 2 * MARGIN - LABEL - NOTE;
/// Longer names are cut; the full name is the bar's title.
const NAME_CHARS_MAX: usize = 40;

const INK: &str = "#1f2933";
const FAINT: &str = "#7b8794";
const GOOD: &str = "#2f855a";
const UNSURE: &str = "#cbd2d9";
const BAD: &str = "#e2a9a1";

/// The chart as the text of an SVG file.
pub fn svg(m: &Matching) -> String {
    let mut page = Page { group: Group::new(), y: MARGIN };
    page.line(&format!("{} for {}", m.profile, m.product), 20, INK);
    let head = format!(
        "version {}, {} on {}: {} {}, {} % of the market of {}",
        m.version,
        companies(m.companies),
        m.on,
        count(m.matches),
        agree(m.matches, "matches", "match"),
        m.share_percent,
        count(m.denominator())
    );
    page.line(&head, 13, FAINT);
    page.heading("Companies by standing");
    for row in m.standings.iter().filter(|row| row.companies > 0) {
        let colour = match row.standing {
            standing if standing.matches() => GOOD,
            Standing::Might | Standing::BelowGate => UNSURE,
            _ => BAD,
        };
        let note = format!("{} ({} %)", count(row.companies), row.percent);
        page.bar(row.standing.said(), &[(row.companies, colour)], m.companies, &note);
    }
    page.heading("Answers to each criterion: yes, unknown, no");
    for row in &m.criteria {
        let parts = [(row.yes, GOOD), (row.unknown, UNSURE), (row.no, BAD)];
        page.bar(&row.label(), &parts, row.yes + row.unknown + row.no, &note(row));
    }
    if !m.unknowns.is_empty() {
        page.heading("Unknown attributes");
        for row in &m.unknowns {
            let asked = m.companies - m.of(Standing::Excluded);
            let note = format!("{} ({} %)", count(row.companies), row.percent);
            page.bar(&row.attribute.replace('_', " "), &[(row.companies, UNSURE)], asked, &note);
        }
    }
    let height = page.y + MARGIN;
    let ground = Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#ffffff");
    let document = Document::new()
        .set("viewBox", (0, 0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("font-family", "system-ui, sans-serif")
        .set("role", "img")
        .add(Title::new(format!("{} for {}: {head}", m.profile, m.product)))
        .add(ground)
        .add(page.group);
    format!("{document}\n")
}

fn note(row: &CriterionCount) -> String {
    let yes = percent(row.yes, row.yes + row.unknown + row.no);
    match row.alone_keeps_out {
        0 => format!("{yes} % yes"),
        alone => format!("{yes} % yes; keeps out {} alone", count(alone)),
    }
}

struct Page {
    group: Group,
    y: usize,
}

impl Page {
    fn line(&mut self, text: &str, size: usize, colour: &str) {
        self.y += size;
        self.group.append(written(text, MARGIN, self.y, size, colour));
        self.y += size / 2;
    }

    fn heading(&mut self, text: &str) {
        self.y += ROW / 2;
        self.line(text, 15, INK);
        self.y += ROW / 4;
    }

    fn bar(&mut self, label: &str, parts: &[(u64, &str)], whole: u64, note: &str) {
        let short: String = label.chars().take(NAME_CHARS_MAX).collect();
        let short = if short.len() < label.len() { format!("{short}…") } else { short };
        let base = self.y + BAR - 3;
        self.group.append(written(&short, MARGIN, base, 13, INK).add(Title::new(printable(label))));
        let mut x = MARGIN + LABEL;
        for (part, colour) in parts {
            let width = share(*part, whole);
            let bar = Rectangle::new().set("x", x).set("y", self.y).set("width", width);
            self.group.append(bar.set("height", BAR).set("fill", *colour));
            x += width;
        }
        let end = MARGIN + LABEL + BARS + 8;
        self.group.append(written(note, end, base, 12, FAINT));
        self.y += ROW;
    }
}

fn written(text: &str, x: usize, y: usize, size: usize, colour: &str) -> Text {
    Text::new(printable(text)).set("x", x).set("y", y).set("font-size", size).set("fill", colour)
}

/// The text without characters that XML forbids.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Width of a part of the bar; a part above 0 gets at least 1.
fn share(part: u64, whole: u64) -> usize {
    let width = (part as f64 / whole.max(1) as f64 * BARS as f64).round() as usize;
    width.max(usize::from(part > 0))
}
