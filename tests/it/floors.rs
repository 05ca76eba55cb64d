//! The files of the crate stand on floors: none is in a circle, and no room of the engine uses one above it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::layering::{code, sources};

/// The rooms of the engine, the lowest first: each may use those before it.
const ROOMS: [&str; 8] = ["language", "fixes", "decide", "printed", "exhibits", "diagnosis", "authoring", "reference"];

/// A module as its path from the crate.
type Module = Vec<String>;

/// Each module with its code.
fn modules() -> BTreeMap<Module, String> {
    let sources = sources().into_iter().filter(|(file, _)| !file.ends_with("tests.rs"));
    let all = sources.map(|(file, text)| {
        let stem = file.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
        let mut path: Module = stem.split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|it| ["mod", "lib", "main"].contains(&it.as_str())) {
            path.pop();
        }
        let lines = code(&text).lines().filter(|it| !it.trim_start().starts_with("//"));
        (path, lines.collect::<Vec<_>>().join("\n"))
    });
    all.collect()
}

/// The paths of a group such as `a::{b, c::{d, e}}`, each from its beginning.
fn expanded(before: &[String], group: &str, out: &mut Vec<Module>) {
    let (mut depth, mut start) = (0_usize, 0);
    let mut parts = Vec::new();
    for (place, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[start..]);
    for part in parts.into_iter().map(str::trim).filter(|it| !it.is_empty()) {
        let (names, inner) = part.split_once('{').map_or((part, None), |(names, rest)| (names, rest.rsplit_once('}').map(|(it, _)| it)));
        let names = names.split(" as ").next().unwrap_or_default().split("::").map(str::trim).filter(|it| !it.is_empty());
        let path: Module = before.iter().cloned().chain(names.map(str::to_owned)).collect();
        match inner {
            Some(inner) => expanded(&path, inner, out),
            None => out.push(path),
        }
    }
}

/// The paths that some code of a module names, from the crate.
fn named(module: &[String], text: &str) -> Vec<Module> {
    let start = Regex::new(r"\b(crate|super|self)((?:::\w+)*)(::\{)?").expect("a pattern");
    let mut found = Vec::new();
    for it in start.captures_iter(text) {
        let whole = it.get(0).expect("a match");
        let mut path: Module = match &it[1] {
            "crate" => Vec::new(),
            "super" => module[..module.len().saturating_sub(1)].to_vec(),
            _ => module.to_vec(),
        };
        for name in it[2].split("::").filter(|it| !it.is_empty()) {
            if name == "super" {
                path.pop();
            } else {
                path.push(name.to_owned());
            }
        }
        if it.get(3).is_none() {
            found.push(path);
            continue;
        }
        let rest = &text[whole.end()..];
        let mut depth = 1_usize;
        let end = rest.find(|letter| {
            depth = if letter == '{' { depth + 1 } else { depth - usize::from(letter == '}') };
            depth == 0
        });
        expanded(&path, &rest[..end.unwrap_or(rest.len())], &mut found);
    }
    found
}

/// The module that a path leads into, through names that modules on the way pass on.
fn target(path: &[String], modules: &BTreeMap<Module, String>, passed_on: &BTreeMap<Module, Module>) -> Option<Module> {
    let whole = (1..=path.len()).rev().map(|it| &path[..it]).find(|it| modules.contains_key(*it))?;
    let item: Module = path[..path.len().min(whole.len() + 1)].to_vec();
    match passed_on.get(&item) {
        Some(origin) if *origin != item => target(origin, modules, passed_on),
        _ => Some(whole.to_vec()),
    }
}

/// What each module uses.
fn arrows() -> BTreeSet<(Module, Module)> {
    let modules = modules();
    let passes_on = Regex::new(r"pub(?:\([^)]*\))?\s+use\s+([^;]+);").expect("a pattern");
    let mut passed_on = BTreeMap::new();
    for (module, text) in &modules {
        for it in passes_on.captures_iter(text) {
            let uses =
                if it[1].starts_with("crate") || it[1].starts_with("super") { it[1].to_owned() } else { format!("self::{}", &it[1]) };
            for path in named(module, &uses) {
                let name = path.last().cloned().unwrap_or_default();
                passed_on.insert(module.iter().cloned().chain([name]).collect::<Module>(), path);
            }
        }
    }
    let mut arrows = BTreeSet::new();
    for (module, text) in &modules {
        let own = passes_on.replace_all(text, "");
        for path in named(module, &own) {
            if let Some(target) = target(&path, &modules, &passed_on)
                && target != *module
            {
                arrows.insert((module.clone(), target));
            }
        }
    }
    arrows
}

#[test]
fn no_file_is_in_a_circle() {
    // Beside each other in one folder; a file and the folder of its parts are one.
    let mut beside: BTreeMap<Module, BTreeMap<Module, String>> = BTreeMap::new();
    for (from, to) in arrows() {
        let shared = from.iter().zip(&to).take_while(|(left, right)| left == right).count();
        if shared < from.len() && shared < to.len() {
            let seen = format!("{} uses {}", from.join("::"), to.join("::"));
            beside.entry(from[..=shared].to_vec()).or_default().insert(to[..=shared].to_vec(), seen);
        }
    }
    assert!(beside.len() > 150, "the files are read: {}", beside.len());
    // What uses nothing that is left is on the lowest floor; take floors away until none is left.
    loop {
        let left: BTreeSet<Module> = beside.keys().cloned().collect();
        for uses in beside.values_mut() {
            uses.retain(|to, _| left.contains(to));
        }
        let before = beside.len();
        beside.retain(|_, uses| !uses.is_empty());
        if beside.len() == before {
            break;
        }
    }
    let circles: Vec<&String> = beside.values().flat_map(BTreeMap::values).collect();
    assert!(circles.is_empty(), "in a circle, or above one: {circles:#?}");
}

#[test]
fn no_room_of_the_engine_uses_one_above_it() {
    let floor = |module: &Module| match module.as_slice() {
        [engine, room, ..] if engine == "engine" => ROOMS.iter().position(|it| it == room),
        _ => None,
    };
    let mut within = 0;
    for (from, to) in arrows() {
        if let (Some(low), Some(high)) = (floor(&from), floor(&to)) {
            within += 1;
            assert!(high <= low, "{} uses {}, which is in a room above it", from.join("::"), to.join("::"));
        }
    }
    assert!(within > 100, "the engine is read: {within}");
    let rooms = sources().into_iter().filter_map(|(file, _)| file.strip_prefix("src/engine/").map(str::to_owned));
    let named: BTreeSet<String> =
        rooms.filter(|it| it != "mod.rs").map(|it| it.split(['/', '.']).next().unwrap_or_default().to_owned()).collect();
    assert_eq!(named, ROOMS.iter().map(|it| (*it).to_owned()).collect(), "every room stands in the list");
}
