//! What every diagnosis is held to.

use std::borrow::Cow;
use std::sync::LazyLock;

use whysync::evidence::Bundle;
use whysync::findings::Diagnosis;
use whysync::investigate::{self, DiagnosisOptions, Rules, Trial};
use whysync::render::{Detail, FORMATS, Format, Options, visible, write};

/// The rules of this build.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::builtin().expect("the rules of this build"));

/// Diagnoses a bundle and writes the answer in every format.
pub(super) fn diagnosed(bundle: &Bundle) {
    let diagnosis = investigate::diagnose(bundle, &RULES, &DiagnosisOptions { tried: Trial::WithExperimental });
    FORMATS.iter().for_each(|it| assert_shown(it, &diagnosis));
}

/// Writes a diagnosis in a format: nothing that acts on a terminal comes out.
pub(crate) fn assert_shown(format: &Format, diagnosis: &Diagnosis) {
    for detail in [Detail::Full, Detail::Brief] {
        let text = write(format, diagnosis, &Options { width: 80, detail, ..Options::default() });
        assert!(text.ends_with('\n'), "{} does not end its last line", format.name);
        assert_shows(format.name, &text);
    }
}

/// Line feeds apart, a text holds nothing that a terminal obeys.
pub(super) fn assert_shows(name: &str, text: &str) {
    for line in text.split('\n') {
        assert!(matches!(visible(line), Cow::Borrowed(_)), "{name} holds what acts on a terminal: {}", visible(line));
    }
}
