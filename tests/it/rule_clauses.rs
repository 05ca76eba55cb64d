//! A clause is of one kind and holds only that kind's fields: the reader and the schema refuse alike what belongs to another.

use whysync::engine::language::check::Check;
use whysync::engine::language::problem::Problem;
use whysync::engine::{Catalog, FileText};
use whysync::evidence::Program;
use whysync::investigate::schemas::schemas;

/// A clause of each kind, by the field that decides for it, with the lines that it must have.
const KINDS: [(&str, &[&str]); 4] = [
    ("each", &["each: \"$.ledger[*]\""]),
    ("path", &["path: $.subject.block", "is: {exists: true}"]),
    ("log", &["log: {source: echonet, regex: '^Observed L1_HANDLER '}"]),
    ("rhai", &["rhai: 1 > 0"]),
];

/// A line for each field that does not decide, and the kinds that have it.
const FIELDS: [(&str, &str, &[&str]); 13] = [
    ("where", "where: {kind: {equals: tx_missing}}", &["each"]),
    ("every", "every: true", &["each"]),
    ("is", "is: {exists: true}", &["path"]),
    ("join", "join: {call: $.subject.block}", &["log"]),
    ("after", "after: other", &["log"]),
    ("before", "before: other", &["log"]),
    ("before_next", "before_next: flask", &["log"]),
    ("within", "within: {lines: 5}", &["log"]),
    ("per", "per: {seconds: 5}", &["log"]),
    ("uses", "uses: {a: $.subject.block}", &["rhai"]),
    ("at_least", "at_least: 2", &["each", "log"]),
    ("at_most", "at_most: 2", &["each", "log"]),
    ("why", "why: to see what is refused", &["each", "path", "log", "rhai"]),
];

fn rule(lines: &[&str]) -> String {
    let clause: String = lines.iter().map(|it| format!("    {it}\n")).collect();
    format!(
        "schema: whysync.rule/v1\nid: MY-003\nslug: one-clause\ntitle: One clause\nstatus: stable\nseverity: low\ncategory: \
         external-service\nowner: me\ndescription: One clause and nothing else.\nmatch:\n  tried:\n{clause}  other:\n    log: {{source: \
         echonet, regex: '^Observed '}}\nwhen: {{any: [tried, other]}}\nexplains: nothing\nfinding: {{summary: One clause.}}\n"
    )
}

fn problems(body: &str) -> Vec<Problem> {
    let problems = Catalog::new(&[vec![FileText::new("one-clause.yaml", body)]]).err();
    // What rests on absence has its own check.
    problems.unwrap_or_default().into_iter().filter(|it| it.check != Check::AbsenceNotRequired).collect()
}

fn line(body: &str, text: &str) -> usize {
    body.lines().position(|it| it.trim() == text).expect("a line") + 1
}

fn schema_refuses(body: &str) -> bool {
    let (_, schema) = schemas().into_iter().find(|(it, _)| *it == "rule").expect("a schema");
    let document: serde_json::Value = serde_saphyr::from_str(body).expect("YAML");
    !jsonschema::validator_for(&schema).expect("a valid schema").is_valid(&document)
}

