//! A page as one HTML file: nothing is fetched, no script runs, it prints on white and follows light and dark.

use super::{Block, Page, Table, chart};
use crate::domain::terms::plain::escaped;
use data_encoding::BASE64;
use html_escape::encode_text;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2933;--faint:#5f6c7b;--ground:#fff;--rule:#d5dbe1;--bar:#9fb8d6;
--c0:#2b6cb0;--c1:#b7791f;--c2:#2f855a;--c3:#9b2c5e}
@media (prefers-color-scheme:dark){:root{--ink:#e4e7eb;--faint:#9aa5b1;--ground:#15191e;--rule:#3e4c59;
--bar:#486581;--c0:#63b3ed;--c1:#ecc94b;--c2:#68d391;--c3:#f687b3}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:48rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem}
table{border-collapse:collapse;margin:.6rem 0;display:block;overflow-x:auto}
th,td{padding:.2rem .7rem .2rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto;margin:.6rem 0}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .head{font-weight:600}svg .faint{fill:var(--faint)}
svg .bar{fill:var(--bar)}svg .whisker{stroke:var(--ink)}svg .line{stroke:var(--c3);stroke-dasharray:4 3}
svg .axis{stroke:var(--rule)}svg .curve{fill:none;stroke-width:2}svg .band{opacity:.15}
svg .curve.c0{stroke:var(--c0)}svg .curve.c1{stroke:var(--c1)}svg .curve.c2{stroke:var(--c2)}
svg .curve.c3{stroke:var(--c3)}svg .band.c0{fill:var(--c0)}svg .band.c1{fill:var(--c1)}
svg .band.c2{fill:var(--c2)}svg .band.c3{fill:var(--c3)}
@page{margin:9mm}
@media print{:root{color-scheme:light;--ink:#000;--faint:#444;--ground:#fff;--rule:#bbb;--bar:#bbb;--c0:#2b6cb0;
--c1:#b7791f;--c2:#2f855a;--c3:#9b2c5e}
body{font:8.5px/1.3 system-ui,sans-serif;max-width:none;margin:0;padding:0;columns:2;column-gap:6mm}
h1{font-size:15px;column-span:all;margin:0 0 4px}h2{font-size:11px;margin:.7em 0 .3em}
p{margin:.4em 0}table{display:table;width:100%;margin:.4em 0;font-size:7.5px}th,td{padding:.5px 4px .5px 0}
svg{margin:.3em 0}h2{break-after:avoid}tr,svg{break-inside:avoid}thead{display:table-header-group}}";

/// The file.
pub fn html(page: &Page) -> String {
    let title = text(&page.title);
    // The one style that may apply.
    let hash = BASE64.encode(&Sha256::digest(STYLE));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title>\n<style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    for block in &page.blocks {
        match block {
            Block::Heading(heading) => {
                let _ = writeln!(out, "<h2>{}</h2>", text(heading));
            }
            Block::Text(paragraph) => {
                let _ = writeln!(out, "<p>{}</p>", text(paragraph));
            }
            Block::Table(table) => of_table(table, &mut out),
            Block::Chart(chart) => {
                out += &chart::svg(chart);
                out.push('\n');
            }
        }
    }
    out + "</body></html>\n"
}

fn of_table(table: &Table, out: &mut String) {
    let row = |cells: &[String], tag: &str, out: &mut String| {
        *out += "<tr>";
        for (at, cell) in cells.iter().enumerate() {
            let class = if at >= table.right { " class=\"n\"" } else { "" };
            let _ = write!(out, "<{tag}{class}>{}</{tag}>", text(cell));
        }
        *out += "</tr>\n";
    };
    *out += "<table><thead>";
    row(&table.header, "th", out);
    *out += "</thead><tbody>\n";
    table.rows.iter().for_each(|cells| row(cells, "td", out));
    *out += "</tbody></table>\n";
}

fn text(text: &str) -> String {
    encode_text(&escaped(text, |_| false)).into_owned()
}
