//! Pages in a real browser: Debian's chromium, driven through its own WebDriver.
//!
//! Without chromium and chromedriver these tests say so and pass; with `WHYSYNC_BROWSER=required`, as `.ci/run` sets it, they fail.
//! `WHYSYNC_SCREENSHOTS=DIR` keeps a picture of every page, width and colour scheme.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use whysync::engine::{Trial, diagnose};
use whysync::evidence::Bundle;
use whysync::findings::Diagnosis;
use whysync::render::{Colour, Detail, Options, named, write};
use whysync::simulate::{SCENARIOS, Scenario, simulate};

use super::captures::all_diagnoses;
use super::render::fixtures;
use super::simulated::catalog;

/// One browser with one window.
struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    folder: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// A browser; none where there is none to be had and none is required.
    fn start() -> Option<Self> {
        let on_path = |name: &str| std::env::split_paths(&std::env::var_os("PATH")?).map(|it| it.join(name)).find(|it| it.is_file());
        let (Some(driver), Some(chromium)) = (on_path("chromedriver"), on_path("chromium")) else {
            assert!(std::env::var_os("WHYSYNC_BROWSER").is_none(), "chromium and chromedriver are required and not installed");
            // Straight to the stream: what is printed by a test that passes is not shown.
            let _ = std::io::stderr().write_all(b"SKIPPED: chromium and chromedriver are not installed, no page was looked at\n");
            return None;
        };
        let mut driver = Command::new(driver).arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("chromedriver");
        let lines = BufReader::new(driver.stdout.take().expect("a pipe")).lines();
        let port =
            lines.map_while(Result::ok).find_map(|it| it.split_once("started successfully on port ").map(|it| it.1.replace('.', "")));
        let root = format!("http://127.0.0.1:{}/session", port.expect("a port"));
        let folder = TempDir::new().expect("a folder");
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            &profile,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"binary": chromium, "args": flags},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let mut browser = Self { driver, session: root, agent, folder };
        let session = browser.ask("", &wanted);
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().expect("a session"));
        Some(browser)
    }

    fn ask(&self, command: &str, body: &Value) -> Value {
        let mut answer = self.agent.post(format!("{}{command}", self.session)).send_json(body).expect(command);
        let value: Value = answer.body_mut().with_config().limit(100 << 20).read_json().expect("an answer");
        assert!(answer.status().is_success(), "{command}: {value}");
        value["value"].clone()
    }

    fn run(&self, script: &str) -> Value {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    fn protocol(&self, command: &str, parameters: &Value) {
        self.ask("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}));
    }

    fn show(&self, page: &str) {
        let path = self.folder.path().join("page.html");
        std::fs::write(&path, page).expect("a page");
        self.ask("/url", &json!({"url": format!("file://{}", path.display())}));
    }

    fn look(&self, width: u32, scheme: &str) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.protocol("Emulation.setDeviceMetricsOverride", &metrics);
        self.protocol("Emulation.setEmulatedMedia", &json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}));
        // Both take effect some time after they are answered.
        let dark = scheme == "dark";
        self.until(&format!("innerWidth === {width} && matchMedia('(prefers-color-scheme: dark)').matches === {dark}"));
    }

    /// What the console said that is not mere information.
    fn complaints(&self) -> Vec<String> {
        let entries = self.ask("/se/log", &json!({"type": "browser"}));
        let entries = entries.as_array().expect("entries").iter().filter(|it| it["level"] != "INFO" && it["level"] != "DEBUG");
        entries.map(|it| it["message"].to_string()).collect()
    }

    /// Presses keys one after the other.
    fn press(&self, keys: &str) {
        let keys = keys.chars().flat_map(|it| [json!({"type": "keyDown", "value": it}), json!({"type": "keyUp", "value": it})]);
        self.ask("/actions", &json!({"actions": [{"type": "key", "id": "keys", "actions": keys.collect::<Vec<_>>()}]}));
    }

    /// Waits until a script says yes; the browser's own timeout ends it.
    fn until(&self, condition: &str) {
        let script =
            format!("const done = arguments[0]; const look = () => ({condition}) ? done(true) : requestAnimationFrame(look); look();");
        self.ask("/execute/async", &json!({"script": script, "args": []}));
    }

    fn keep(&self, name: &str) {
        let Some(folder) = std::env::var_os("WHYSYNC_SCREENSHOTS").map(PathBuf::from) else { return };
        let size = self.run("return [innerWidth, Math.min(document.documentElement.scrollHeight, 8000)]");
        let clip = json!({"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1});
        let parameters = json!({"captureBeyondViewport": true, "clip": clip});
        let shot = self.ask("/goog/cdp/execute", &json!({"cmd": "Page.captureScreenshot", "params": parameters}));
        let bytes = BASE64_STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("base64");
        std::fs::write(folder.join(format!("{name}.png")), bytes).expect("a picture");
    }
}

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

fn page(diagnosis: &Diagnosis) -> String {
    write(named("html").expect("html"), diagnosis, &Options { width: 80, colour: Colour::Plain, detail: Detail::Short })
}

fn diagnosed(bundle: &Bundle) -> Diagnosis {
    diagnose(bundle, &catalog(), Trial::StableOnly)
}

/// An incident whose log, reasons, revert texts and names attack, and are endless.
fn hostile() -> Diagnosis {
    let attack = format!("{}{}", fixtures::attack(), "x".repeat(1_000_000));
    let mut document = serde_json::to_value(simulate(Scenario::NativeCasmRevertTrace, 2).bundle).expect("JSON");
    let mut open = vec![&mut document];
    let mut endless = 12;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let is_text =
                        ["text", "trigger_reason", "reason", "revert_error", "namespace", "image", "asked"].contains(&name.as_str());
                    if is_text && field.is_string() {
                        let more = if 0 < endless { attack.as_str() } else { attack.get(..200).unwrap_or_default() };
                        endless -= 1;
                        *field = format!("{}{more}", field.as_str().unwrap_or_default()).into();
                    } else {
                        open.push(field);
                    }
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    diagnosed(&serde_json::from_value(document).expect("a bundle"))
}

fn pages() -> Vec<(&'static str, Diagnosis)> {
    let simulated = |scenario| diagnosed(&simulate(scenario, 1).bundle);
    let mut pages = vec![
        ("simulated-explained", simulated(Scenario::NativeCasmRevertTrace)),
        ("simulated-two-episodes", simulated(Scenario::Alchemy429L1HandlerDrop)),
        ("simulated-novel", simulated(Scenario::StateDiffOnly)),
        ("simulated-hostile", hostile()),
    ];
    pages.extend(fixtures::all());
    pages
}

#[test]
fn pages_render_without_complaint_or_overflow_at_every_width_and_in_both_colour_schemes() {
    let Some(browser) = Browser::start() else { return };
    for (name, diagnosis) in pages() {
        browser.show(&page(&diagnosis));
        for (width, scheme) in [(360, "light"), (360, "dark"), (800, "light"), (800, "dark"), (1600, "light"), (1600, "dark")] {
            browser.look(width, scheme);
            let wide = browser.run(
                "const page = document.documentElement; if (page.scrollWidth <= innerWidth) return []; \
                 return [...document.querySelectorAll('body *')].filter((it) => it.getBoundingClientRect().right > innerWidth + 1) \
                   .slice(0, 5).map((it) => it.outerHTML.slice(0, 120));",
            );
            assert_eq!(wide, json!([]), "{name} at {width}: what stands out");
            browser.keep(&format!("{name}-{width}-{scheme}"));
        }
        // With everything unfolded it must fit as well.
        browser.look(360, "light");
        let overflow = browser.run(
            "document.querySelectorAll('details').forEach((it) => { it.open = true; }); \
             return document.documentElement.scrollWidth > innerWidth",
        );
        assert_eq!(overflow, json!(false), "{name}, unfolded");
        browser.keep(&format!("{name}-unfolded"));
        assert_eq!(browser.complaints(), [""; 0], "{name}");
    }
}

#[test]
fn the_answer_needs_no_scrolling_on_a_telephone_and_on_a_desk() {
    let Some(browser) = Browser::start() else { return };
    for scenario in whysync::simulate::SCENARIOS {
        browser.show(&page(&diagnosed(&simulate(scenario.scenario, 1).bundle)));
        for width in [360, 1600] {
            browser.look(width, "light");
            // Whatever the fonts of a machine are: the answer ends above the lower edge of a screen of 900 pixels.
            let end = browser.run("return document.querySelector('header .glance').getBoundingClientRect().bottom");
            assert!(end.as_f64().is_some_and(|it| it < 900.0), "{} at {width}: {end}", scenario.name);
        }
    }
}

#[test]
fn a_hostile_page_has_one_script_and_nothing_that_loads() {
    let Some(browser) = Browser::start() else { return };
    for (name, diagnosis) in [("made up", fixtures::hostile()), ("diagnosed", hostile())] {
        browser.show(&page(&diagnosis));
        let found = browser.run(
            "return {scripts: document.scripts.length, loads: document.querySelectorAll('img,iframe,object,embed,link,base,video').length, \
             handlers: [...document.querySelectorAll('*')].filter((it) => it.getAttributeNames().some((name) => name.startsWith('on'))).length}",
        );
        assert_eq!(found, json!({"scripts": 1, "loads": 0, "handlers": 0}), "{name}");
        assert_eq!(browser.complaints(), [""; 0], "{name}: nothing was even tried and refused");
    }
}

#[test]
fn a_ledger_of_ten_thousand_items_is_filtered_by_keyboard() {
    let Some(browser) = Browser::start() else { return };
    let diagnosis = fixtures::crowded(10_000);
    let all = diagnosis.episodes[0].divergences.len();
    browser.show(&page(&diagnosis));
    browser.look(1600, "light");
    let shown = "[...document.querySelectorAll('.rows > .row')].filter((it) => it.getClientRects().length > 0).length";
    assert_eq!(browser.run(&format!("return {shown}")), json!(200), "what is not on the first page is not laid out");
    browser.run("document.querySelector('#filter input').focus()");
    browser.press("9860000");
    browser.until("document.querySelector('#filter output').textContent.startsWith('1 of ')");
    assert_eq!(browser.run("return document.querySelector('#filter output').textContent"), json!(format!("1 of {all}")));
    assert_eq!(browser.run(&format!("return {shown}")), json!(1));
    browser.run("document.querySelector('#filter input').value = ''");
    // From the search to the next control, which chooses a role by its first letters.
    browser.press(TAB);
    browser.press("cause");
    browser.until("document.querySelector('#filter output').textContent.startsWith('3 of ')");
    assert_eq!(browser.run(&format!("return {shown}")), json!(3));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_page_has_a_language_headings_in_order_and_tables_that_name_their_columns() {
    let Some(browser) = Browser::start() else { return };
    for (name, diagnosis) in pages() {
        browser.show(&page(&diagnosis));
        let found = browser.run(
            "document.querySelectorAll('details').forEach((it) => { it.open = true; }); \
             const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((it) => Number(it.tagName[1])); \
             const bare = [...document.querySelectorAll('table')].filter((it) => !it.caption || !it.caption.textContent \
               || it.querySelector('th:not([scope])') || it.querySelector('td:not([role])')); \
             return {language: document.documentElement.lang, first: levels.filter((it) => it === 1).length, \
               leaps: levels.filter((it, place) => 0 < place && levels[place - 1] + 1 < it).length, bare: bare.length}",
        );
        assert_eq!(found, json!({"language": "en", "first": 1, "leaps": 0, "bare": 0}), "{name}");
    }
}

#[test]
fn who_wants_less_motion_gets_none_and_paper_shows_only_what_was_unfolded() {
    let Some(browser) = Browser::start() else { return };
    browser.show(&page(&diagnosed(&simulate(Scenario::NativeCasmRevertTrace, 1).bundle)));
    browser.protocol("Emulation.setEmulatedMedia", &json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}));
    assert_eq!(browser.run("return getComputedStyle(document.documentElement).scrollBehavior"), json!("auto"));
    let folded = "[...document.querySelectorAll('details > :not(summary)')].filter((it) => !it.checkVisibility()).length";
    assert_ne!(browser.run(&format!("return {folded}")), json!(0), "on the screen, something is folded");
    browser.protocol("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    browser.run("dispatchEvent(new Event('beforeprint'))");
    let shown = "[...document.querySelectorAll('main details')].filter((it) => it.checkVisibility()).length";
    assert_eq!(browser.run(&format!("return {shown}")), json!(0), "paper has no folds that are closed");
    browser.run("document.querySelector('#findings details').open = true");
    assert_eq!(browser.run(&format!("return {shown}")), json!(1), "and those that somebody opened");
    let appendix = "getComputedStyle(document.querySelector('#ledger')).display";
    assert_eq!(browser.run(&format!("return {appendix}")), json!("none"), "the ledger is an appendix");
    browser.run("location.hash = 'ledger'");
    browser.until(&format!("{appendix} !== 'none'"));
}

#[test]
fn a_report_is_printed_on_one_page_however_many_episodes_it_has() {
    let Some(browser) = Browser::start() else { return };
    let mut reports: Vec<(String, Diagnosis)> =
        SCENARIOS.iter().map(|it| (it.name.to_owned(), diagnosed(&simulate(it.scenario, 1).bundle))).collect();
    assert!(reports.iter().any(|(_, it)| 1 < it.episodes.len()), "some report has several episodes");
    reports.extend(all_diagnoses(&catalog()));
    let mut printed = 0;
    for (name, diagnosis) in &reports {
        browser.show(&page(diagnosis));
        // A4, in inches.
        let paper = json!({"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": true});
        let document = browser.ask("/goog/cdp/execute", &json!({"cmd": "Page.printToPDF", "params": paper}));
        let document = BASE64_STANDARD.decode(document["data"].as_str().expect("a document")).expect("base64");
        let text = String::from_utf8_lossy(&document);
        let pages = text.matches("/Type /Page\n").count();
        assert_eq!(pages, 1, "{name}");
        printed += 1;
    }
    assert!(printed == reports.len() && SCENARIOS.len() <= printed, "{printed}");
}

#[test]
fn paper_shows_every_row_of_a_ledger_that_the_screen_shows_in_part() {
    let Some(browser) = Browser::start() else { return };
    browser.show(&page(&fixtures::crowded(300)));
    let rows = "[...document.querySelectorAll('.ledger .rows > .row')]";
    let shown = format!("return {rows}.filter((it) => !it.hidden).length");
    let all = browser.run(&format!("return {rows}.length"));
    assert!(300 <= all.as_u64().unwrap_or_default(), "{all}");
    assert_eq!(browser.run(&shown), json!(200));
    browser.run("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(browser.run(&shown), all);
    browser.run("dispatchEvent(new Event('afterprint'))");
    assert_eq!(browser.run(&shown), json!(200), "and the screen is as it was");
}

#[test]
fn the_page_is_read_and_unfolded_by_keyboard() {
    let Some(browser) = Browser::start() else { return };
    browser.show(&page(&diagnosed(&simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle)));
    browser.look(800, "light");
    browser.press(TAB);
    assert_eq!(browser.run("return document.activeElement.className"), json!("skip"), "the first stop skips the navigation");
    browser.press(ENTER);
    assert_eq!(browser.run("return document.activeElement.id"), json!("content"));
    browser.run("document.querySelector('main details > summary').focus()");
    browser.press(TAB);
    let outlined = browser.run("return getComputedStyle(document.activeElement).outlineStyle !== 'none'");
    assert_eq!(outlined, json!(true), "what has the focus is seen");
    browser.run("document.querySelector('main details > summary').focus()");
    browser.press(ENTER);
    browser.until("document.querySelector('main details').open");
    let unnamed = browser.run(
        "return [...document.querySelectorAll('input,select,button,svg:not([aria-hidden]),[tabindex=\"0\"]')] \
         .filter((it) => !(it.getAttribute('aria-label') || it.closest('label') || it.textContent.trim())).map((it) => it.outerHTML.slice(0, 80))",
    );
    assert_eq!(unnamed, json!([]), "a screen reader can name everything");
}