#[test]
fn a_field_of_another_kind_is_refused_where_it_stands_by_reader_and_schema() {
    let (mut refused, mut taken) = (0, 0);
    for (kind, needs) in KINDS {
        for (field, text, homes) in FIELDS {
            if kind == "path" && field == "is" {
                continue;
            }
            let behind: Vec<&str> = needs.iter().copied().chain([text]).collect();
            let ahead: Vec<&str> = std::iter::once(text).chain(needs.iter().copied()).collect();
            for body in [rule(&behind), rule(&ahead)] {
                let problems = problems(&body);
                if homes.contains(&kind) {
                    taken += 1;
                    assert!(!schema_refuses(&body), "the schema refuses `{field}` beside `{kind}`");
                    let is_told_apart = problems.iter().any(|it| it.message.contains("belongs to") || it.check == Check::Shape);
                    assert!(!is_told_apart, "`{field}` beside `{kind}`: {problems:?}");
                    continue;
                }
                refused += 1;
                assert!(schema_refuses(&body), "the schema takes `{field}` beside `{kind}`");
                let [problem] = problems.as_slice() else { panic!("`{field}` beside `{kind}`: {problems:?}") };
                assert_eq!((problem.line, problem.column, problem.check), (line(&body, text), 5, Check::Clause), "{problem}");
                let names = |it: &str| problem.message.contains(&format!("`{it}`"));
                assert!(names(field) && names(kind) && homes.iter().all(|it| names(it)), "{problem}");
                let takes = problem.way_out().is_some_and(|it| it.contains("`why`") && !it.contains(&format!("`{field}`")));
                assert!(takes, "{problem}: {:?}", problem.way_out());
            }
        }
    }
    assert!(refused > 50 && taken > 20, "{refused} {taken}");
}

#[test]
fn a_clause_is_of_exactly_one_kind() {
    for (kind, needs) in KINDS {
        assert_eq!(problems(&rule(needs)).len(), 0, "{kind}");
        for (other, more) in KINDS.into_iter().filter(|(it, _)| *it != kind) {
            let both: Vec<&str> = needs.iter().copied().chain(more.iter().copied().take(1)).collect();
            let body = rule(&both);
            assert!(schema_refuses(&body), "the schema takes `{other}` beside `{kind}`");
            let problems = problems(&body);
            let [problem] = problems.as_slice() else { panic!("`{other}` beside `{kind}`: {problems:?}") };
            assert_eq!((problem.line, problem.check), (line(&body, more.first().expect("a line")), Check::Clause), "{problem}");
            assert!(problem.message.contains(&format!("`{other}` beside `{kind}`")), "{problem}");
            assert!(problem.way_out().is_some_and(|it| it.contains("exactly one of")), "{problem}");
        }
    }
    let first = "why: of no kind";
    for (lines, message) in [(&[first, "at_least: 2"][..], "exactly one of"), (&["path: $.subject.block"][..], "what the value `is`")] {
        let body = rule(lines);
        assert!(schema_refuses(&body), "{message}");
        let problems = problems(&body);
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((problem.line, problem.check), (line(&body, lines.last().expect("a line")), Check::Clause), "{problem}");
        assert!(problem.message.contains(message), "{problem}");
    }
}

#[test]
fn places_within_a_clause_are_those_of_the_file() {
    let body = rule(&["why: the decisive field comes last", "where: {kindd: {equals: tx_missing}}", "each: \"$.ledger[*]\""]);
    let problems = problems(&body);
    let [problem] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(problem.line, line(&body, "where: {kindd: {equals: tx_missing}}"), "{problem}");
    assert!(problem.way_out().is_some_and(|it| it.contains("kind")), "{problem}: {:?}", problem.way_out());
}

/// Mainnet's feeder gateway is asked for documents; what it writes about that, nobody here can read.
#[test]
fn a_log_clause_is_about_a_program_that_has_a_log() {
    let of = |source: &str| rule(&[&format!("log: {{source: {source}, regex: '^Observed L1_HANDLER '}}")]);
    for program in Program::ALL {
        let body = of(program.name());
        assert!(!schema_refuses(&body) && problems(&body).is_empty(), "{program:?}: {:?}", problems(&body));
    }
    for other in ["feeder", "mainnet", "cluster"] {
        let body = of(other);
        assert!(schema_refuses(&body), "the schema takes the log of {other}");
        let problems = problems(&body);
        let [problem] = problems.as_slice() else { panic!("{other}: {problems:?}") };
        let said = format!("{} {}", problem.message, problem.way_out().unwrap_or_default());
        assert!(said.contains(other) && Program::ALL.iter().all(|it| said.contains(it.name())), "{said}");
    }
}
