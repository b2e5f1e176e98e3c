//! The view, as wide and high as the terminal is: what matters most comes first, and what has no room is left
//! out with a count.

use super::model::{Latest, Model, Shown, Source, span};
use crate::domain::terms::plain::plain;
use ratatui::backend::TestBackend;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use ratatui::{Frame, Terminal};
use std::time::Instant;

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);
const BAD: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);

/// Draws everything. `now_s`: Unix seconds; `clock`: the time as it is shown.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, now: Instant, now_s: f64, clock: &str) {
    let area = frame.area();
    let (instances, sources, lag) = (model.shown(now), model.sources(now_s), model.lag());
    let rows = usize::from(area.height);
    let part = |n: usize, most: usize| (n.min(most) + 2).min(rows);
    let heights = [
        1,
        part(instances.len(), rows / 4),
        2,
        part(lag.len().max(1), rows / 8),
        if sources.is_empty() { 0 } else { part(sources.len(), rows / 6) },
    ];
    let mut wanted: Vec<Constraint> =
        heights.iter().map(|n| Constraint::Length(u16::try_from(*n).unwrap_or(1))).collect();
    wanted.push(Constraint::Min(2));
    let areas = Layout::vertical(wanted).split(area);
    put(frame, areas[0], vec![head(clock, &instances, usize::from(area.width))]);
    put(frame, areas[1], of_instances(&instances, areas[1]));
    put(frame, areas[2], of_stages(model));
    put(frame, areas[3], of_lag(&lag, areas[3]));
    put(frame, areas[4], of_sources(&sources, areas[4]));
    put(frame, areas[5], of_decisions(model, areas[5], &day(now_s)));
}

/// The view as plain text, of this size at most.
pub(super) fn text(model: &Model, now: Instant, now_s: f64, (width, height): (u16, u16)) -> String {
    let backend = TestBackend::new(width, height);
    let Ok(mut terminal) = Terminal::new(backend);
    let clock = chrono::Utc::now().format("%H:%M:%S UTC").to_string();
    let Ok(_) = terminal.draw(|frame| draw(frame, model, now, now_s, &clock));
    let buffer = terminal.backend().buffer();
    let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    let rows: Vec<String> = (0..height).map(|y| row(y).trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    frame.render_widget(Paragraph::new(lines), area);
}

fn head(clock: &str, instances: &[Shown], width: usize) -> Line<'static> {
    let away = instances.iter().filter(|of| of.away.is_some()).count();
    let said = match away {
        0 => format!("{} answer", instances.len()),
        away => format!("{away} of {} do not answer", instances.len()),
    };
    let left = format!("buymode top  {clock}  instances: {said}");
    let right = "q ends";
    let room = width.saturating_sub(left.chars().count() + right.len());
    let style = if away > 0 { BAD } else { BOLD };
    Line::from(vec![
        Span::styled(left, style),
        Span::raw(" ".repeat(room)),
        Span::styled(right, DIM),
    ])
}

/// As many of the lines as there is room for below the title, and how many are left out.
fn titled<'a>(title: String, lines: Vec<Line<'a>>, area: Rect) -> Vec<Line<'a>> {
    let room = usize::from(area.height).saturating_sub(2);
    let left = lines.len().saturating_sub(room);
    let title = if left > 0 { format!("{title}  ({left} more)") } else { title };
    let mut all = vec![Line::styled(title, BOLD)];
    all.extend(lines.into_iter().take(room));
    all
}

fn of_instances(instances: &[Shown], area: Rect) -> Vec<Line<'static>> {
    let head = format!(
        "{:<22} {:<10} {:>5} {:>9} {:>9} {:>9} {:>8}",
        "INSTANCE", "STATE", "PART.", "INPUTS/S", "DECIS./S", "LAG", "MEMORY"
    );
    let line = |of: &Shown| {
        let address = cut(&of.address, 22);
        if let Some(why) = &of.away {
            let since = span(of.away_seconds.unwrap_or(0) as f64);
            return Line::styled(
                format!("{address:<22} away for {since}: {}; trying again", plain(why)),
                BAD,
            );
        }
        let (state, style) = match (of.ready, of.kafka_up) {
            (_, Some(false)) => ("no broker", BAD),
            (true, _) => ("ready", Style::new()),
            (false, _) => ("not ready", BAD),
        };
        let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), number);
        Line::styled(
            format!(
                "{address:<22} {state:<10} {:>5} {:>9} {:>9} {:>9} {:>8}",
                of.partitions,
                rate(of.inputs_per_second),
                rate(of.decisions_per_second),
                number(of.lag_records as f64),
                format!("{} MiB", of.memory_bytes >> 20),
            ),
            style,
        )
    };
    titled(head, instances.iter().map(line).collect(), area)
}

