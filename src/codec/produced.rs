//! Records of our schemas in topics of other producers, who write accounts and values as they please.

use super::framing::frame;
use super::inbound::{self, Decoded, Key, Resolve};
use super::{Codec, DecodeFailure};
use crate::domain::account::input::{Input, RecordType};

impl Codec {
    /// Decodes a record of one of our schemas that another producer wrote: `resolve` says which account
    /// it means. Beside it a message for each value that was not understood and was read in the safe way.
    pub fn decode_produced(
        &mut self,
        value: Option<&[u8]>,
        resolve: Resolve,
    ) -> Result<(Decoded, Vec<String>), DecodeFailure> {
        let decoded = self.decode_record(Key::Resolved(resolve), value)?;
        if !matches!(&decoded, Decoded::Account { input: Input::Suppression(_), .. }) {
            return Ok((decoded, Vec::new()));
        }
        let (id, datum) = frame(value).map_err(|flaw| flaw.of(RecordType::Suppression))?;
        let (_, datum) = self.writers.ours(id, datum)?;
        Ok((decoded, inbound::doubts(&datum)))
    }
}
