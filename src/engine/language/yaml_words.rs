//! What the reader of YAML says, in the words of this language: whoever writes rules knows neither the reader nor its types.

use serde_saphyr::Error;

use super::path::suggestion;

/// What is wrong, and the way out.
pub(super) struct YamlAdvice {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl YamlAdvice {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()).filter(|it: &String| !it.is_empty()) }
    }
}

/// What is wrong where the reader stopped. `line` is the line there.
pub(super) fn words(error: &Error, line: &str) -> YamlAdvice {
    const LIST: &str = "write a list, such as `[a, b]`, or lines that begin with `- `";
    const FIELDS: &str = "write fields with their values, such as `name: value`";

    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => words(error, line),
        Error::SerdeUnknownField { field, expected, .. } => {
            YamlAdvice { message: format!("unknown field `{field}`"), help: nearest(field, expected) }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            YamlAdvice { message: format!("unknown word `{variant}`"), help: nearest(variant, expected) }
        }
        Error::SerdeMissingField { field, .. } => {
            YamlAdvice::new(format!("the field `{field}` is missing"), format!("write `{field}: ...`"))
        }
        Error::SerdeInvalidType { unexpected, expected, .. } | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            let expected = kind(expected);
            let help = if expected.starts_with("a list") { LIST } else { "" };
            YamlAdvice::new(format!("{} stands here, where {expected} is expected", found(unexpected)), help)
        }
        Error::SerdeInvalidLength { len, expected, .. } => {
            YamlAdvice::new(format!("{len} elements stand here, where {} is expected", kind(expected)), "")
        }
        Error::InvalidScalar { ty, .. } => YamlAdvice::new(format!("{} is expected here", kind(ty)), ""),
        Error::InvalidBooleanStrict { .. } => YamlAdvice::new("`true` or `false` is expected here", ""),
        Error::NullIntoString { .. } => {
            YamlAdvice::new("nothing stands here, where a text is expected", "write a text; `''` is the empty one")
        }
        Error::Unexpected { expected, .. } => match *expected {
            it if it.contains("sequence start") => YamlAdvice::new("a list is expected here", LIST),
            it if it.contains("mapping start") => YamlAdvice::new("fields with their values are expected here", FIELDS),
            it if it.contains("scalar") => YamlAdvice::new("a single value is expected here", ""),
            _ => YamlAdvice::new("something else is expected here", ""),
        },
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. }
        | Error::ExpectedStringKeyForExternallyTaggedEnum { .. }
        | Error::UnexpectedValueForUnitEnumVariant { .. }
        | Error::ExpectedMappingEndAfterEnumVariantValue { .. }
        | Error::TaggedEnumMismatch { .. }
        | Error::SerdeVariantId { .. } => {
            YamlAdvice::new("a word, or one field that says what kind it is, is expected here", "such as `all: [...]` in a condition")
        }
        Error::DuplicateMappingKey { key, .. } => {
            let named = key.as_ref().map_or_else(|| "this field".to_owned(), |it| format!("the field `{it}`"));
            YamlAdvice::new(format!("{named} stands here for the second time"), "keep one of the two")
        }
        Error::MultipleDocuments { .. } => {
            YamlAdvice::new("a second document begins here", "a file holds one document: take out the `---`")
        }
        Error::UnknownAnchor { .. } => YamlAdvice::new("`*` refers to nothing", "put texts that begin with `*` in quotes"),
        Error::Eof { .. } => YamlAdvice::new("the file ends here, before all was said", "write what is missing, or take the file out"),
        Error::InvalidUtf8Input => YamlAdvice::new("the file is not text in UTF-8", "save it in UTF-8"),
        Error::UnsupportedTag { .. } | Error::TaggedScalarCannotDeserializeIntoString { .. } => {
            YamlAdvice::new("`!` begins a tag, and no tag is read", "put texts that begin with `!` in quotes")
        }
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => {
            YamlAdvice::new("the file repeats or nests more than any rule does", "write it without aliases (`*name`) and less deep")
        }
        Error::Message { msg, .. } if msg.contains("untagged enum") => {
            YamlAdvice::new("what stands here has none of the forms that are allowed", "`whysync schema rule` and the book show them")
        }
        Error::Message { msg, .. } if !is_foreign(msg) => YamlAdvice::new(msg.lines().next().unwrap_or_default(), ""),
        _ => malformed(error, line),
    }
}

