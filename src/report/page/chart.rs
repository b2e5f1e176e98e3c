//! Charts as inline SVG: bars with their intervals, and curves of steps with their bands. Colours come from
//! the page around them, so that they follow light and dark.

use crate::domain::terms::plain::escaped;
use svg::node::element::{Group, Line, Path, Polyline, Rectangle, Text, Title};
use svg::{Document, Node};

#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// Values below each other, with their intervals and a line to compare them with.
    Bars { title: String, bars: Vec<Bar>, line: Option<f64>, unit: &'static str },
    /// Steps over time or over a share, from 0.
    Curves { title: String, curves: Vec<Curve>, x: &'static str, y: &'static str },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    /// Written behind the bar.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub label: String,
    /// x, y, and the ends of the interval there.
    pub points: Vec<(f64, f64, f64, f64)>,
}

const WIDTH: f64 = 720.0;
const LABEL: f64 = 250.0;
const NOTE: f64 = 140.0;
const ROW: f64 = 24.0;
const HEAD: f64 = 30.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 52.0;
/// Longer labels are cut; the whole one is the title that a pointer shows.
const LABEL_CHARS: usize = 40;
/// More points than the eye can part.
const POINTS_MAX: usize = 400;
/// Classes of the page's style, by curve.
const CLASSES: usize = 4;

/// The chart as an SVG element.
pub fn svg(chart: &Chart) -> String {
    match chart {
        Chart::Bars { title, bars, line, unit } => of_bars(title, bars, *line, unit),
        Chart::Curves { title, curves, x, y } => of_curves(title, curves, x, y),
    }
}

fn document(title: &str, height: f64, inside: Group) -> String {
    let document = Document::new()
        .set("viewBox", format!("0 0 {WIDTH} {height}"))
        .set("role", "img")
        .add(Title::new(shown(title)))
        .add(inside);
    document.to_string()
}

fn of_bars(title: &str, bars: &[Bar], line: Option<f64>, unit: &str) -> String {
    let ends = bars.iter().flat_map(|bar| {
        let (low, high) = bar.interval.unwrap_or((bar.value, bar.value));
        [bar.value, low, high]
    });
    let finite = ends.chain(line).chain([0.0]).filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let width = WIDTH - LABEL - NOTE;
    let x = |value: f64| LABEL + width * (value.clamp(low, high) - low) / (high - low).max(1e-12);
    let mut group = Group::new();
    group.append(written(title, 0.0, 16.0, "head"));
    for (at, bar) in bars.iter().enumerate() {
        let top = HEAD + ROW * at as f64;
        let label = shown(&bar.label);
        let short: String = match label.chars().count() > LABEL_CHARS {
            true => label.chars().take(LABEL_CHARS - 1).chain(['…']).collect(),
            false => label,
        };
        group.append(written(&short, 0.0, top + 13.0, "").add(Title::new(shown(&bar.label))));
        let (from, to) = (x(0.0).min(x(bar.value)), x(0.0).max(x(bar.value)));
        group.append(rectangle(from, top + 2.0, (to - from).max(1.0), 14.0));
        if let Some((low, high)) = bar.interval {
            let middle = top + 9.0;
            group.append(stroke(x(low), middle, x(high), middle, "whisker"));
            group.append(stroke(x(low), middle - 4.0, x(low), middle + 4.0, "whisker"));
            group.append(stroke(x(high), middle - 4.0, x(high), middle + 4.0, "whisker"));
        }
        group.append(written(&bar.note, WIDTH - NOTE + 8.0, top + 13.0, "faint"));
    }
    let bottom = HEAD + ROW * bars.len() as f64;
    if let Some(line) = line {
        group.append(stroke(x(line), HEAD - 4.0, x(line), bottom, "line"));
        let said = format!("{}{unit}", figure(line));
        group.append(written(&said, x(line) + 4.0, bottom + 12.0, "faint"));
    }
    document(title, bottom + 20.0, group)
}

