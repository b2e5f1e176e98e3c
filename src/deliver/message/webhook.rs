//! A message as a program takes it: the whole decision, with who takes care of it. The form is that of
//! Standard Webhooks 1.0: `type`, `timestamp`, `data`.

use crate::codec::json;
use crate::desk::action::{Action, CaseView, Notice, Standing};
use crate::domain::account::decision::DecisionKind;
use serde_json::{Value, json};

/// The body of a request.
pub fn body(action: &Action, notice: &Notice) -> Value {
    let case = notice.cases.first();
    let kind = case.map_or("unknown".to_owned(), |case| case.decision.kind.to_string());
    let cases: Vec<Value> = notice.cases.iter().map(|case| view(notice, case)).collect();
    json!({
        "type": format!("buymode.account.{kind}"),
        "timestamp": action.at.to_rfc3339(),
        "data": { "cases": cases },
    })
}

fn view(notice: &Notice, case: &CaseView) -> Value {
    let assignment = case.assignment.as_ref().map(|assignment| {
        json!({
            "person": assignment.person,
            "shown": notice.roster.shown(&assignment.person),
            "because": super::words::because(&notice.roster, assignment),
        })
    });
    let is_end = matches!(case.decision.kind, DecisionKind::Exited | DecisionKind::Withdrawn);
    let standing = match &case.standing {
        // A decision that ends an episode says so, however the case stood when it came.
        _ if is_end => json!("ended"),
        Standing::Open => json!("open"),
        Standing::Said { by, at, verdict } => {
            json!({ "by": by, "at": at.to_rfc3339(), "said": verdict.past() })
        }
        Standing::Ended(_) => json!("ended"),
    };
    json!({
        "case": case.id,
        "decision": json::decision(&case.decision),
        "assignment": assignment,
        "standing": standing,
    })
}