/// Whether the reader found no YAML, and not something else than what is expected.
pub(super) fn is_malformed(error: &Error) -> bool {
    match error {
        Error::WithSnippet { error, .. } => is_malformed(error),
        Error::ExternalMessage { .. } => true,
        _ => false,
    }
}

/// Whether a tab stands where a line is indented.
pub(super) fn is_indented_by_tab(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('\t')
}

/// "did you mean", or what is known.
fn nearest(word: &str, expected: &[&'static str]) -> Option<String> {
    let known: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
    suggestion(word, &known)
}

/// Whether a text speaks of the reader's own types.
fn is_foreign(text: &str) -> bool {
    ["::", "serde", "Option<", "Vec<", "struct ", "enum ", "variant"].iter().any(|it| text.contains(it))
}

/// What stands there, in words.
fn found(unexpected: &str) -> String {
    match unexpected {
        "map" | "mapping" => "a field with its value".to_owned(),
        "sequence" | "seq" => "a list".to_owned(),
        "unit value" | "null" | "Option value" => "nothing".to_owned(),
        it => match it.split_once(' ') {
            Some(("string", text)) => format!("the text {}", text.replace('"', "`")),
            Some(("integer", number)) => format!("the number {number}"),
            Some(("boolean", value)) => value.to_owned(),
            Some(("floating", _)) => "a number that is not whole".to_owned(),
            _ => "something else".to_owned(),
        },
    }
}

/// What is expected, in words.
fn kind(expected: &str) -> String {
    let numbers = ["u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize", "integer"];
    match expected {
        it if numbers.iter().any(|number| it.split(' ').any(|it| it == *number)) => "a whole number".to_owned(),
        it if it.contains("bool") => "`true` or `false`".to_owned(),
        it if it.contains("string") || it == "str" || it == "char" => "a text".to_owned(),
        it if it.contains("sequence") || it.contains("Vec") || it.contains("tuple") => "a list".to_owned(),
        it if it.contains("struct") || it.contains("map") => "fields with their values".to_owned(),
        it if is_foreign(it) => "another value".to_owned(),
        it => it.to_owned(),
    }
}

/// What is no YAML at all: what can be seen in the line says more than the reader does.
fn malformed(error: &Error, line: &str) -> YamlAdvice {
    let said = error.to_string();
    if is_indented_by_tab(line) {
        return YamlAdvice::new("a tab stands where the line is indented", "indent with spaces: YAML knows no tabs there");
    }
    if said.contains("escape")
        && let Some(escape) = unknown_escape(line)
    {
        let help = format!("write patterns in single quotes, where `{escape}` stays as it is: '{escape}'");
        return YamlAdvice::new(format!("`{escape}` means nothing in a text in double quotes"), help);
    }
    if let Some((field, value)) = line.trim_start_matches([' ', '-']).split_once(": ")
        && value.contains(": ")
        && !value.starts_with(['\'', '"', '{', '[', '|', '>'])
    {
        let quoted = value.trim().replace('\'', "''");
        return YamlAdvice::new("a second `: ` stands in the line", format!("put the value in quotes: {}: '{quoted}'", field.trim()));
    }
    if line.contains('\t') {
        return YamlAdvice::new("a tab stands in the line", "use spaces: YAML takes tabs inside of texts only");
    }
    if let Some(bracket) = unclosed(line) {
        let help = "close it, or put a text that holds a bracket in quotes";
        return YamlAdvice::new(format!("a `{bracket}` is missing in this line, or one too many stands there"), help);
    }
    YamlAdvice::new(
        "this is not well-formed YAML",
        "look here and in the line above for a quote or bracket that does not end, or another indentation",
    )
}

/// The bracket that does not pair in a line, outside of texts in quotes.
fn unclosed(line: &str) -> Option<char> {
    let mut open: Vec<char> = Vec::new();
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(mark), it) => quote = Some(mark).filter(|mark| *mark != it),
            (None, '\'' | '"') => quote = Some(letter),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ']' | '}') => match open.pop() {
                Some(it) if it == letter => {}
                other => return Some(other.unwrap_or(letter)),
            },
            _ => {}
        }
    }
    open.pop()
}

/// The first escape of a line that texts in double quotes do not know.
fn unknown_escape(line: &str) -> Option<String> {
    const KNOWN: &str = "0abtnvfre \"/\\N_LPxuU\t";
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            let next = letters.next()?;
            if !KNOWN.contains(next) {
                return Some(format!("\\{next}"));
            }
        }
    }
    None
}