fn of_curves(title: &str, curves: &[Curve], x_name: &str, y_name: &str) -> String {
    let all = || curves.iter().flat_map(|curve| curve.points.iter());
    let x_max = all().map(|p| p.0).fold(0.0, f64::max).max(1e-12);
    let y_max = all().map(|p| p.1.max(p.3)).fold(0.0, f64::max).max(1e-12);
    let (width, height) = (WIDTH - LEFT - 10.0, HEIGHT - HEAD - 40.0);
    let x = |value: f64| LEFT + width * value / x_max;
    let y = |value: f64| HEAD + height * (1.0 - value / y_max);
    let mut group = Group::new();
    group.append(written(title, 0.0, 16.0, "head"));
    group.append(stroke(LEFT, y(0.0), LEFT + width, y(0.0), "axis"));
    group.append(stroke(LEFT, HEAD, LEFT, y(0.0), "axis"));
    for tick in 0..=4 {
        let share = f64::from(tick) / 4.0;
        group.append(written(&figure(y_max * share), 0.0, y(y_max * share) + 4.0, "faint"));
        let at = x(x_max * share) - if tick == 4 { 24.0 } else { 4.0 };
        group.append(written(&figure(x_max * share), at, y(0.0) + 16.0, "faint"));
    }
    let axes = format!("{y_name} over {x_name}");
    group.append(written(&axes, LEFT, HEIGHT - 6.0, "faint"));
    for (at, curve) in curves.iter().enumerate() {
        let class = at % CLASSES;
        let points = thinned(&curve.points);
        let mut steps: Vec<(f64, f64)> = Vec::with_capacity(2 * points.len());
        let mut low: Vec<(f64, f64)> = Vec::new();
        let mut high: Vec<(f64, f64)> = Vec::new();
        let mut before = (0.0, 0.0, 0.0);
        for (px, py, l, h) in points {
            steps.extend([(x(px), y(before.0)), (x(px), y(py))]);
            low.extend([(x(px), y(before.1)), (x(px), y(l))]);
            high.extend([(x(px), y(before.2)), (x(px), y(h))]);
            before = (py, l, h);
        }
        let outline: Vec<String> =
            low.iter().chain(high.iter().rev()).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        if !outline.is_empty() {
            let band = Path::new().set("d", format!("M{}Z", outline.join("L")));
            group.append(band.set("class", format!("band c{class}")));
        }
        let line: Vec<String> = steps.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let line = Polyline::new().set("points", line.join(" "));
        group.append(line.set("class", format!("curve c{class}")));
        let top = HEAD + 14.0 * (at as f64 + 1.0);
        group.append(stroke(
            LEFT + 10.0,
            top - 4.0,
            LEFT + 26.0,
            top - 4.0,
            &format!("curve c{class}"),
        ));
        group.append(written(&curve.label, LEFT + 32.0, top, "faint"));
    }
    document(title, HEIGHT, group)
}

fn thinned(points: &[(f64, f64, f64, f64)]) -> Vec<(f64, f64, f64, f64)> {
    let step = points.len().div_ceil(POINTS_MAX).max(1);
    let last = points.len().saturating_sub(1);
    let kept = points.iter().enumerate().filter(|(at, _)| at % step == 0 || *at == last);
    kept.map(|(_, point)| *point).collect()
}

fn figure(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

fn written(text: &str, x: f64, y: f64, class: &str) -> Text {
    Text::new(shown(text)).set("x", x.round()).set("y", y.round()).set("class", class)
}

fn stroke(x1: f64, y1: f64, x2: f64, y2: f64, class: &str) -> Line {
    let place = |value: f64| (value * 10.0).round() / 10.0;
    Line::new()
        .set("x1", place(x1))
        .set("y1", place(y1))
        .set("x2", place(x2))
        .set("y2", place(y2))
        .set("class", class)
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Rectangle {
    let place = |value: f64| (value * 10.0).round() / 10.0;
    let at = Rectangle::new().set("x", place(x)).set("y", place(y));
    at.set("width", place(width)).set("height", height).set("class", "bar")
}

fn shown(text: &str) -> String {
    escaped(text, |_| false).into_owned()
}
