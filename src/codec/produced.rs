//! Records of our schemas in topics of other producers, who write accounts and values as they please.

use super::error::Flaw;
use super::framing::frame;
use super::inbound::{self, Decoded, Key, Resolve};
use super::{Codec, DecodeFailure};
use crate::domain::Text;
use crate::domain::account::input::{Broadcast, Input, RecordType, check_source};

impl Codec {
    /// Decodes a record of one of our schemas that another producer wrote: `resolve` says which account
    /// it means. Beside it a message for each value that was not understood and was read in the safe way.
    pub fn decode_produced(
        &mut self,
        value: Option<&[u8]>,
        resolve: Resolve,
    ) -> Result<(Decoded, Vec<String>), DecodeFailure> {
        let mut decoded = self.decode_record(Key::Resolved(resolve), value)?;
        let (source, record_type) = match &decoded {
            Decoded::Account { input, .. } => (input.source(), input.record_type()),
            Decoded::Partition(Broadcast::Market(event)) => (Some(&event.source), RecordType::News),
            Decoded::Partition(_) | Decoded::Tick(_) => return Ok((decoded, Vec::new())),
        };
        let own = source.and_then(|source| check_source(source).err());
        let Decoded::Account { input: Input::Suppression(change), .. } = &mut decoded else {
            return match own {
                Some(why) => Err(Flaw::value(why).of(record_type).into()),
                None => Ok((decoded, Vec::new())),
            };
        };
        let (id, datum) = frame(value).map_err(|flaw| flaw.of(RecordType::Suppression))?;
        let (_, datum) = self.writers.ours(id, datum)?;
        let mut doubts = inbound::doubts(&datum);
        if let Some(why) = own {
            doubts.push(format!("{why}: \"unknown\" is used"));
            change.source = Text::const_new("unknown");
        }
        Ok((decoded, doubts))
    }
}
