use super::*;

/// A template on one line, with the holes in angle brackets.
fn shown(template: &[Piece]) -> String {
    let piece = |it: &Piece| match it {
        Piece::Literal(text) => text.clone(),
        Piece::Hole(hole) => format!("<{}:{:?}>", hole.name, hole.form),
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
            &["<a:Decimal> of <b:Display>, <c:Hex>, <d.e(f):Debug>, <g:Fraction>%"],
        ),
        (r#"self.logger.warning("%(a)s and %(b)d", values)"#, &["<a:Display> and <b:Decimal>"]),
        (
            r#"_logger.error(f"a {b} {c!r} {d:.1f} {e:#x} {f:d} {g:>8} {h=} {{i}}")"#,
            &["a <b:Display> <c:Debug> <d:Fraction> <e:Hex> <f:Decimal> <g:Display> h=<h:Debug> {i}"],
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
    let cases: [(&str, &[&str]); 27] = [
        (r#"info!("Started");"#, &["Started"]),
        (
            r#"tracing::warn!("a {b} {c:?} {d:#?} {e:x} {:.2} {{f}}", g.h());"#,
            &["a <b:Display> <c:Debug> <d:DebugLines> <e:Hex> <g.h():Display> {f}"],
        ),
        (
            r#"log::error!("{0} {1} {0} {name} {}", a, b.c(d, e), name = f + 1);"#,
            &["<a:Display> <b.c(d, e):Display> <a:Display> <f + 1:Display> <a:Display>"],
        ),
        (r#"debug!("a {:>width$} {:.*}", b, 3, c);"#, &["a <b:Display> <c:Display>"]),
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
        (r#"assert!(a.b(c, d));"#, &["assertion failed: <a.b(c, d):Display>"]),
        (r#"assert_eq!(a, b, "c {d}");"#, &["assertion `left == right` failed: c <d:Display>\n  left: <a:Debug>\n right: <b:Debug>"]),
        (r#"a.expect("b");"#, &["b", "b: <error:Debug>"]),
        (r#"a.expect_err(&format!("b {c}"));"#, &["b <c:Display>: <value:Debug>"]),
        (r#"vec![a.expect("b")];"#, &["b", "b: <error:Debug>"]),
        (r#"bail!("a {b}"); return Err(anyhow!("c"));"#, &["a <b:Display>", "c"]),
        (r#"let span = info_span!("a", b = c); format!("d"); println!("e"); other::info!("f"); mock.expect(1);"#, &[]),
    ];
    for (source, expected) in cases {
        assert_eq!(texts("a.rs", &format!("fn f() {{\n{source}\n}}")), expected, "{source}");
    }
}
