//! A decision written down, complete.

use super::{Cause, Turn};
use crate::domain::account::decision::{Decision, DecisionKind, Origin};
use crate::domain::account::explain;
use crate::domain::account::ids::decision_id;
use crate::domain::evidence::company::Attribute;
use crate::domain::score::priority;
use crate::domain::terms::experiment::Arm;
use crate::domain::{RULES_VERSION, Text};

impl Turn<'_, '_> {
    pub(super) fn origin(&self) -> Origin {
        match self.look.cause {
            Cause::Midnight => Origin::Time,
            Cause::Activation { product, first } if product == self.p.product => {
                if first {
                    Origin::Baseline
                } else {
                    Origin::ProfileChange
                }
            }
            // Another product's profile changes nothing here; what falls due now, time brought.
            Cause::Activation { .. } => Origin::Time,
            Cause::Market => Origin::Signal,
            Cause::MarketRetraction => Origin::Correction,
            Cause::Input(happened) if happened.outcome.is_some() => Origin::Sales,
            Cause::Input(happened) if happened.correction => Origin::Correction,
            Cause::Input(_) => Origin::Signal,
        }
    }

    pub(super) fn draft(
        &mut self,
        kind: DecisionKind,
        origin: Origin,
        route: Text,
        happened: &str,
    ) -> Decision {
        self.p.sequence += 1;
        let episode = self.p.episode.as_ref().map(|e| e.id(self.account, &self.p.product));
        let a = self.a;
        let profile = a.profile();
        let (priority, sla) = priority::priority(profile, a.tier, a.band);
        let hours = &profile.profile.priority.business_hours;
        let wanted = matches!(
            kind,
            DecisionKind::Entered | DecisionKind::Strengthened | DecisionKind::Triaged
        );
        let name = a.facts.text(Attribute::Name);
        let shown = name.clone().unwrap_or_else(|| Text::new(self.account.as_str()));
        let value = &a.variant.value;
        let persona = value.personas.first();
        Decision {
            id: decision_id(self.account, &self.p.product, self.p.sequence),
            account: self.account.clone(),
            account_name: name,
            product: self.p.product.clone(),
            sequence: self.p.sequence,
            kind,
            origin,
            decided_at: self.look.at,
            input_partition: self.look.written.partition,
            input_offset: self.state.offset,
            written: self.look.written,
            profile: profile.profile.profile.clone(),
            profile_version: profile.version.clone(),
            activation: a.activation.number,
            rules_version: RULES_VERSION,
            company_version: self.state.company.version,
            segment: a.variant.segment.clone(),
            tier: a.tier,
            previous_tier: None,
            band: a.band,
            priority,
            sla_deadline: sla
                .filter(|_| wanted)
                .and_then(|sla| priority::deadline(self.look.at, sla, hours)),
            route,
            arm: Arm::Treatment,
            headline: explain::headline(a, &shown, happened),
            fit: explain::fit(a),
            intent: explain::intent(a),
            exit: None,
            entered_as: self.p.episode.as_ref().and_then(|e| e.account.clone()),
            episode_id: episode,
            opened_by: episode,
            leaves_on: None,
            would_change: explain::would_change(a),
            request: None,
            missing: explain::missing(a),
            persona_titles: persona.map(|p| p.titles.clone()).unwrap_or_default(),
            pain: persona.and_then(|p| p.pain.clone()).unwrap_or_else(|| value.pain.clone()),
            angle: persona.and_then(|p| p.angle.clone()).unwrap_or_else(|| value.angle.clone()),
            owner: a.facts.text(Attribute::Owner),
            territory: a.facts.text(Attribute::Territory),
            crm_ids: a.facts.texts(Attribute::CrmId).map(Text::new).collect(),
        }
    }
}
