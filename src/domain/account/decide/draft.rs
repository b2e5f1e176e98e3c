//! A decision written down, complete.

use super::{Cause, Turn};
use crate::domain::account::call;
use crate::domain::account::decision::{Decision, DecisionKind, Origin};
use crate::domain::account::explain;
use crate::domain::account::headline::headline;
use crate::domain::account::ids::decision_id;
use crate::domain::account::lines;
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
        let name = a.facts.name();
        let shown = name.clone().unwrap_or_else(|| Text::new(self.account.as_str()));
        let (fit, intent) = (explain::fit(a), lines::intent(a));
        let personas = call::personas(a, &intent);
        let (pain, angle) = call::message(a, &personas);
        let deadline =
            sla.filter(|_| wanted).and_then(|sla| priority::deadline(self.look.at, sla, hours));
        Decision {
            id: decision_id(self.account, &self.p.product, self.p.sequence),
            account: self.account.clone(),
            account_name: name,
            parent: self.state.kin.parent.as_ref().map(|parent| parent.account.clone()),
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
            sla_deadline: deadline,
            sla_zone: deadline.map(|_| hours.zone),
            route,
            arm: Arm::Treatment,
            headline: headline(&fit, &intent, &shown, happened),
            fit,
            intent,
            exit: None,
            entered_as: self.p.episode.as_ref().and_then(|e| e.account.clone()),
            episode_id: episode,
            opened_by: episode,
            leaves_on: None,
            would_change: explain::would_change(a),
            request: None,
            missing: explain::missing(a),
            personas,
            pain,
            angle,
            about: call::about(a),
            website: call::website(self.account),
            owner: a.facts.text(Attribute::Owner),
            territory: a.facts.text(Attribute::Territory),
            crm_ids: a.facts.texts(Attribute::CrmId).map(Text::new).collect(),
            links: call::links(a),
        }
    }
}
