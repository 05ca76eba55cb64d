//! Names of files that nobody may open.

/// Refuses names that nobody may open, wherever they are in the path.
pub(super) fn check_names(path: &str) -> Result<(), &'static str> {
    for name in path.split(['/', '\\']) {
        let lower = name.to_ascii_lowercase();
        let reason = match lower.as_str() {
            ".." => "`..` may lead out of the folder",
            "" => "it is not a relative path",
            "truth.json" => "it holds the answer, which is never an input",
            it if it.contains("secret") => "names with `secret` are never opened",
            it if it.ends_with("keys.json") => "names that end in `keys.json` are never opened",
            it if it.starts_with(".env") => "names that start with `.env` are never opened",
            _ => continue,
        };
        return Err(reason);
    }
    Ok(())
}
