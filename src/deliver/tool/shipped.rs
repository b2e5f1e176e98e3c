//! The field maps that come with buymode, by name.

const MAPS: &[(&str, &str)] = &[
    ("apollo-account", include_str!("../../../deploy/targets/apollo-account.yaml")),
    ("apollo-sequence", include_str!("../../../deploy/targets/apollo-sequence.yaml")),
    ("dynamics-score", include_str!("../../../deploy/targets/dynamics-score.yaml")),
    ("flat-json", include_str!("../../../deploy/targets/flat-json.yaml")),
    ("hubspot-company", include_str!("../../../deploy/targets/hubspot-company.yaml")),
    ("hubspot-sequence", include_str!("../../../deploy/targets/hubspot-sequence.yaml")),
    ("hubspot-sync", include_str!("../../../deploy/targets/hubspot-sync.yaml")),
    ("hubspot-task", include_str!("../../../deploy/targets/hubspot-task.yaml")),
    ("instantly-campaign", include_str!("../../../deploy/targets/instantly-campaign.yaml")),
    ("lemlist-campaign", include_str!("../../../deploy/targets/lemlist-campaign.yaml")),
    ("outreach-account", include_str!("../../../deploy/targets/outreach-account.yaml")),
    ("outreach-sequence", include_str!("../../../deploy/targets/outreach-sequence.yaml")),
    ("outreach-task", include_str!("../../../deploy/targets/outreach-task.yaml")),
    ("salesforce-account", include_str!("../../../deploy/targets/salesforce-account.yaml")),
    ("salesforce-event", include_str!("../../../deploy/targets/salesforce-event.yaml")),
    ("salesforce-sync", include_str!("../../../deploy/targets/salesforce-sync.yaml")),
    ("salesforce-task", include_str!("../../../deploy/targets/salesforce-task.yaml")),
    ("salesloft-cadence", include_str!("../../../deploy/targets/salesloft-cadence.yaml")),
    ("salesloft-signal", include_str!("../../../deploy/targets/salesloft-signal.yaml")),
    ("smartlead-campaign", include_str!("../../../deploy/targets/smartlead-campaign.yaml")),
];

/// The text of a map.
pub fn text(name: &str) -> Option<&'static str> {
    MAPS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// In order of name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    MAPS.iter().copied()
}
