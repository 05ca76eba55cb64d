//! `whysync diagnose`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::{DiagnoseArguments, DiagnosisArguments};
use super::output::{OutputStream, width, write_output};
use super::{CommandResult, Failure, import};
use crate::findings::Diagnosis;
use crate::investigate::{self, DiagnosisOptions, Rules, Trial, diagnose, diagnose_episode};
use crate::render::{self, Colour, Detail, Format, Options};

pub(super) fn run(arguments: &DiagnoseArguments) -> CommandResult {
    // Wrong usage is told before any work is done.
    let outputs = outputs(&arguments.diagnosis)?;
    let rules = Rules::load(&arguments.rules.set())?;
    let bundle = import::evidence(&arguments.evidence)?;
    let options = options(&arguments.diagnosis);
    let diagnosis = match arguments.episode {
        Some(episode) => diagnose_episode(&bundle, &rules, &options, episode)?,
        None => diagnose(&bundle, &rules, &options),
    };
    tell(&diagnosis, &arguments.diagnosis, &outputs)
}

/// Writes a diagnosis to its [outputs].
pub(super) fn tell(diagnosis: &Diagnosis, arguments: &DiagnosisArguments, outputs: &[Output]) -> CommandResult {
    let to_terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let style = Options {
        width: width(OutputStream::Output),
        colour: if to_terminal && std::env::var_os("NO_COLOR").is_none() { Colour::Ansi } else { Colour::Plain },
        detail: detail(arguments),
    };
    for (format, file) in outputs {
        write_output(&render::write(format, diagnosis, &style), file.as_deref())?;
    }
    Ok(diagnosis.verdict.into())
}

fn detail(arguments: &DiagnosisArguments) -> Detail {
    match (arguments.full, arguments.brief) {
        (true, _) => Detail::Full,
        (_, true) => Detail::Brief,
        (false, false) => Detail::Short,
    }
}

/// Builds the diagnosis options from the arguments.
pub(super) fn options(arguments: &DiagnosisArguments) -> DiagnosisOptions {
    match arguments.experimental {
        true => DiagnosisOptions { tried: Trial::WithExperimental },
        false => DiagnosisOptions::default(),
    }
}

/// A format with the file that it goes to; standard output if there is none.
pub(super) type Output = (&'static Format, Option<PathBuf>);

/// Each format that was asked for, once, with the file that it goes to, which can be written.
pub(super) fn outputs(arguments: &DiagnosisArguments) -> Result<Vec<Output>, Failure> {
    let mut formats: Vec<&'static Format> = Vec::new();
    for name in &arguments.format {
        let format = render::named(name).ok_or_else(|| Failure::usage(format!("there is no format `{name}`")))?;
        if formats.iter().all(|it| it.name != format.name) {
            formats.push(format);
        }
    }
    if let (true, Some(other)) =
        (arguments.brief, formats.iter().find(|it| render::FORMATS.first().is_some_and(|text| it.name != text.name)))
    {
        return Err(Failure::usage(format!("--brief is a text, and {} is another format", other.name)));
    }
    let outputs: Vec<Output> = match (formats.as_slice(), &arguments.output) {
        ([only], file) => vec![(only, file.clone())],
        (_, None) => return Err(Failure::usage("several formats need -o NAME: each is written to NAME with its own ending")),
        (several, Some(stem)) => several.iter().map(|it| (*it, Some(with_ending(stem, it.extension)))).collect(),
    };
    outputs.iter().filter_map(|(_, file)| file.as_deref()).try_for_each(investigate::check_writable)?;
    Ok(outputs)
}

/// The name with an ending added: what stands behind a dot in the name stays.
fn with_ending(stem: &Path, extension: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
