//! Names of files that nobody may open.

/// Rejects paths that contain a forbidden name anywhere.
pub(super) fn check_names(path: &str) -> Result<(), &'static str> {
    for name in path.split(['/', '\\']) {
        let lower = name.to_ascii_lowercase();
        let reason = match lower.as_str() {
            ".." => "`..` may lead out of the folder",
            "" => "it is not a relative path",
            "truth.json" => "it holds the answer, which is never an input",
            it if it.contains("secret") => "names with `secret` are never opened",
            it if it.ends_with("keys.json") => "names that end in `keys.json` are never opened",
            // Compressed, numbered by a browser, or put aside by an editor.
            it if it.split_once("keys").is_some_and(|(_, after)| after.contains(".json")) => "copies of `*keys.json` are never opened",
            it if it.starts_with(".env") => "names that start with `.env` are never opened",
            it if it.ends_with(".env") || it.contains(".env.") => "names with `.env` as an ending are never opened",
            _ => continue,
        };
        return Err(reason);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_file_with_keys_is_refused_as_the_file_itself() {
        for copy in
            ["a/echonet_keys.json.gz", "echonet_keys (1).json", "echonet_keys.json.bak", "ECHONET_KEYS.JSON ", "echonet_keys-copy.json"]
        {
            assert_eq!(check_names(copy), Err("copies of `*keys.json` are never opened"), "{copy}");
        }
        for copy in ["prod.env", "x/prod.env.gz"] {
            assert_eq!(check_names(copy), Err("names with `.env` as an ending are never opened"), "{copy}");
        }
        assert_eq!(check_names(".env.local.zst"), Err("names that start with `.env` are never opened"));
        for other in ["keys/report.json", "environment.json", "monkeys.log", "env/report.json"] {
            assert_eq!(check_names(other), Ok(()), "{other}");
        }
    }
}
