//! Destinations that take nothing more are named in the escalation's channel, and tried again when a person says so.

use super::Desk;
use crate::desk::action::What;
use crate::desk::ids::DestinationId;
use crate::domain::Text;

impl Desk<'_> {
    pub(super) fn health(&mut self, about: &DestinationId, is_disabled: bool, why: &Text) {
        let Some(roster) = self.roster() else { return };
        if !roster.destinations.contains_key(about) {
            return;
        }
        if !is_disabled {
            self.act(None, What::Resume { destination: about.clone() });
            self.stop_owed(Some(about));
            return;
        }
        let channel = roster.escalation.iter().map(|escalation| &escalation.channel);
        let mut places = channel.chain(roster.digest.iter().map(|digest| &digest.destination));
        if let Some(place) = places.find(|place| *place != about) {
            let (destination, about) = (place.clone(), about.clone());
            self.act(None, What::Alarm { destination, about, why: why.clone() });
        }
    }
}
