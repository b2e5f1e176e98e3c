//! A person's word into the desk's log, and what became of it there.

use super::copy::DeskCopy;
use crate::codec::Codec;
use crate::desk::action::Refusal;
use crate::desk::ids::WordId;
use crate::domain::account::outbox::PersonsWord;
use crate::log::transact::{Failure, Found, Transactor};
use crate::log::{LogError, Output, Store};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// Words of one transaction.
const WORDS_MAX: usize = 100;

/// What became of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Holds,
    /// It changed nothing.
    Refused(Refusal),
    /// It is in the log, and was not folded in time.
    NotYet,
}

/// Writes words, several at once where they come at once. Cheap to clone.
#[derive(Clone)]
pub struct Speaker {
    to: Sender<Asked>,
    copy: DeskCopy,
}

struct Asked {
    word: PersonsWord,
    written: oneshot::Sender<Result<(), String>>,
}

impl Speaker {
    /// `transactional_id`: of this instance alone.
    ///
    /// # Errors
    /// Where no thread can be had.
    pub fn start(
        store: Arc<dyn Store>,
        desk: &str,
        transactional_id: String,
        codec: Codec,
        copy: DeskCopy,
    ) -> std::io::Result<Speaker> {
        let (to, from) = channel();
        let desk = desk.to_owned();
        let run = move || serve(&*store, &desk, &transactional_id, codec, &from);
        std::thread::Builder::new().name("words".to_owned()).spawn(run)?;
        Ok(Speaker { to, copy })
    }

    /// Writes a word, and waits for the desk to have heard it.
    ///
    /// # Errors
    /// Why it is not in the log, or that this is not known.
    pub async fn say(&self, word: PersonsWord, within: Duration) -> Result<Heard, String> {
        let id = WordId(word.id);
        let (written, is_written) = oneshot::channel();
        let gone = || "this instance is stopping".to_owned();
        self.to.send(Asked { word, written }).map_err(|_| gone())?;
        match tokio::time::timeout(within, is_written).await {
            Ok(Ok(done)) => done?,
            Ok(Err(_)) => return Err(gone()),
            Err(_) => return Err("the log does not answer in time".to_owned()),
        }
        Ok(match self.copy.answer(id, within).await {
            Some(Ok(())) => Heard::Holds,
            Some(Err(refusal)) => Heard::Refused(refusal),
            None => Heard::NotYet,
        })
    }
}

fn serve(
    store: &dyn Store,
    desk: &str,
    transactional_id: &str,
    mut codec: Codec,
    from: &Receiver<Asked>,
) {
    // Opening it ends at once what an instance of this name left open when it died.
    let mut transactor: Option<Transactor<'_>> = Transactor::open(store, transactional_id).ok();
    while let Ok(first) = from.recv() {
        let mut asked = vec![first];
        asked.extend(from.try_iter().take(WORDS_MAX - 1));
        let words: Vec<&PersonsWord> = asked.iter().map(|asked| &asked.word).collect();
        let done = write(store, desk, transactional_id, &mut codec, &mut transactor, &words);
        if done.is_err() {
            // Another attempt begins anew.
            transactor = None;
        }
        for asked in asked {
            // Who asked may have given up.
            let _ = asked.written.send(done.clone());
        }
    }
}

fn write<'a>(
    store: &'a dyn Store,
    desk: &str,
    transactional_id: &str,
    codec: &mut Codec,
    transactor: &mut Option<Transactor<'a>>,
    words: &[&PersonsWord],
) -> Result<(), String> {
    let mut values = Vec::new();
    for word in words {
        let mut value = Vec::new();
        codec.encode_word(desk, word, &mut value).map_err(|error| error.to_string())?;
        values.push(value);
    }
    if transactor.is_none() {
        let opened = Transactor::open(store, transactional_id);
        *transactor = Some(opened.map_err(|error: LogError| error.to_string())?);
    }
    let Some(transactor) = transactor else { return Ok(()) };
    let written = transactor.write::<Failure>(
        &mut |writer| {
            values.iter().try_for_each(|value| {
                let value = Some(&value[..]);
                writer.send(&Output { topic: desk, partition: Some(0), value, ..Output::default() })
            })
        },
        // The desk counts a word once, however often it is written.
        &mut || Ok(Found::Unseen),
    );
    written.map_err(|failure| failure.to_string())
}
