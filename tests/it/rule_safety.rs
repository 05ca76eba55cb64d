//! What a rule file can be wrong in is said in the words of the language, at its place in the author's file, with the way out.

use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText, Problem};

use crate::command::replacing;

fn rule(slug: &str) -> String {
    let ending = format!("/{slug}.yaml");
    replacing(builtin().iter().find(|it| it.name().ends_with(&ending)).unwrap_or_else(|| panic!("{slug}")).body())
}

/// What is wrong with a file of one's own beside the rules of the build.
fn problems(name: &str, body: &str) -> Vec<Problem> {
    Catalog::new(&[builtin(), vec![FileText::new(name, body)]]).err().unwrap_or_default()
}

/// Words that only those know who know the libraries of this program.
const FOREIGN: [&str; 22] = [
    "Option<",
    "Vec<",
    "BTreeMap",
    "String>",
    "serde",
    "saphyr",
    "deserialize",
    "Deserializ",
    "DuplicateKeyPolicy",
    "expected sequence",
    "expected mapping",
    "sequence start",
    "mapping start",
    "unit variant",
    "newtype",
    "untagged",
    "rhai::",
    "i64",
    "u64",
    "struct ",
    "std::",
    "EOI",
];

#[test]
fn whatever_is_wrong_no_library_speaks_to_the_author() {
    let mut told = 0_usize;
    for text in builtin() {
        let lines: Vec<&str> = text.body().lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let key = line.split_once(':').map_or(*line, |it| it.0);
            let instead: [String; 12] = [
                String::new(),
                format!("{line}\n{line}"),
                format!("{key}: [1, {{a: b}}]"),
                format!("{key}: {{a: 1}}"),
                format!("{key}: 7"),
                format!("{key}:"),
                format!("{key}: true"),
                format!("{key}: \"\\d\""),
                format!("{key}: a: b"),
                format!("\t{line}"),
                format!("{}x{}", &line[..indent], line.trim_start()),
                format!("{line} ]"),
            ];
            // Every change of every line would take minutes.
            let Some(changed) = instead.get((at * 7 + text.name().len()) % instead.len()) else { continue };
            let body = lines.iter().enumerate().map(|(it, line)| if it == at { changed.as_str() } else { line });
            let body = body.collect::<Vec<_>>().join("\n");
            for problem in Catalog::new(&[vec![FileText::new(text.name(), &body)]]).err().unwrap_or_default() {
                told += 1;
                let words = format!("{}\n{}", problem.message, problem.way_out().unwrap_or_default());
                for foreign in FOREIGN {
                    assert!(!words.contains(foreign) || body.contains(foreign), "{}:{}: {changed:?}: {words}", text.name(), at + 1);
                }
                assert!(!words.contains("::") || body.contains("::"), "{}:{}: {changed:?}: {words}", text.name(), at + 1);
                assert!(!problem.message.is_empty() && problem.file == text.name(), "{problem:?}");
            }
        }
    }
    assert!(told > 1000, "{told} problems");
}