fn of_stages(model: &Model) -> Vec<Line<'static>> {
    let stages = model.stages();
    let order = ["dormant", "warming", "buying", "cooling"];
    let known = order.iter().filter_map(|stage| Some((*stage, *stages.get(*stage)?)));
    let others = stages.iter().filter(|(stage, _)| !order.contains(&stage.as_str()));
    let all = known.chain(others.map(|(stage, n)| (stage.as_str(), *n)));
    let texts: Vec<String> =
        all.map(|(stage, n)| format!("{stage} {}", number(n as f64))).collect();
    let said = if texts.is_empty() { "-".to_owned() } else { texts.join("  ") };
    vec![Line::from(vec![Span::styled("ACCOUNTS  ", BOLD), Span::raw(said)])]
}

fn of_lag(lag: &[(String, u64, f64)], area: Rect) -> Vec<Line<'static>> {
    let behind: Vec<_> = lag.iter().filter(|(_, records, _)| *records > 0).collect();
    let title = format!("LAG  {} of {} partitions are behind", behind.len(), lag.len());
    let line = |(partition, records, seconds): &&(String, u64, f64)| {
        let text = format!(
            "partition {partition:>4} {:>12} inputs {:>10}",
            number(*records as f64),
            span(*seconds)
        );
        Line::styled(text, if *seconds > 60.0 { BAD } else { Style::new() })
    };
    let lines: Vec<Line<'static>> = behind.iter().map(line).collect();
    titled(title, lines, area)
}

fn of_sources(sources: &[Source], area: Rect) -> Vec<Line<'static>> {
    if area.height == 0 {
        return Vec::new();
    }
    let head =
        format!("{:<32} {:>10} {:>14} {:>14}", "SOURCE", "ROWS/S", "LAST ROW", "DEAD LETTERS");
    let line = |of: &Source| {
        let last = of.silent_seconds.map_or("none yet".to_owned(), |s| format!("{} ago", span(s)));
        let text = format!(
            "{:<32} {:>10} {last:>14} {:>14}",
            cut(&plain(&of.source), 32),
            of.rows_per_second.map_or("-".to_owned(), number),
            number(of.dead_letters as f64)
        );
        let is_silent = of.silent_seconds.is_some_and(|s| s > 86_400.0);
        Line::styled(text, if is_silent { BAD } else { Style::new() })
    };
    titled(head, sources.iter().map(line).collect(), area)
}

/// The UTC day as decisions write it.
fn day(now_s: f64) -> String {
    let now = chrono::DateTime::from_timestamp(now_s as i64, 0).unwrap_or_default();
    now.format("%Y-%m-%d").to_string()
}

fn of_decisions(model: &Model, area: Rect, today: &str) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    match &model.log {
        None => vec![Line::styled("DECISIONS  name a log to see them: --config, --embedded", DIM)],
        Some(Err(why)) => {
            let why = format!("DECISIONS  the log cannot be read; trying again: {}", plain(why));
            let mut all = vec![Line::styled(cut(&why, width), BAD)];
            all.extend(newest(model, area, today));
            all
        }
        Some(Ok(())) => {
            let mut all = vec![Line::styled("DECISIONS  the newest first", BOLD)];
            all.extend(newest(model, area, today));
            all
        }
    }
}

/// Below their title.
fn newest(model: &Model, area: Rect, today: &str) -> Vec<Line<'static>> {
    let (width, room) = (usize::from(area.width), usize::from(area.height).saturating_sub(1));
    let line = |of: &Latest| {
        // A decision of another day is shown with its date.
        let is_today = of.decided_at.get(0..10) == Some(today);
        let time = of.decided_at.get(if is_today && width < 120 { 11..19 } else { 0..19 });
        let text = format!(
            "{} {:<12} {:<7} {:<10} {}",
            time.unwrap_or(&of.decided_at).replace('T', " "),
            of.kind,
            of.priority,
            cut(&of.route, 10),
            of.headline
        );
        let style = if of.priority == "urgent" { BOLD } else { Style::new() };
        Line::styled(cut(&text, width), style)
    };
    model.latest.iter().rev().take(room).map(line).collect()
}

