//! `whysync diagnose`

use std::io::IsTerminal;

use super::args::{DiagnoseArguments, DiagnosisArguments, RuleSetArguments};
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::engine::{Trial, diagnose};
use crate::evidence::Bundle;
use crate::render::{self, Colour, Detail, Options};

pub(super) fn run(arguments: &DiagnoseArguments) -> Outcome {
    let bundle = import::evidence(&arguments.evidence)?;
    tell(&bundle, &arguments.rules, &arguments.diagnosis)
}

/// Diagnoses a bundle and writes the diagnosis.
pub(super) fn tell(bundle: &Bundle, rules: &RuleSetArguments, arguments: &DiagnosisArguments) -> Outcome {
    let catalog = rule_folder::catalog(rules)?;
    let trial = if arguments.experimental { Trial::WithExperimental } else { Trial::StableOnly };
    let diagnosis = diagnose(bundle, &catalog, trial);
    let format = render::named(&arguments.format).ok_or_else(|| Failure::usage(format!("there is no format `{}`", arguments.format)))?;
    let to_terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let options = Options {
        width: width(),
        colour: if to_terminal && std::env::var_os("NO_COLOR").is_none() { Colour::Ansi } else { Colour::Plain },
        detail: if arguments.full { Detail::Full } else { Detail::Short },
    };
    write_output(&render::write(format, &diagnosis, &options), arguments.output.as_deref())?;
    Ok(diagnosis.verdict.into())
}

/// Columns of the terminal as the shell tells them; 100 where nobody does.
pub(super) fn width() -> usize {
    const USUAL: usize = 100;
    std::env::var("COLUMNS").ok().and_then(|it| it.parse().ok()).filter(|it| *it >= 40).unwrap_or(USUAL)
}
