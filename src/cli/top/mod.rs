//! `buymode top`: what instances do, live on a terminal, from their pages of metrics; and the latest decisions of
//! the log. An instance or a log that is away is asked again and again.

mod follow;
mod model;
mod page;
mod view;

use super::output::{self, line};
use super::place::PlaceArgs;
use crate::cli::answer;
use crate::config::Config;
use crate::credentials::{Fault, Http, Request, Web};
use crate::deliver::address;
use anyhow::{Context, anyhow, bail};
use model::{EVERY, Latest, Model, Shown, Source};
use page::Page;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use serde::Serialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Shows what instances do, live: state, rates, lag, sources and the latest decisions; q ends it
///
/// It reads the page of metrics of each address, once a second, and the log that the flags name for the
/// decisions. An instance or a log that is away is tried again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  buymode top --config deploy/buymode.yaml\n  \
    buymode top localhost:8080 localhost:8081 --bootstrap localhost:9092\n  \
    buymode top localhost:8080 --once --json")]
pub(super) struct Args {
    /// Where instances show their pages (`http.listen`) [default: that of the settings]
    #[arg(value_name = "HOST:PORT")]
    addresses: Vec<String>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Look twice, a second apart, print what is there and end
    #[arg(long)]
    once: bool,
    /// Print JSON, one object; with --once
    #[arg(long, requires = "once")]
    json: bool,
}

/// Longest wait for a key: the view is drawn at least so often.
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// How long `--once` waits for the log.
const ONCE_MAX: Duration = Duration::from_secs(10);

/// All that is shown, for scripts.
#[derive(Serialize, schemars::JsonSchema)]
pub(super) struct Answer {
    /// The instances that were asked.
    instances: Vec<Shown>,
    /// Accounts by stage.
    stages: BTreeMap<String, u64>,
    /// What `ingest` takes in, of the instances that answer.
    sources: Vec<Source>,
    /// The newest last; none where no log was named.
    decisions: Option<Vec<Latest>>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let addresses = addresses(args)?;
    if !args.once && !output::is_terminal() {
        bail!("the output is not a terminal; use --once, or --once --json");
    }
    let mut model = Model::default();
    let (pages, from_pages) = channel();
    for address in addresses {
        model.instances.entry(address.clone()).or_default();
        ask(address, pages.clone()).context("cannot start a thread")?;
    }
    let (decisions, from_log) = channel();
    if args.place.is_given() {
        model.log = Some(Ok(()));
        follow::start(args.place.clone(), decisions).context("cannot start a thread")?;
    }
    if args.once {
        return once(args, model, &from_pages, &from_log);
    }
    let mut terminal = ratatui::try_init().context("cannot draw on this terminal")?;
    let ended = watch(&mut terminal, &mut model, &from_pages, &from_log);
    ratatui::restore();
    ended.map(|()| ExitCode::SUCCESS)
}

/// Those that were named, or that of the settings.
fn addresses(args: &Args) -> anyhow::Result<Vec<String>> {
    if !args.addresses.is_empty() {
        let is_fine = |address: &&String| url::Url::parse(&metrics(address)).is_err();
        if let Some(bad) = args.addresses.iter().find(is_fine) {
            bail!("invalid address `{bad}`; use host:port");
        }
        return Ok(args.addresses.clone());
    }
    let listen = match args.place.is_given() {
        true => args.place.settings()?.http.listen,
        false => Config::default().http.listen,
    };
    Ok(vec![listen.to_string()])
}

fn metrics(address: &str) -> String {
    let address = address.trim_end_matches('/');
    match address.contains("://") {
        true => format!("{address}/metrics"),
        false => format!("http://{address}/metrics"),
    }
}

type Looked = (String, Instant, Result<Page, String>);

/// Asks for an instance's page, once a second, on a thread of its own.
fn ask(address: String, to: Sender<Looked>) -> anyhow::Result<()> {
    let web = Web::new(address::is_private).map_err(|why| anyhow!(why))?;
    let run = move || {
        loop {
            let began = Instant::now();
            if to.send((address.clone(), began, look(&web, &address))).is_err() {
                return;
            }
            std::thread::sleep(EVERY.saturating_sub(began.elapsed()));
        }
    };
    std::thread::Builder::new().name("page".to_owned()).spawn(run)?;
    Ok(())
}

fn look(web: &Web, address: &str) -> Result<Page, String> {
    let (url, headers) = (metrics(address), Vec::new());
    let request = Request { body: None, url, headers, may_be_private: true };
    let answer = web.send(&request).map_err(|fault| match fault {
        Fault::NotSent(why) | Fault::Unknown(why) => why,
    })?;
    match answer.status {
        200 => Ok(Page::read(&String::from_utf8_lossy(&answer.body))),
        status => Err(format!("it answers {status}")),
    }
}

/// Takes in what the threads have said.
fn hear(model: &mut Model, pages: &Receiver<Looked>, log: &Receiver<follow::Said>) {
    for (address, at, looked) in pages.try_iter() {
        let of = model.instances.entry(address).or_default();
        match looked {
            Ok(page) => of.answered(at, page),
            Err(why) => of.failed(at, why),
        }
    }
    for said in log.try_iter() {
        match said {
            Ok(decisions) => {
                model.log = Some(Ok(()));
                model.decided(decisions);
            }
            Err(why) => model.log = Some(Err(why)),
        }
    }
}

/// Until `q` or Ctrl-C.
fn watch(
    terminal: &mut ratatui::DefaultTerminal,
    model: &mut Model,
    pages: &Receiver<Looked>,
    log: &Receiver<follow::Said>,
) -> anyhow::Result<()> {
    loop {
        hear(model, pages, log);
        let now = chrono::Utc::now();
        let (now_s, clock) =
            (now.timestamp_millis() as f64 / 1_000.0, now.format("%H:%M:%S UTC").to_string());
        terminal.draw(|frame| view::draw(frame, model, Instant::now(), now_s, &clock))?;
        if event::poll(DRAW_EVERY)?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            let is_c = key.code == KeyCode::Char('c');
            if key.code == KeyCode::Char('q')
                || (is_c && key.modifiers.contains(KeyModifiers::CONTROL))
            {
                return Ok(());
            }
        }
    }
}

fn once(
    args: &Args,
    mut model: Model,
    pages: &Receiver<Looked>,
    log: &Receiver<follow::Said>,
) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let mut first = None;
    if args.place.is_given() {
        // The first look at the log.
        first = log.recv_timeout(ONCE_MAX).ok();
    }
    std::thread::sleep((EVERY + EVERY / 2).saturating_sub(began.elapsed()));
    hear(&mut model, pages, log);
    match first {
        Some(Ok(decisions)) => model.decided(decisions),
        Some(Err(why)) => model.log = Some(Err(why)),
        None if args.place.is_given() => model.log = Some(Err("it does not answer".to_owned())),
        None => {}
    }
    let now = Instant::now();
    let now_s = chrono::Utc::now().timestamp_millis() as f64 / 1_000.0;
    let is_whole = !matches!(model.log, Some(Err(_)));
    let shown = model.shown(now);
    let all_here = is_whole && shown.iter().all(|of| of.away.is_none());
    if args.json {
        let decisions = matches!(model.log, Some(Ok(()))).then(|| model.latest.clone().into());
        let (stages, sources) = (model.stages(), model.sources(now_s));
        let answer = Answer { instances: shown, stages, sources, decisions };
        answer::lines(&answer)?;
    } else {
        let width = u16::try_from(output::columns()).unwrap_or(80);
        line(&view::text(&model, now, now_s, (width, 40)))?;
    }
    Ok(if all_here { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
