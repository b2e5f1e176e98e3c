//! Tools: what can be seen of them without their maps.

use super::Check;
use crate::desk::ids::DestinationId;
use crate::desk::roster::tool::{Crm, Tool, ToolFile};
use crate::domain::Text;
use crate::domain::account::decision::DecisionKind;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a map's own values together: they are part of every action.
const VALUES_BYTES_MAX: usize = 4_096;

impl Check<'_> {
    pub(super) fn sync(&mut self) -> BTreeMap<DestinationId, Crm> {
        let file = self.file;
        let names: Vec<Text> = file.sync.iter().map(|crm| crm.name.clone()).collect();
        self.names("sync", &names);
        let mut found = BTreeMap::new();
        for crm in &file.sync {
            let at = format!("sync[{}]", crm.name);
            self.add(
                crm.tool.enrol || !crm.tool.kinds.is_empty(),
                format!("{at}.tool"),
                "has enrol or kinds, which are for decisions; leave them out",
            );
            let tool = self.tool(&at, &crm.tool);
            let made = Crm { product: crm.product.clone(), tool };
            found.insert(DestinationId(crm.name.clone()), made);
        }
        found
    }

    pub(super) fn tool(&mut self, at: &str, tool: &ToolFile) -> Tool {
        let mut kinds = BTreeSet::new();
        for kind in &tool.kinds {
            let parsed = kind.parse::<DecisionKind>();
            let problem = format!(
                "unknown kind {kind:?}; use entered, strengthened, exited, withdrawn, tier_changed or triaged"
            );
            self.add(parsed.is_err(), format!("{at}.tool.kinds"), problem);
            kinds.extend(parsed);
        }
        let ends = [DecisionKind::Exited, DecisionKind::Withdrawn, DecisionKind::TierChanged];
        self.add(
            tool.enrol && !kinds.is_empty() && !ends.iter().all(|kind| kinds.contains(kind)),
            format!("{at}.tool.kinds"),
            "has enrol, but not exited, withdrawn and tier_changed, by which people are taken out; add them, or leave \
             kinds out",
        );
        let logins = usize::from(tool.token.is_some()) + usize::from(tool.oauth.is_some());
        self.add(
            logins > 1,
            format!("{at}.tool"),
            "has both token and oauth; give the one that the tool asks for",
        );
        self.add(
            tool.url.is_some() && tool.address.is_some(),
            format!("{at}.tool"),
            "has both url and address; give the address where it is a secret, else the url",
        );
        let bytes: usize = tool.values.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.add(
            bytes > VALUES_BYTES_MAX,
            format!("{at}.tool.values"),
            format!("has {bytes} bytes; at most {VALUES_BYTES_MAX}"),
        );
        Tool {
            map: tool.map.clone(),
            text: self.file.maps.get(&tool.map).cloned(),
            url: tool.url.as_ref().map(|url| url.trim_end_matches('/').into()),
            address: tool.address.clone(),
            token: tool.token.clone(),
            oauth: tool.oauth.clone(),
            values: tool.values.clone(),
            enrol: tool.enrol,
            opt_out_suppresses: tool.opt_out_suppresses,
            private: tool.private,
            kinds,
        }
    }
}
