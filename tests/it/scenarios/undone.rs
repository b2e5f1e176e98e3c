//! What people say of an account while its alias is being undone, and its data is on the way back.

use super::records::entry_of;
use super::timeline;
use crate::fold::{Entry, Network};

/// On the way back nothing else is kept than if the account had never been an alias: what was stated
/// before a suppression does not lift it, and a later lift does, whenever it comes.
#[test]
fn a_lift_counts_by_its_date_while_an_alias_is_being_undone() {
    let day = |n: i32| timeline::BEGIN.plus(n).start();
    let lists = |net: &Network| {
        let heard = net.fold("acme.io").state.suppressions.iter();
        let shown = heard.map(|s| format!("{} until {:?} by {}", s.list, s.until, s.stated_on));
        shown.collect::<Vec<_>>()
    };
    // The account reads the words on these days; with an alias from day 5 to day 10, and back on day 15.
    let play = |said: &[(i32, &str)], is_alias: bool, hears_at_once: bool| {
        let mut net = Network::new(&["acme.com", "acme.io"], timeline::BEGIN);
        let mut time = timeline::BEGIN.start();
        let mut say = |net: &mut Network, from, to| {
            for (n, words) in said.iter().filter(|(n, _)| (from..to).contains(n)) {
                // Each later than the one before.
                time = time.max(day(*n));
                time.0 += 60_000;
                net.read("acme.io", time, &entry_of(words, "acme.io", time, &[]));
            }
        };
        say(&mut net, 0, 5);
        if is_alias {
            net.merge(1, "acme.io", "acme.com", day(5));
            net.deliver_all();
        }
        say(&mut net, 5, 10);
        if is_alias {
            if hears_at_once {
                net.deliver_all();
            }
            net.undo(2, "acme.io", "acme.com", day(10));
        }
        say(&mut net, 10, 15);
        net.read("acme.io", day(15), &Entry::Tick);
        net.deliver_all();
        say(&mut net, 15, 20);
        assert!(!net.fold("acme.io").state.awaits_return());
        lists(&net)
    };
    let held = "suppress competitor";
    let dated = "suppress competitor stated=4";
    for (said, holds) in [
        // Stated after it, on an earlier day than it was read.
        (&[(2, held), (11, "lift competitor stated=9")][..], false),
        (&[(2, held), (11, "lift competitor stated=2")], false),
        (&[(2, held), (11, "lift competitor")], false),
        (&[(2, held), (11, "lift competitor stated=60")], false),
        // Stated before it.
        (&[(2, held), (11, "lift competitor stated=1")], true),
        (&[(2, "suppress competitor stated=30"), (11, "lift competitor stated=29")], true),
        (&[(2, "suppress competitor stated=30"), (11, "lift competitor")], true),
        (&[(2, "suppress competitor stated=30"), (11, "lift competitor stated=31")], false),
        // The later of two lifts counts, whichever is read first.
        (&[(2, dated), (11, "lift competitor stated=3"), (12, "lift competitor stated=4")], false),
        (&[(2, dated), (11, "lift competitor stated=5"), (12, "lift competitor stated=3")], false),
        (&[(2, dated), (11, "lift competitor stated=2"), (12, "lift competitor stated=3")], true),
        // Another list.
        (&[(2, held), (11, "lift customer")], true),
        // Set again meanwhile, before the lift or after it.
        (&[(2, held), (11, "lift competitor stated=9"), (12, held)], true),
        (&[(2, held), (11, held), (12, "lift competitor stated=9")], true),
        (
            &[(2, held), (11, "suppress competitor until=40"), (12, "lift competitor stated=9")],
            true,
        ),
        (&[(2, held), (11, held), (12, "lift competitor")], false),
        (&[(2, held), (11, "lift competitor"), (12, "lift competitor stated=1")], false),
        // Said while it was an alias.
        (&[(6, held), (11, "lift competitor stated=9")], false),
        (&[(6, "suppress competitor stated=9"), (11, "lift competitor stated=8")], true),
        (&[(2, held), (6, "lift competitor stated=5"), (11, "lift competitor stated=3")], false),
        // Sales' word.
        (&[(2, "sales won"), (11, "sales churned at=9")], false),
        (&[(2, "sales won at=2"), (11, "sales churned at=1")], true),
        (&[(2, "sales opportunity"), (11, "sales lost at=9")], false),
        (&[(2, "suppress open_opportunity stated=9"), (11, "sales lost at=8")], true),
        // After it is home.
        (&[(2, held), (11, "lift competitor stated=1"), (16, "lift competitor stated=14")], false),
    ] {
        let alone = play(said, false, true);
        assert_eq!(!alone.is_empty(), holds, "{said:?}: {alone:?}");
        for hears_at_once in [true, false] {
            assert_eq!(play(said, true, hears_at_once), alone, "{said:?} {hears_at_once}");
        }
    }
}
