//! `whysync evaluate`

use std::fmt::Write as _;

use super::args::{EvaluateArguments, EvaluationFormat};
use super::exit::Exit;
use super::output::{write_output, write_page};
use super::{CommandResult, Failure};
use crate::investigate::{self, Evaluation, EvaluationOptions, Rules};

pub(super) fn run(arguments: &EvaluateArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    let options = EvaluationOptions { population: arguments.population, seed: arguments.seed };
    let evaluation = investigate::evaluate(&rules, &options);
    match arguments.format {
        EvaluationFormat::Json => write_output(&(serde_json::to_string_pretty(&evaluation).map_err(Failure::usage)? + "\n"), None)?,
        EvaluationFormat::Text => write_page(&text(&evaluation))?,
    }
    Ok(if investigate::is_good(&evaluation) { Exit::Success } else { Exit::NotExplained })
}

fn text(it: &Evaluation) -> String {
    let share = |part: u64, whole: u64| {
        let percent = if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 };
        format!("{part} of {whole} ({percent:.2} %)")
    };
    let rows = [
        ("incidents", it.members.to_string()),
        ("right root cause, where a rule exists and the evidence suffices", share(it.right, it.decidable)),
        ("unknown cause shown as unexplained", share(it.unknown_shown, it.unknown)),
        ("nothing false said where the evidence does not suffice", share(it.undecidable_right, it.undecidable)),
        ("causes called established wrongly", it.wrong_established.to_string()),
        ("wrong findings, established or suspected", it.wrong_findings.to_string()),
        ("silent misses", it.silent_misses.to_string()),
        ("invented causes", it.invented.to_string()),
        ("causes that another fault masks", it.masked.to_string()),
        ("false calm: less said than the evidence shows", it.false_calm.to_string()),
        ("false doubt: the evidence suffices", it.false_doubt.to_string()),
        ("false certainty: more said than the evidence shows", it.false_certainty.to_string()),
        ("false alarms in healthy epochs", it.false_alarms.to_string()),
    ];
    let mut text = String::new();
    let widest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in rows {
        let _ = writeln!(text, "{name:widest$}  {value}");
    }
    text += "\nKinds of incidents\n";
    let widest = it.stories.keys().map(String::len).max().unwrap_or_default();
    for (story, count) in &it.stories {
        let _ = writeln!(text, "  {story:widest$}  {count}");
    }
    text += "\nTrue cause, and what it was taken for\n";
    let widest = it.confusion.keys().map(String::len).max().unwrap_or_default();
    for (name, answers) in &it.confusion {
        let answers: Vec<String> = answers.iter().map(|(answer, count)| format!("{answer} {count}")).collect();
        let _ = writeln!(text, "  {name:widest$}  {}", answers.join(", "));
    }
    if !it.remarks.is_empty() {
        let _ = writeln!(text, "\nTo look at (the first {})", Evaluation::SHOWN);
        for remark in &it.remarks {
            let _ = writeln!(text, "  {remark}");
        }
    }
    text
}
