//! The place in a text that a message points at.

use std::fmt::Debug;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// How much of a long line is shown round a place, in characters.
const WIDTH: usize = 120;

/// A few lines of a text round one place, under the text's own line and column numbers.
///
/// Of a line longer than a screen only a window of about 120 characters is kept, so that an error in a document of one huge line stays
/// readable, and the document itself need not be kept. Control characters are replaced: the text comes from others, and a terminal obeys
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    name: String,
    shown: String,
    /// Of the first shown line, from 0.
    first_line: usize,
    /// Of the first shown character, from 0.
    first_column: usize,
    line: usize,
    column: usize,
    span: SourceSpan,
}

impl Excerpt {
    /// Points at `len` characters from `line` and `column` of `full_text`, both counted from 1, columns in characters. Numbers that lie
    /// outside the text mean the nearest place inside it.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    pub fn new(name: impl Into<String>, full_text: &str, line: usize, column: usize, len: usize) -> Self {
        let start = line_start(full_text, line.max(1));
        let line_end = full_text.get(start..).and_then(|it| it.find('\n')).map_or(full_text.len(), |it| start + it);
        let here = full_text.get(start..line_end).unwrap_or_default();
        let offset = here.char_indices().nth(column.saturating_sub(1)).map_or(line_end, |(at, _)| start + at);
        Self::of_part(name, full_text, offset, len, line.max(1), column.max(1))
    }

    /// Points at `len` characters from the byte `offset` of `part`, a part of a text in which that place has the given line and column.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    pub fn of_part(name: impl Into<String>, part: &str, offset: usize, len: usize, line: usize, column: usize) -> Self {
        let offset = part.floor_char_boundary(offset);
        let (before, after) = part.split_at(offset);
        let start = before.rfind('\n').map_or(0, |it| it + 1);
        let end = after.find('\n').map_or(part.len(), |it| offset + it);
        let is_long = |text: &str| text.chars().nth(WIDTH).is_some();
        let here = part.get(start..end).unwrap_or_default();
        if is_long(here) || 1 < line && start == 0 {
            // Without the lines around it: they would stand askew under the window.
            let from = before.get(start..).unwrap_or_default().char_indices().rev().nth(WIDTH / 2 - 1).map_or(start, |(at, _)| start + at);
            let to = after.char_indices().nth(WIDTH / 2).map_or(end, |(at, _)| end.min(offset + at));
            let left = part.get(from..offset).unwrap_or_default();
            let first_column = column.saturating_sub(1).saturating_sub(left.chars().count());
            return Self::shown(
                name.into(),
                part.get(from..to).unwrap_or_default(),
                offset - from,
                len,
                (line, column),
                (line, first_column),
            );
        }
        let previous = before.get(..start.saturating_sub(1)).filter(|_| 0 < start);
        let previous = previous.map_or(start, |it| it.rfind('\n').map_or(0, |it| it + 1));
        let next = part.get(end + 1..).map_or(end, |it| it.find('\n').map_or(part.len(), |it| end + 1 + it));
        let from = if part.get(previous..start).is_some_and(is_long) { start } else { previous };
        let to = if part.get(end..next).is_some_and(is_long) { end } else { next };
        let first_line = line.saturating_sub(usize::from(from < start));
        Self::shown(name.into(), part.get(from..to).unwrap_or_default(), offset - from, len, (line, column), (first_line, 0))
    }

    /// Where the place is in what is shown, for a label.
    #[must_use]
    pub fn span(&self) -> SourceSpan {
        self.span
    }

    /// Line of the place in the whole text, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Column of the place in the whole text, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// The excerpt as it is displayed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.shown
    }

    fn shown(name: String, text: &str, offset: usize, len: usize, place: (usize, usize), first: (usize, usize)) -> Self {
        let printable = |text: &str| -> String {
            let harmless = |it: char| if it != '\n' && (it.is_control() || is_bidi_control(it)) { '\u{fffd}' } else { it };
            text.chars().map(harmless).collect()
        };
        let (before, after) = text.split_at(offset);
        let marked = after.split('\n').next().unwrap_or_default().chars().take(len);
        let before = printable(before);
        let len = printable(&marked.collect::<String>()).len();
        let span = SourceSpan::new(before.len().into(), len);
        Self {
            name,
            shown: before + printable(after).as_str(),
            first_line: first.0.saturating_sub(1),
            first_column: first.1,
            line: place.0,
            column: place.1,
            span,
        }
    }
}

/// Whether this character makes a terminal show text in another order than it is written.
fn is_bidi_control(it: char) -> bool {
    matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn line_start(text: &str, line: usize) -> usize {
    match line {
        1 => 0,
        _ => text.match_indices('\n').nth(line.saturating_sub(2)).map_or(text.len(), |(at, _)| at.saturating_add(1)),
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.shown.read_span(span, context_lines_before, context_lines_after)?;
        // A text counts its columns in bytes.
        let start = inner.span().offset();
        let line = self.shown.get(start.saturating_sub(inner.column())..start).unwrap_or_default();
        let column = line.chars().count().saturating_add(if inner.line() == 0 { self.first_column } else { 0 });
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            self.first_line.saturating_add(inner.line()),
            column,
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, Report};

    use super::*;

    fn render(excerpt: Excerpt) -> String {
        let label = LabeledSpan::new_with_span(Some("here".to_owned()), excerpt.span());
        let report = Report::new(MietteDiagnostic::new("wrong").with_label(label)).with_source_code(excerpt);
        let mut out = String::new();
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).render_report(&mut out, report.as_ref()).expect("a string");
        out
    }

    #[test]
    fn a_huge_line_is_cut_to_a_window_under_its_own_numbers() {
        let text = format!("{{\n{}\"é bad\": 1{}\n}}", "é,".repeat(50_000), ",\"x\"".repeat(50_000));
        let excerpt = Excerpt::new("b.json", &text, 2, 100_001, 7);
        assert!(excerpt.text().chars().count() <= WIDTH, "{}", excerpt.text());
        let shown = render(excerpt);
        assert!(shown.contains("b.json:2:100001"), "{shown}");
        assert!(shown.contains("\"é bad\""), "{shown}");
    }

    #[test]
    fn short_lines_are_shown_with_their_neighbours() {
        let shown = render(Excerpt::new("r.yaml", "one: 1\ntwo: 2\nthree: 3\nfour: 4\n", 3, 8, 1));
        assert!(shown.contains("r.yaml:3:8") && shown.contains("two: 2") && shown.contains("four: 4") && !shown.contains("one"), "{shown}");
        assert!(shown.contains(" 3 │ three: 3"), "{shown}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let excerpt = Excerpt::new("x", "a\u{1b}[31m\u{202e}b\u{7}\r", 1, 8, 1);
        assert!(!excerpt.text().contains(|it: char| it.is_control() || is_bidi_control(it)), "{excerpt:?}");
        assert!(render(excerpt).contains("x:1:8"));
    }

    #[test]
    fn every_place_can_be_shown() {
        for text in ["", "\n", "a", "a\n", "\n\nb", "é\r\né"] {
            for line in 0..5 {
                for column in 0..4 {
                    for len in 0..3 {
                        let shown = render(Excerpt::new("x", text, line, column, len));
                        assert!(shown.contains(&format!("x:{}:", line.max(1))) || line > 1, "{text:?} {line} {column} {len}: {shown}");
                    }
                }
            }
        }
    }
}
