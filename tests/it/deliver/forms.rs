//! The form over Slack's window, in which a person says why in their own words.

use super::asking;
use super::door::{Scene, outcomes, scene, wait};

#[test]
fn a_rejection_can_be_in_the_persons_own_words() {
    let (mut scene, entered) = scene();
    let block = format!("word:{}:0", entered.id);
    let shown = scene.message().to_string();
    assert!(shown.contains("In your own words") && shown.contains("reject_in_words"), "{shown}");
    let choose = |scene: &Scene, trigger: &str| {
        let body = asking::choose("U0000001", &block, "reject_in_words", trigger);
        scene.slack("/slack/actions", &body).0
    };
    assert_eq!(choose(&scene, "stale"), 200);
    wait(|| scene.said_later().len() == 1);
    let said = scene.said_later();
    assert!(said[0].contains("did not open the form (expired_trigger_id)"), "{said:#?}");
    assert_eq!(choose(&scene, "fresh"), 200);
    wait(|| scene.crew.vendors.world().slack.forms.len() == 1);
    let form = scene.crew.vendors.world().slack.forms[0].clone();
    let submit = |scene: &Scene, user: &str, reason: &str, note: &str| {
        scene.slack("/slack/actions", &asking::submit(user, &form, reason, note))
    };
    let stranger = submit(&scene, "U0000009", "other", "hm").1;
    assert!(stranger.contains("response_action") && stranger.contains("not in the roster"));
    let (status, unknown) = submit(&scene, "U0000001", "nonsense", "hm");
    assert!(status == 200 && unknown.contains("of another version"), "{unknown}");
    let note = format!("<!channel> \u{202e}they\nmoved to https://evil.com {}", "x".repeat(400));
    for _ in 0..2 {
        let (status, answer) = submit(&scene, "U0000001", "other", &note);
        assert!(status == 200 && !answer.contains("response_action"), "{answer}");
    }
    let second = submit(&scene, "U0000002", "timing", "").1;
    assert!(second.contains("was first: rejected"), "{second}");
    scene.settle();
    assert_eq!(outcomes(&scene.inputs()), ["acme.com rejected other"]);
    let now = scene.message().to_string();
    // A text element is no markup.
    let text = "\"type\":\"text\",\"text\":\"because: <!channel> they moved to (link) xxx";
    assert!(now.contains(text) && !now.contains("evil.com"), "{now}");
    assert!(!now.contains(&"x".repeat(301)), "{now}");
}
