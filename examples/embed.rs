//! Diagnoses saved evidence, or collects it first where a namespace is named: `embed FILE|DIR` or `embed --namespace NS`.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use whysync::evidence::Bundle;
use whysync::investigate::{self, DiagnosisOptions, Focus, Input, Rules};
use whysync::render;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rules = Rules::builtin()?;
    let bundle = match arguments.as_slice() {
        [option, namespace] if option == "--namespace" => collected(namespace, &rules)?,
        [path] => investigate::read(&Input::named(Path::new(path)), &Focus::default())?.bundle,
        _ => return Err("name a bundle, a folder of saved answers, or --namespace and a namespace".into()),
    };
    let diagnosis = investigate::diagnose(&bundle, &rules, &DiagnosisOptions::default());
    let text = render::write(&render::FORMATS[0], &diagnosis, &render::Options::default());
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

#[cfg(feature = "live")]
fn collected(namespace: &str, rules: &Rules) -> Result<Bundle, Box<dyn Error>> {
    use investigate::{IncidentOptions, Purpose, Trial, Watching};

    let purpose = Purpose { rules, tried: Trial::StableOnly, clone: None };
    Ok(investigate::collect(&IncidentOptions::new(namespace), purpose, &Watching::default())?.bundle)
}

#[cfg(not(feature = "live"))]
fn collected(_: &str, _: &Rules) -> Result<Bundle, Box<dyn Error>> {
    Err("this build cannot ask a live deployment".into())
}
