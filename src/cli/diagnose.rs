//! `whysync diagnose`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::{DiagnoseArguments, DiagnosisArguments};
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::engine::{Catalog, Trial, diagnose};
use crate::evidence::Bundle;
use crate::render::{self, Colour, Detail, Format, Options};

pub(super) fn run(arguments: &DiagnoseArguments) -> Outcome {
    // Wrong usage is told before any work is done.
    let outputs = outputs(&arguments.diagnosis)?;
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let bundle = import::evidence(&arguments.evidence)?;
    tell(&bundle, &catalog, &arguments.diagnosis, &outputs)
}

/// Diagnoses a bundle and writes the diagnosis to its [outputs].
pub(super) fn tell(bundle: &Bundle, catalog: &Catalog, arguments: &DiagnosisArguments, outputs: &[Output]) -> Outcome {
    let diagnosis = diagnose(bundle, catalog, trial(arguments));
    let to_terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let options = Options {
        width: width(),
        colour: if to_terminal && std::env::var_os("NO_COLOR").is_none() { Colour::Ansi } else { Colour::Plain },
        detail: if arguments.full { Detail::Full } else { Detail::Short },
    };
    for (format, file) in outputs {
        write_output(&render::write(format, &diagnosis, &options), file.as_deref())?;
    }
    Ok(diagnosis.verdict.into())
}

/// Which rules are tried.
pub(super) fn trial(arguments: &DiagnosisArguments) -> Trial {
    if arguments.experimental { Trial::WithExperimental } else { Trial::StableOnly }
}

/// A format with the file that it goes to; standard output if there is none.
pub(super) type Output = (&'static Format, Option<PathBuf>);

/// Each format that was asked for, once, with the file that it goes to.
pub(super) fn outputs(arguments: &DiagnosisArguments) -> Result<Vec<Output>, Failure> {
    let mut formats: Vec<&'static Format> = Vec::new();
    for name in &arguments.format {
        let format = render::named(name).ok_or_else(|| Failure::usage(format!("there is no format `{name}`")))?;
        if formats.iter().all(|it| it.name != format.name) {
            formats.push(format);
        }
    }
    match (formats.as_slice(), &arguments.output) {
        ([only], file) => Ok(vec![(only, file.clone())]),
        (_, None) => Err(Failure::usage("several formats need -o NAME: each is written to NAME with its own ending")),
        (several, Some(stem)) => Ok(several.iter().map(|it| (*it, Some(with_ending(stem, it.extension)))).collect()),
    }
}

/// The name with an ending added: what stands behind a dot in the name stays.
fn with_ending(stem: &Path, extension: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Columns of the terminal as the shell tells them; 100 where nobody does.
pub(super) fn width() -> usize {
    const USUAL: usize = 100;
    std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok()).filter(|it| *it >= 40).unwrap_or(USUAL)
}