#[test]
fn a_mistake_in_yaml_is_named_for_what_it_is() {
    let good = rule("parent-hash-cascade");
    let cases = [
        ("severity: low", "severity: low\n\towner: me", "a tab stands where the line is indented", "spaces"),
        ("title: Only", "title: Mine: Only", "a second `: ` stands in the line", "title: 'Mine: Only"),
        ("owner: echonet", "owner: \"\\d+\"", "`\\d` means nothing in a text in double quotes", "'\\d'"),
        ("owner: echonet", "owner: echonet\nowner: me", "the field `owner` stands here for the second time", "keep one"),
        ("owner: echonet", "owner: [a]", "expected", ""),
        ("owner: echonet", "owner:", "nothing stands here", "`''`"),
        ("severity: low\n", "", "the field `severity` is missing", "severity: ..."),
        ("severity: low", "severity: mediun", "unknown word `mediun`", "did you mean `medium`?"),
        ("when: {all: [builds_on_a_diverging_block]}", "when: {all: builds_on_a_diverging_block}", "a list", "[a, b]"),
        ("unless: {any: [anything_else]}", "unless: {any: [anything_else}", "a `]` is missing in this line", "quotes"),
    ];
    for (before, after, message, help) in cases {
        let body = good.replacen(before, after, 1);
        assert_ne!(body, good, "{before}");
        let found = problems("parent-hash-cascade.yaml", &body);
        let said = found.iter().any(|it| it.message.contains(message) && it.way_out().unwrap_or_default().contains(help));
        let all: Vec<_> = found.iter().map(|it| (it.to_string(), it.way_out())).collect();
        assert!(said, "{after}: {all:?}");
    }
    let two = problems("parent-hash-cascade.yaml", &format!("{good}---\na: 1\n"));
    assert!(two.iter().any(|it| it.message.contains("a second document begins here")), "{two:?}");
    let empty = problems("empty.yaml", "");
    assert!(empty.iter().all(|it| !it.message.is_empty()) && !empty.is_empty(), "{empty:?}");
}

