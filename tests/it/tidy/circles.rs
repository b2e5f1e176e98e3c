//! Which files import each other in a circle. A file is a module; a path in its code names the
//! longest module it begins with; a folder's `mod.rs` may name its children and they it.

use std::collections::{BTreeMap, BTreeSet};

/// Modules in circles of two or more, each circle sorted. `files` are paths below `src/` with the
/// full paths that their code names, relative ones resolved.
pub(super) fn circles(files: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let modules: BTreeMap<String, &String> =
        files.keys().map(|file| (module_of(file), file)).collect();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, named) in files {
        let from = module_of(file);
        for path in named {
            if let Some(to) = longest(&modules, path)
                && to != from
                && !is_inside(&to, &from)
                && !is_inside(&from, &to)
            {
                arrows.entry(from.clone()).or_default().insert(to);
            }
        }
    }
    let reach: BTreeMap<&String, BTreeSet<String>> =
        arrows.keys().map(|from| (from, reached(&arrows, from))).collect();
    let mut found = BTreeSet::new();
    for (from, ends) in &reach {
        if ends.contains(*from) {
            let back = |to: &&String| reach.get(to).is_some_and(|ends| ends.contains(*from));
            let mut circle: Vec<String> = ends.iter().filter(back).cloned().collect();
            circle.sort();
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

/// `src/domain/score/fit.rs` is `domain::score::fit`.
pub(super) fn module_of(file: &str) -> String {
    let inside = file.strip_prefix("src/").unwrap_or(file).trim_end_matches(".rs");
    inside.strip_suffix("/mod").unwrap_or(inside).replace('/', "::")
}

fn is_inside(module: &str, folder: &str) -> bool {
    module.strip_prefix(folder).is_some_and(|rest| rest.starts_with("::"))
}

fn longest(modules: &BTreeMap<String, &String>, path: &str) -> Option<String> {
    let mut at = path;
    loop {
        if modules.contains_key(at) {
            return Some(at.to_owned());
        }
        at = &at[..at.rfind("::")?];
    }
}

fn reached(arrows: &BTreeMap<String, BTreeSet<String>>, from: &String) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        for to in arrows.get(at).into_iter().flatten() {
            if seen.insert(to.clone()) {
                next.push(to);
            }
        }
    }
    seen
}

/// A path as the crate's root sees it: `super::x` of `domain::score::fit` is `domain::score::x`.
pub(super) fn absolute(module: &str, path: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_owned());
    }
    if let Some(rest) = path.strip_prefix("self::") {
        return Some(format!("{module}::{rest}"));
    }
    let (mut at, mut rest) = (module, path);
    while let Some(after) = rest.strip_prefix("super::") {
        (at, rest) = (at.rsplit_once("::").map_or("", |(outer, _)| outer), after);
    }
    (at.len() < module.len())
        .then(|| if at.is_empty() { rest.to_owned() } else { format!("{at}::{rest}") })
}