/// At most so many letters; an ellipsis stands for the rest.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// With separators, and a decimal where it is small.
fn number(n: f64) -> String {
    if n > 0.0 && n < 9.95 && n.fract() > 0.0 {
        return format!("{n:.1}");
    }
    let digits = format!("{n:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::page::Page;
    use super::*;
    use std::time::Duration;

    const PAGE: &str = r#"buymode_ready 1
buymode_kafka_up 1
buymode_partitions 24
buymode_inputs_total{type="funding",verdict="applied"} N
buymode_decisions_total{kind="entered",route="ae",priority="urgent"} 7
buymode_lag_records{partition="3"} 12345
buymode_lag_seconds{partition="3"} 90
buymode_lag_records{partition="4"} 0
buymode_accounts{stage="dormant"} 120000
buymode_accounts{stage="buying"} 42
process_resident_memory_bytes 104857600
buymode_ingest_rows_total{source="theirstack",verdict="mapped"} N
buymode_ingest_last_row_timestamp_seconds{source="theirstack"} 1796040030
buymode_ingest_last_row_timestamp_seconds{source="form"} 0
buymode_dead_letters_total{reason="mapping",source="theirstack"} 2
"#;

    fn model() -> (Model, Instant) {
        let (mut model, began) = (Model::default(), Instant::now());
        let now = began + Duration::from_secs(2);
        let here = model.instances.entry("localhost:8080".to_owned()).or_default();
        here.answered(began, Page::read(&PAGE.replace('N', "1000")));
        here.answered(now, Page::read(&PAGE.replace('N', "3400")));
        let away = model.instances.entry("localhost:8090".to_owned()).or_default();
        away.failed(began, "connection refused".to_owned());
        model.log = Some(Ok(()));
        model.decided((0..60).map(decision).collect());
        (model, now)
    }

    fn decision(n: u32) -> Latest {
        Latest {
            decided_at: format!("2026-11-30T12:00:{n:02}.000Z"),
            kind: "entered".to_owned(),
            priority: if n.is_multiple_of(2) { "urgent" } else { "normal" }.to_owned(),
            route: "enterprise-ae".to_owned(),
            account: "acme.com".to_owned(),
            headline: format!(
                "Acme {n} (acme.com) entered buying mode: Series B of $40M, and it hires a VP of Sales"
            ),
        }
    }

    fn shown(model: &Model, now: Instant, (width, height): (u16, u16)) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, model, now, 1_796_040_060.0, "12:01:00 UTC")).unwrap();
        let buffer = terminal.backend().buffer();
        let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(|y| row(y).trim_end().to_owned()).collect()
    }

    #[test]
    fn all_of_it_has_room_at_80_columns() {
        let (model, now) = model();
        let lines = shown(&model, now, (80, 24));
        insta::assert_snapshot!(lines.join("\n"));
        let wide = shown(&model, now, (200, 60)).join("\n");
        assert!(wide.contains("2026-11-30 12:00:59") && wide.contains("VP of Sales"), "{wide}");
    }

    #[test]
    fn a_decision_of_another_day_is_shown_with_its_date() {
        let (mut model, now) = (Model { log: Some(Ok(())), ..Model::default() }, Instant::now());
        let at =
            |day: &str, n| Latest { decided_at: format!("{day}T12:00:00.000Z"), ..decision(n) };
        model.decided(vec![at("2026-07-26", 60), at("2026-11-30", 61)]);
        let lines = shown(&model, now, (80, 24)).join("\n");
        assert!(lines.contains("\n12:00:00 entered"), "{lines}");
        assert!(lines.contains("\n2026-07-26 12:00:00 entered"), "{lines}");
    }

    #[test]
    fn any_size_is_drawn() {
        let (mut model, now) = model();
        for size in [(1, 1), (20, 3), (80, 5), (500, 2)] {
            assert_eq!(shown(&model, now, size).len(), usize::from(size.1));
        }
        model.log = Some(Err("no broker\u{1b}[2J answers".to_owned()));
        let lines = shown(&model, now, (80, 24)).join("\n");
        assert!(lines.contains("the log cannot be read; trying again: no broker"), "{lines}");
        assert!(!lines.contains('\u{1b}'));
    }

    #[test]
    fn rates_begin_again_after_an_outage() {
        let (mut model, now) = model();
        let rate = |model: &Model| model.shown(now)[0].inputs_per_second;
        assert_eq!(rate(&model), Some(1_200.0));
        let of = model.instances.get_mut("localhost:8080").unwrap();
        of.failed(now, "timeout".to_owned());
        of.answered(now + Duration::from_secs(5), Page::read(&PAGE.replace('N', "9")));
        assert_eq!(rate(&model), None);
    }
}