#[test]
fn a_rule_of_the_build_is_replaced_only_by_one_that_says_so() {
    const ID: &str = "WS-CAS-001";
    let good = rule("parent-hash-cascade");
    let silent = good.replace(&format!("replaces: {ID}\n"), "");
    let own = |slug: &str, id: &str| silent.replace("slug: parent-hash-cascade", &format!("slug: {slug}")).replace(ID, id);
    /// Name of the file, its text, and what is said of it.
    type Case = (&'static str, String, Option<(&'static str, &'static str)>);
    let cases: [Case; 8] = [
        ("parent-hash-cascade.yaml", good.clone(), None),
        ("parent-hash-cascade.yaml", good.replacen(&format!("id: {ID}"), "id: MY-1", 1), None),
        ("mine.yaml", own("mine", "MY-1"), None),
        ("parent-hash-cascade.yaml", silent.clone(), Some(("has this id already", "replaces: WS-CAS-001"))),
        ("parent-hash-cascade.yaml", own("parent-hash-cascade", "MY-1"), Some(("has this slug already", "replaces: WS-CAS-001"))),
        ("mine.yaml", own("mine", ID), Some(("has this id already", "give another id"))),
        (
            "mine.yaml",
            good.replace("slug: parent-hash-cascade", "slug: mine"),
            Some(("this one has another slug", "`parent-hash-cascade`")),
        ),
        (
            "parent-hash-cascade.yaml",
            good.replace("replaces: WS-CAS-001", "replaces: WS-CAS-01"),
            Some(("there is no rule `WS-CAS-01` to replace", "did you mean")),
        ),
    ];
    for (name, body, expected) in cases {
        let found = problems(name, &body);
        let all: Vec<_> = found.iter().map(|it| (it.to_string(), it.way_out())).collect();
        let Some((message, help)) = expected else {
            assert!(found.is_empty(), "{name}: {all:?}");
            continue;
        };
        let first = found.first().unwrap_or_else(|| panic!("{name}: nothing is said of {message}"));
        assert!(first.message.contains(message) && first.way_out().is_some_and(|it| it.contains(help)), "{all:?}");
        assert!(found.iter().all(|it| it.file == name && it.line > 1 && it.column > 1), "{all:?}");
        assert_eq!(first.check, whysync::engine::language::check::Check::Duplicate);
    }
    // What other rules say of it is no fault of theirs.
    let circle = good.replace("references:", "related: {supersedes: [parent-hash-cascade]}\nreferences:");
    let found = problems("parent-hash-cascade.yaml", &circle);
    assert!(!found.is_empty() && found.iter().all(|it| it.file == "parent-hash-cascade.yaml"), "{found:?}");
}

#[test]
fn a_test_that_no_value_can_pass_is_found_before_it_is_tried() {
    let good = rule("parent-hash-cascade");
    let test = "    path: item.role\n    is: {equals: consequence}";
    let cases = [
        ("path: item.role\n    is: {equals: consequense}", "the value is never `consequense`", "did you mean `consequence`?"),
        ("path: item.role\n    is: {one_of: [consequence, 7]}", "`7` is compared with a text", ""),
        ("path: item.block\n    is: {equals: true}", "`true` is compared with a whole number", "write a number"),
        ("path: item.block\n    is: {at_least: many}", "`many` is compared with a whole number", "write a number"),
        ("path: item.block\n    is: {matches: '7'}", "which no pattern is held against", "equals"),
        ("path: item.role\n    is: {less_than: cause}", "compared by order", "versions"),
        ("path: $.ledger\n    is: {equals: x}", "it cannot be compared", "exists"),
        ("rhai: role == \"cause\" && blok > 7\n    uses: {role: item.role}", "nothing is called `blok`", "uses"),
        ("rhai: block > 7 || rolle == \"cause\"\n    uses: {role: item.role, block: item.block}", "nothing is called `rolle`", "`role`"),
        ("rhai: role == 7\n    uses: {role: item.role}", "`==` compares a text with an integer", "double quotes"),
        ("rhai: block == \"7\"\n    uses: {block: item.block}", "`==` compares an integer with a text", "double quotes"),
        ("rhai: block + 1\n    uses: {block: item.block}", "gives an integer, not true or false", "comparison"),
        ("rhai: is_cause(role)\n    uses: {role: item.role}", "nothing is called `is_cause`", ""),
        (
            "rhai: version_les(version, \"0.14.3\")\n    uses: {version: $.subject.starknet_version}",
            "nothing is called `version_les`",
            "did you mean `version_less`?",
        ),
    ];
    for (instead, message, help) in cases {
        let body = good.replace(test, &format!("    {instead}"));
        assert_ne!(body, good);
        let found = problems("parent-hash-cascade.yaml", &body);
        let all: Vec<_> = found.iter().map(|it| (it.to_string(), it.way_out())).collect();
        let said = found.iter().any(|it| it.message.contains(message) && it.way_out().unwrap_or_default().contains(help));
        assert!(said, "{instead}: {all:?}");
    }
    for alike in [
        "path: item.role\n    is: {equals: cause}",
        "path: item.block\n    is: {at_least: 7}",
        "path: $.subject.starknet_version\n    is: {less_than: 0.14.3}",
        "path: $.ledger\n    is: {exists: true}",
        "rhai: version_less(version, \"0.14.3\") || role == \"cause\"\n    uses: {role: item.role, version: $.subject.starknet_version}",
    ] {
        let body = good.replace(test, &format!("    {alike}"));
        let found = problems("parent-hash-cascade.yaml", &body);
        assert!(found.iter().all(|it| it.message.contains("requires")), "{alike}: {found:?}");
    }
}

#[test]
fn a_short_hash_names_no_commit() {
    let good = rule("alchemy-429-l1-handler-drop");
    for (whole, short) in [
        ("79b058ca2a5fcc9eb48f7174a445ed409d65b4b0", "79b058ca2a"),
        ("8d0bd60a8615fe82b93de5eea880825fb41a70ac", "8d0bd60a8615fe82b93de5eea880825fb41a70a"),
    ] {
        let body = good.replace(whole, short);
        let found = problems("alchemy-429-l1-handler-drop.yaml", &body);
        let [problem] = found.as_slice() else { panic!("{found:?}") };
        assert!(problem.message.contains(&format!("`{short}` is not a whole hash")), "{problem}");
        assert_eq!(body.lines().position(|it| it.ends_with(short)), Some(problem.line - 1));
        assert!(problem.way_out().is_some_and(|it| it.contains("40 digits")), "{problem:?}");
    }
}
