//! What each tool guarantees against a second write, in words, for the table of the docs and `deliver maps`.

use super::file::{Identity, MapFile};

/// What holds by a map's identity.
pub fn of(file: &MapFile) -> &'static str {
    if file.people.is_some() {
        return match file.people.as_ref().is_some_and(|people| people.there.is_some()) {
            true => {
                "read-back: each person is looked for before they are put in; in doubt no one is"
            }
            false => "in doubt no one is put in",
        };
    }
    match file.identity {
        Identity::Key => "key: the tool drops a second request under the same id",
        Identity::Upsert => "upsert: a second request changes nothing",
        Identity::ReadBack => {
            "read-back: after an attempt without an answer the tool is asked first"
        }
        Identity::None => "nothing: after an attempt without an answer it can be there twice",
    }
}
