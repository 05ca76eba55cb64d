use proptest::prelude::*;

use super::*;

/// A template on one line, with the holes in angle brackets.
fn shown(template: &[TextPiece]) -> String {
    let piece = |it: &TextPiece| match it {
        TextPiece::Literal(text) => text.clone(),
        TextPiece::Hole(hole) => format!("<{}:{:?}>", hole.name, hole.form),
    };
    template.iter().map(piece).collect()
}

fn texts(path: &str, source: &str) -> Vec<String> {
    let read = statements(path, source);
    assert_eq!(read.unread, Vec::new(), "{source}");
    read.all.iter().map(|it| shown(&it.template)).collect()
}

#[test]
fn each_form_of_a_python_text_is_read() {
    let cases: [(&str, &[&str]); 24] = [
        (r#"logger.info("Started")"#, &["Started"]),
        (r#"logger.info("100%")"#, &["100%"]),
        (r#"logger.info("100%% of %s", name)"#, &["100% of <name:Display>"]),
        (
            r#"logger.info("%d of %5d, %x, %r, %.2f%%", a, b, c, d.e(f), g)"#,
            &["<a:Decimal> of <b:Padded>, <c:Hex>, <d.e(f):Debug>, <g:Fraction>%"],
        ),
        (r#"self.logger.warning("%(a)s and %(b)d", values)"#, &["<a:Display> and <b:Decimal>"]),
        (
            r#"_logger.error(f"a {b} {c!r} {d:.1f} {e:#x} {f:d} {g:>8} {h=} {{i}}")"#,
            &["a <b:Display> <c:Debug> <d:Fraction> <e:Hex> <f:Decimal> <g:Padded> h=<h:Debug> {i}"],
        ),
        ("logging.info(\"a\\n\"\n    'b' f\"{c}\"\n    # no text\n    r\"\\d\")", &["a\nb<c:Display>\\d"]),
        (r#"log.debug("a" + b + "c" + (d or "e"))"#, &["a<b:Display>c<d or \"e\":Display>"]),
        (r#"log.debug("a %s %s" % (b, c))"#, &["a <b:Display> <c:Display>"]),
        (r#"log.debug("a %s" % b.c)"#, &["a <b.c:Display>"]),
        (
            r#"log.debug("a {} {1} {b!r} {c:.2f} {{}} {d.e}".format(x, y, b=z, c=w, d=v))"#,
            &["a <x:Display> <y:Display> <z:Debug> <w:Fraction> {} <v.e:Display>"],
        ),
        (r#"log.debug("a " + ", ".join(names))"#, &["a <\", \".join(names):Display>"]),
        (r#"log.info("a" if b else f"c {d}")"#, &["a", "c <d:Display>"]),
        (r#"log.log(logging.WARNING, "a %s", b)"#, &["a <b:Display>"]),
        (r#"logging.getLogger(__name__).info("a")"#, &["a"]),
        ("MESSAGE = \"a %s\"\ndef f(b):\n    log.info(MESSAGE, b)", &["a <b:Display>"]),
        ("def f(b):\n    text = f\"a {b}\"\n    log.info(text)", &["a <b:Display>"]),
        ("def f(b):\n    if b:\n        text = \"a\"\n    else:\n        text = \"c\"\n    log.info(\"x: \" + text)", &["x: a", "x: c"]),
        ("def f(text):\n    log.info(\"x: %s\", text)", &["x: <text:Display>"]),
        (r#"raise Odd("a")"#, &["a"]),
        (r#"raise errors.Odd(f"a {b}") from error"#, &["a <b:Display>"]),
        ("raise\nraise Odd\nraise error\nraise SystemExit(1)", &[]),
        (r#"other.info("a"); log.get("b"); math.log("c"); f("d")"#, &[]),
        (r#"log.info("\x41\u00fc\101\'\q")"#, &["AüA'\\q"]),
    ];
    for (source, expected) in cases {
        assert_eq!(texts("a.py", source), expected, "{source}");
    }
}

#[test]
fn each_form_of_a_rust_text_is_read() {
    let cases: [(&str, &[&str]); 28] = [
        (r#"info!("Started");"#, &["Started"]),
        (
            r#"tracing::warn!("a {b} {c:?} {d:#?} {e:x} {:.2} {{f}}", g.h());"#,
            &["a <b:Display> <c:Debug> <d:DebugLines> <e:Hex> <g.h():Display> {f}"],
        ),
        (
            r#"log::error!("{0} {1} {0} {name} {}", a, b.c(d, e), name = f + 1);"#,
            &["<a:Display> <b.c(d, e):Display> <a:Display> <f + 1:Display> <a:Display>"],
        ),
        (r#"debug!("a {:>width$} {:.*}", b, 3, c);"#, &["a <b:Padded> <c:Display>"]),
        (r#"trace!("a {}", b.parse::<Map<C, D>>().x());"#, &["a <b.parse::<Map<C, D>>().x():Display>"]),
        (r#"info!(?a, %b, c, d.e = ?f, g = h.i(), "text {j}");"#, &["text <j:Display>"]),
        (r#"info!(target: "other", a = "b", "text");"#, &["text"]),
        (r#"info!({ a = 1, ?b }, "text");"#, &["text"]),
        (r#"info!(a, message = "text");"#, &["text"]),
        ("info!(\n    \"a \\\n     b {}\",\n    c, // a comment, \"with text\"\n);", &["a b <c:Display>"]),
        (r##"info!(r#"a "b" {c} \n"#);"##, &["a \"b\" <c:Display> \\n"]),
        (r#"info!(concat!("a ", "b {}"), c);"#, &["a b <c:Display>"]),
        (r#"info!("\u{fc}\x41\t\"");"#, &["üA\t\""]),
        (r#"warn_every_n_ms!(1000, "a {b}");"#, &["a <b:Display>"]),
        (r#"event!(Level::WARN, a = 1, "text");"#, &["text"]),
        (r#"select! { a = b => { info!("in a branch {c}"); } }"#, &["in a branch <c:Display>"]),
        (r#"panic!("a {b}");"#, &["a <b:Display>"]),
        (r#"unreachable!("a {b}");"#, &["internal error: entered unreachable code: a <b:Display>"]),
        (r#"todo!();"#, &["not yet implemented"]),
        (r#"assert!(a == b, "c {}", d);"#, &["c <d:Display>"]),
        (r#"assert!(a.b(c, d));"#, &["assertion failed: a.b(c, d)"]),
        (r#"assert_eq!(a, b, "c {d}");"#, &["assertion `left == right` failed: c <d:Display>\n  left: <a:Debug>\n right: <b:Debug>"]),
        (r#"a.expect("b");"#, &["b", "b: <error:Debug>"]),
        (r#"a.expect_err(&format!("b {c}"));"#, &["b <c:Display>: <value:Debug>"]),
        (r#"event!(target: "x", Level::WARN, "text");"#, &["text"]),
        (r#"vec![a.expect("b")];"#, &["b", "b: <error:Debug>"]),
        (r#"bail!("a {b}"); return Err(anyhow!("c"));"#, &["a <b:Display>", "c"]),
        (r#"let span = info_span!("a", b = c); format!("d"); println!("e"); other::info!("f"); mock.expect(1);"#, &[]),
    ];
    for (source, expected) in cases {
        assert_eq!(texts("a.rs", &format!("fn f() {{\n{source}\n}}")), expected, "{source}");
    }
}

#[test]
fn a_text_that_the_statement_does_not_state_is_unread_and_never_taken_for_another() {
    let cases = [
        ("a.py", "raise Odd(\"a\", b)"),
        ("a.py", "def f():\n a=a\n a=a\n a=a\n log.info(a)"),
        ("a.rs", "macro_rules! m { ($($arg:tt)*) => { info!($($arg)*); } }"),
        ("a.rs", "macro_rules! m { ($fmt:expr) => { info!($fmt, 1); } }"),
        ("a.rs", "fn f() { ensure!(a == b); }"),
        ("a.rs", "fn f() { assert!(a\n    == b); }"),
    ];
    for (path, source) in cases {
        let read = statements(path, source);
        assert_eq!(read.all, [], "{source}");
        assert!(read.unread.iter().any(|it| it.why == WhyUnread::NotStated), "{source}: {:?}", read.unread);
    }
    let repeated = "macro_rules! m { ($($x:expr),*) => { $( info!(\"seen {}\", $x); )* } }";
    assert_eq!(texts("a.rs", repeated), ["seen <$x:Display>"]);
}

#[test]
fn kinds_levels_and_places_are_those_of_the_source() {
    let python = "logger = get_logger(\"runs\")\nclass Runner:\n    def run(self):\n        try:\n            pass\n        except OSError as error:\n            logger.exception(\"a\")\n            self.other_logger.error(\"b\", exc_info=True, extra={\"c\": d})\n            raise Odd(\"e\")\n";
    let read = statements("a.py", python).all;
    let kinds: Vec<_> = read.iter().map(|it| (it.line, it.kind.clone(), it.attached.len())).collect();
    let error = |logger: Option<&str>| StatementKind::Log { level: Level::Error, logger: logger.map(str::to_owned) };
    assert_eq!(kinds, [(7, error(Some("echonet.runs")), 1), (8, error(None), 2), (9, StatementKind::Raise(Some("Odd".to_owned())), 0)]);
    assert!(read.iter().all(|it| it.within == ["Runner", "run"]), "{read:?}");
    assert_eq!(read.first().map(|it| it.attached.clone()), Some(vec![Attached::Traceback]));

    let rust = "mod a {\n    impl<T> Queue<T> for b::C<T> {\n        async fn pop(&self) {\n            warn!(?d, e.f = %g.h(), i = 1, \"j\");\n        }\n    }\n}\n";
    let read = statements("a.rs", rust).all;
    let [statement] = read.as_slice() else { panic!("{read:?}") };
    assert_eq!((statement.line, statement.within.clone()), (4, vec!["a".to_owned(), "C".to_owned(), "pop".to_owned()]));
    assert_eq!(statement.kind, StatementKind::Log { level: Level::Warning, logger: None });
    let field = |name: &str, value: &str, form| Attached::Field { name: name.to_owned(), value: template::hole(value, form) };
    let attached = [field("d", "d", HoleForm::Debug), field("e.f", "g.h()", HoleForm::Display), field("i", "1", HoleForm::Display)];
    assert_eq!(statement.attached, attached);
}

#[test]
fn each_way_to_write_a_number_is_told_apart() {
    let python = "def f(n: int, m: int = 1, t: str = \"\"):\n    o: int = g()\n    log.info(f\"{n} {n!r} {n:>8} {m} {o} {t} {n + 1}\")\n    log.info(\"%s %X %+d %-10s %05d\", n, a, b, c, d)\n    log.info(f\"{a:X} {a:,} {a:_} {a:08d} {a:+} {a:8} {a:0>8} {a:{w}}\")\ndef g(n):\n    log.info(f\"{n}\" \" x\")\n";
    assert_eq!(
        texts("a.py", python),
        [
            "<n:Decimal> <n:Decimal> <n:Padded> <m:Decimal> <o:Decimal> <t:Display> <n + 1:Display>",
            "<n:Decimal> <a:UpperHex> <b:Padded> <c:Padded> <d:Decimal>",
            "<a:UpperHex> <a:Grouped> <a:Grouped> <a:Decimal> <a:Padded> <a:Padded> <a:Padded> <a:Padded>",
            "<n:Display> x",
        ]
    );
    let rust = "fn f(n: u64, t: &str) { let m: usize = 1; info!(\"{n} {n:?} {m} {t} {n:X} {n:#x} {n:>5} {n:+} {n:08.3}\"); }\nfn g(n: Hash) { info!(\"{n} x\"); }";
    assert_eq!(
        texts("a.rs", rust),
        ["<n:Decimal> <n:Decimal> <m:Decimal> <t:Display> <n:UpperHex> <n:Hex> <n:Padded> <n:Padded> <n:Decimal>", "<n:Display> x"]
    );
}

#[test]
fn a_sign_that_is_written_by_its_name_is_one_that_is_not_known() {
    let sign = r"<\N{BULLET}:Display>";
    for (source, expected) in [
        (r#"log.info("a \N{BULLET} b\n")"#, format!("a {sign} b\n")),
        (r#"log.info(f"a \N{BULLET} {b}")"#, format!("a {sign} <b:Display>")),
        (r#"log.info(r"a \N{BULLET}")"#, r"a \N{BULLET}".to_owned()),
        (r#"log.info("a \\N{BULLET}")"#, r"a \N{BULLET}".to_owned()),
    ] {
        assert_eq!(texts("a.py", source), [expected], "{source}");
    }
}

#[test]
fn a_logger_is_the_one_that_the_file_states() {
    let named = |source: &str| match statements("a.py", source).all.as_slice() {
        [Statement { kind: StatementKind::Log { logger, .. }, .. }] => logger.clone().unwrap_or_default(),
        other => panic!("{source}: {other:?}"),
    };
    for (source, expected) in [
        ("logger = get_logger(\"a\")\nlogger.info(\"x\")", "echonet.a"),
        ("logger = logging.getLogger(\"zzz\")\nlogger.info(\"x\")", "zzz"),
        ("logging.getLogger(\"zzz\").info(\"x\")", "zzz"),
        ("get_logger(\"a\").info(\"x\")", "echonet.a"),
        ("logging.getLogger(name=\"zzz\").info(\"x\")", "zzz"),
        ("logging.getLogger().info(\"x\")", "root"),
        ("logging.info(\"x\")", "root"),
        ("logging.getLogger(__name__).info(\"x\")", ""),
        ("logger = get_logger(\"a\")\nlogger = get_logger(\"b\")\nlogger.info(\"x\")", ""),
        ("def f(logger):\n    logger.info(\"x\")", ""),
    ] {
        assert_eq!(named(source), expected, "{source}");
    }
}

#[test]
fn what_only_tests_run_prints_nothing() {
    for (path, source) in [
        ("a.rs", "#[cfg(test)]\nmod checks { fn f() { info!(\"x\"); a.expect(\"y\"); } }"),
        ("a.rs", "mod tests { fn f() { info!(\"x\"); } }"),
        ("a.rs", "#[cfg(all(test, feature = \"b\"))]\nfn f() { info!(\"x\"); }"),
        ("a.rs", "impl A { #[cfg(any(test, feature = \"testing\"))]\n    /// Docs.\n    fn f() { info!(\"x\"); } }"),
        ("a.rs", "#[tokio::test]\nasync fn f() { info!(\"x\"); }"),
        ("a.rs", "#![cfg(test)]\nfn f() { info!(\"x\"); }"),
        ("a.py", "class TestSender:\n    def run(self):\n        logger.info(\"x\")"),
        ("a.py", "class Sender(unittest.TestCase):\n    def run(self):\n        logger.info(\"x\")"),
        ("a.py", "def test_run():\n    raise Odd(\"x\")"),
    ] {
        assert_eq!(statements(path, source), Statements::default(), "{source}");
    }
    for (path, source) in [
        ("a.rs", "#[cfg(not(test))]\nfn f() { info!(\"x\"); }"),
        ("a.rs", "#[cfg(feature = \"test\")]\nfn f() { info!(\"x\"); }"),
        ("a.rs", "#[cfg(test)]\nfn g() {}\nfn f() { info!(\"x\"); }"),
        ("a.py", "class TestnetSender:\n    def run(self):\n        logger.info(\"x\")"),
    ] {
        assert_eq!(statements(path, source).all.len(), 1, "{source}");
    }
}

#[test]
fn words_of_errors_are_read_with_what_they_are_of() {
    let source = r#"
#[derive(Debug, Error)]
pub enum Odd {
    /// Docs.
    #[error("a {0} {1:?}")]
    #[allow(b)]
    First(u8, String),
    #[error("c {field} {}", .other.len())]
    Second { field: u8, other: Vec<u8> },
    #[error(transparent)]
    Third(#[from] Other),
    #[error(transparent)]
    Fourth { source: Other },
}
#[derive(Error)]
#[error("d")]
pub(crate) struct Whole;
"#;
    let read = statements("a.rs", source);
    assert_eq!(read.unread, Vec::new());
    let words: Vec<(u32, StatementKind, String, usize)> =
        read.all.iter().map(|it| (it.line, it.kind.clone(), shown(&it.template), it.within.len())).collect();
    let expected = [
        (7, "First", "a <0:Display> <1:Debug>", 1),
        (9, "Second", "c <field:Display> <.other.len():Display>", 1),
        (11, "Third", "<0:Display>", 1),
        (13, "Fourth", "<source:Display>", 1),
        (17, "Whole", "d", 0),
    ];
    assert_eq!(words, expected.map(|(line, name, text, within)| (line, StatementKind::Message(name.to_owned()), text.to_owned(), within)));
}

#[test]
fn what_could_not_be_read_is_said() {
    let cases = [
        ("a.py", "logger.info(text)", WhyUnread::NotStated),
        ("a.py", "def f(text):\n    logger.info(text, 1)", WhyUnread::NotStated),
        ("a.py", "logger.log(level, \"a\")", WhyUnread::NotStated),
        ("a.py", "logger.info(\"a %s %s\", b)", WhyUnread::NotFitting),
        ("a.py", "logger.info(\"a %s\", b, c)", WhyUnread::NotFitting),
        ("a.py", "logger.info(\"a %y\", b)", WhyUnread::NotFitting),
        ("a.py", "raise Odd(text)", WhyUnread::NotStated),
        ("a.rs", "fn f() { info!(a, ?b); }", WhyUnread::NoText),
        ("a.rs", "fn f() { info!(\"{a}\"); }", WhyUnread::NotStated),
        ("a.rs", "fn f() { info!(\"a {}\"); }", WhyUnread::NotFitting),
        ("a.rs", "fn f() { info!(\"a {\"); }", WhyUnread::NotFitting),
        ("a.rs", "fn f() { a.expect(b); }", WhyUnread::NotStated),
        ("a.rs", "fn f() { ) }", WhyUnread::NotKnown),
        ("a.go", "log.Info(\"a\")", WhyUnread::OtherKind),
    ];
    for (path, source, why) in cases {
        let read = statements(path, source);
        assert_eq!(read.all, Vec::new(), "{source}");
        assert_eq!(read.unread.iter().map(|it| it.why).collect::<Vec<_>>(), [why], "{source}");
    }
    assert_eq!(statements("a.rs", &" ".repeat(600 * 1024)).unread, [UnreadPlace { line: None, why: WhyUnread::TooLarge }]);
}

#[test]
fn what_is_nested_too_deep_is_said_and_what_follows_is_read() {
    let (open, close) = ("(".repeat(2_000), ")".repeat(2_000));
    let deep =
        [("a.py", format!("x = {open}1{close}\nlogger.info(\"a\")\n")), ("a.rs", format!("fn f() {{ {open}1{close};\ninfo!(\"a\"); }}\n"))];
    for (path, source) in deep {
        let read = statements(path, &source);
        assert!(read.unread.iter().any(|it| it.why == WhyUnread::TooDeep), "{path}: {:?}", read.unread);
        assert_eq!(read.all.iter().map(|it| it.line).collect::<Vec<_>>(), [2], "{path}");
    }
}

#[test]
fn what_is_opened_and_never_closed_ends() {
    // From each place where one begins, the end of such a text is looked for up to the end of the file.
    let read = statements("a.rs", &"r#\"".repeat(100_000));
    assert_eq!(read.unread, [UnreadPlace { line: None, why: WhyUnread::TooMuchWork }]);
    let openings =
        ["(", "[", "{", "(]", "f\"{", "\"\"\"", "a!(", "fn f(){", "if a:\n ", "info!(", "logger.info(", "\"a\"+", "/*", "m!{fn a ", "<"];
    for (opening, path) in openings.iter().flat_map(|it| [(it, "a.rs"), (it, "a.py")]) {
        let read = statements(path, &opening.repeat(10_000));
        assert!(!read.unread.is_empty() || !read.all.is_empty() || opening.contains(['a', '"']), "{path}: {opening}");
    }
}

proptest! {
    #[test]
    fn hostile_text_never_panics_and_lines_are_those_of_the_file(
        text in "(logger\\.info|raise A|info!|panic!|#\\[error|\\.expect|\\(|\\)|\\[|\\]|\\{|\\}|\"|'|f\"|r#\"|%s|%\\(|\\{\\}|\\{0|:\\?|a|,|=|\\+|%|\\.format|\n|    |ü|\\\\|\\\\u\\{|fn f\\(\\)|enum A|def f|:){0,60}",
        path in prop::sample::select(vec!["a.rs", "a.py"]),
    ) {
        let read = statements(path, &text);
        let count = u32::try_from(text.split('\n').count()).expect("few lines");
        let lines: Vec<u32> = read.all.iter().map(|it| it.line).collect();
        prop_assert!(lines.iter().all(|it| (1..=count).contains(it)) && lines.is_sorted(), "{lines:?} of {count}");
    }
}
