//! Tools: what can be seen of them without their maps.

use super::Check;
use crate::desk::roster::tool::{Tool, ToolFile};
use crate::domain::account::decision::DecisionKind;
use std::collections::BTreeSet;

/// Bytes of a map's own values together: they are part of every action.
const VALUES_BYTES_MAX: usize = 4_096;

impl Check<'_> {
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
            private: tool.private,
            kinds,
        }
    }
}
