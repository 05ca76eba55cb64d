//! Errors as they are shown. Whatever they quote, such as file names or output of other programs, cannot control the terminal.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents};

use crate::render::visible;

/// A diagnostic whose texts hold nothing that acts.
#[derive(Debug)]
pub(super) struct Shown<'d> {
    message: MessageText,
    code: Option<String>,
    severity: Option<Severity>,
    help: Option<String>,
    labels: Option<Vec<LabeledSpan>>,
    excerpt: Option<VisibleExcerpt<'d>>,
    related: Vec<Shown<'d>>,
}

impl<'d> Shown<'d> {
    pub(super) fn new(diagnostic: &'d dyn Diagnostic) -> Self {
        let text = |it: Box<dyn fmt::Display + '_>| visible(&it.to_string()).into_owned();
        let label = |it: LabeledSpan| {
            let words = it.label().map(|it| visible(it).into_owned());
            LabeledSpan::new_with_span(words, *it.inner())
        };
        Self {
            message: MessageText::new(&diagnostic.to_string(), diagnostic.source()),
            code: diagnostic.code().map(text),
            severity: diagnostic.severity(),
            help: diagnostic.help().map(text),
            labels: diagnostic.labels().map(|it| it.map(label).collect()),
            excerpt: diagnostic.source_code().map(VisibleExcerpt),
            related: diagnostic.related().into_iter().flatten().map(Self::new).collect(),
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

impl Error for Shown<'_> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.message.source()
    }
}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|it| Box::new(it) as _)
    }

    fn severity(&self) -> Option<Severity> {
        self.severity
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|it| Box::new(it) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|it| it as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.labels.as_ref().map(|it| Box::new(it.iter().cloned()) as _)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| Box::new(self.related.iter().map(|it| it as &dyn Diagnostic)) as _)
    }
}

/// A part of the text that a diagnostic is about, which holds nothing that acts anyway, under a name that may.
struct VisibleExcerpt<'d>(&'d dyn SourceCode);

impl SourceCode for VisibleExcerpt<'_> {
    fn read_span<'a>(&'a self, span: &SourceSpan, before: usize, after: usize) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let it = self.0.read_span(span, before, after)?;
        let plain = MietteSpanContents::new(it.data(), *it.span(), it.line(), it.column(), it.line_count());
        Ok(Box::new(match it.name() {
            None => plain,
            Some(name) => {
                MietteSpanContents::new_named(visible(name).into_owned(), it.data(), *it.span(), it.line(), it.column(), it.line_count())
            }
        }))
    }
}

impl fmt::Debug for VisibleExcerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Excerpt")
    }
}

/// A message with what led to it.
#[derive(Debug)]
struct MessageText {
    words: String,
    because: Option<Box<MessageText>>,
}

impl MessageText {
    fn new(words: &str, because: Option<&(dyn Error + 'static)>) -> Self {
        let because = because.map(|it| Box::new(Self::new(&it.to_string(), it.source())));
        Self { words: visible(words).into_owned(), because }
    }
}

impl fmt::Display for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for MessageText {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.because.as_ref().map(|it| it.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use miette::{GraphicalReportHandler, GraphicalTheme, NamedSource};

    use super::*;

    const HOSTILE: &str = "\u{1b}[2J\u{202e}x\r";

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("cannot read {0}")]
    #[diagnostic(help("look at {0}"))]
    struct OuterError(&'static str, #[source] std::io::Error, #[related] Vec<Inner>);

    #[derive(Debug, thiserror::Error, Diagnostic)]
    #[error("beside {0}")]
    struct Inner(&'static str, #[label("{0}")] miette::SourceSpan, #[source_code] NamedSource<&'static str>);

    #[test]
    fn nothing_that_a_diagnostic_quotes_acts_on_a_terminal() {
        let inner = Inner(HOSTILE, (0, 1).into(), NamedSource::new(HOSTILE, "text"));
        let outer = OuterError(HOSTILE, std::io::Error::other(HOSTILE), vec![inner]);
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_links(false).with_width(200);
        handler.render_report(&mut text, &Shown::new(&outer)).expect("a string");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
        for place in
            ["cannot read \\x1b[2J\\u{202e}x\\r", "─▶ \\x1b[2J", "look at \\x1b[2J", "beside \\x1b[2J", "── \\x1b[2J", "─[\\x1b[2J"]
        {
            assert!(text.contains(place), "`{place}` is not in {text}");
        }
    }
}
