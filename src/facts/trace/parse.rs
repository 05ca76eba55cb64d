//! Text into [`Trace`]: one pass over the lines, no recursion, no failure.

use super::{
    CallKind, EntryPoint, FeeError, GasResource, Header, Location, MESSAGE, Pc, Segment, Summary, SummaryFrame, SummaryHeader, TRACEBACK,
    Trace, Traceback, TracebackEnd, VmFrame,
};

/// What blockifier puts where it cut out the middle of a text.
pub const CUT: &str = "\n\n...\n\n";

/// Reads a revert text.
///
/// Total and lossless: what the grammar does not describe becomes [`Segment::Text`]. Takes time in proportion to the text. Only the first
/// mark of truncation counts as one.
#[must_use]
pub fn parse(text: &str) -> Trace {
    let (head, tail) = text.split_once(CUT).map_or((text, None), |(head, tail)| (head, Some(tail)));
    let mut lines = TextLines { rest: Some(head) };
    let header = lines.peek().and_then(|line| Header::ALL.into_iter().find(|it| it.line() == line));
    if header.is_some() {
        lines.advance();
    }
    let mut segments = parse_segments(lines);
    if let Some(tail) = tail {
        segments.push(Segment::Truncation);
        segments.append(&mut parse_window(tail));
    }
    Trace { header, segments }
}

/// Reads a piece of a text that has no header.
pub(super) fn parse_window(text: &str) -> Vec<Segment> {
    parse_segments(TextLines { rest: Some(text) })
}

/// The lines that are still to read, without their line feeds; a text that ends with a line feed has an empty last line.
#[derive(Clone, Copy)]
struct TextLines<'a> {
    rest: Option<&'a str>,
}

impl<'a> TextLines<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.rest.map(|it| it.split_once('\n').map_or(it, |(line, _)| line))
    }

    fn advance(&mut self) {
        self.rest = self.rest.and_then(|it| it.split_once('\n')).map(|(_, rest)| rest);
    }
}

fn parse_segments(mut lines: TextLines<'_>) -> Vec<Segment> {
    let mut segments = Vec::new();
    while let Some(line) = lines.peek() {
        if let Some(frame) = entry_point(line) {
            lines.advance();
            segments.push(Segment::EntryPoint(frame));
        } else if let Some(frame) = vm_frame(&mut lines) {
            match segments.last_mut() {
                Some(Segment::EntryPoint(owner)) => owner.vm.push(frame),
                _ => segments.push(Segment::Vm(frame)),
            }
        } else if let Some(summary) = summary(&mut lines) {
            segments.push(Segment::Summary(summary));
        } else if let Some(fee) = fee_error(line) {
            lines.advance();
            segments.push(Segment::Fee(fee));
        } else {
            lines.advance();
            push_text(&mut segments, line);
            // Messages that introduce no frame are passed over together, or each of them would look through the rest of the run.
            while line.starts_with(MESSAGE)
                && let Some(line) = lines.peek().filter(|it| it.starts_with(MESSAGE))
            {
                lines.advance();
                push_text(&mut segments, line);
            }
        }
    }
    segments
}

fn push_text(segments: &mut Vec<Segment>, line: &str) {
    if let Some(Segment::Text(text)) = segments.last_mut() {
        text.push('\n');
        text.push_str(line);
    } else {
        segments.push(Segment::Text(line.to_owned()));
    }
}

fn entry_point(line: &str) -> Option<EntryPoint> {
    let (depth, rest) = line.split_once(": ")?;
    let depth = number(depth)?;
    let (kind, rest) = CallKind::ALL.into_iter().find_map(|it| Some((it, rest.strip_prefix(it.words())?)))?;
    let (address, class, selector) = place(rest)?;
    if class == "_" {
        return None;
    }
    Some(EntryPoint { depth, kind, address, class, selector, vm: Vec::new() })
}

/// Reads ` (contract address: .., class hash: .., selector: ..):`.
fn place(text: &str) -> Option<(String, String, String)> {
    let (address, rest) = text.strip_prefix(" (contract address: ")?.split_once(", class hash: ")?;
    let (class, rest) = rest.split_once(", selector: ")?;
    let selector = rest.strip_suffix("):")?;
    let all = is_hash(address) && (class == "_" || is_hash(class)) && (selector == "UNKNOWN" || is_hash(selector));
    all.then(|| (address.to_owned(), class.to_owned(), selector.to_owned()))
}

fn is_hash(text: &str) -> bool {
    text.strip_prefix("0x").is_some_and(|it| (1..=64).contains(&it.len()) && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')))
}

/// Reads a number only if printing it gives the same text.
fn number(text: &str) -> Option<u64> {
    let canonical = text == "0" || (!text.starts_with('0') && is_digits(text));
    if canonical { text.parse().ok() } else { None }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn vm_frame(lines: &mut TextLines<'_>) -> Option<VmFrame> {
    let mut ahead = *lines;
    let messages = messages(&mut ahead);
    let pc = error_at(ahead.peek()?)?;
    ahead.advance();
    let traceback = (ahead.peek() == Some(TRACEBACK)).then(|| traceback(&mut ahead));
    *lines = ahead;
    Some(VmFrame { messages, pc, traceback })
}

fn messages(lines: &mut TextLines<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(message) = lines.peek().and_then(|it| it.strip_prefix(MESSAGE)) {
        messages.push(message.to_owned());
        lines.advance();
    }
    messages
}

fn error_at(line: &str) -> Option<Pc> {
    pc(line.strip_prefix("Error at pc=")?.strip_suffix(':')?)
}

fn pc(text: &str) -> Option<Pc> {
    let (segment, offset) = text.split_once(':')?;
    Some(Pc { segment: number(segment)?, offset: number(offset)? })
}

fn traceback(lines: &mut TextLines<'_>) -> Traceback {
    lines.advance();
    let mut locations = Vec::new();
    loop {
        let mut ahead = *lines;
        let messages = messages(&mut ahead);
        let place = ahead.peek().and_then(|it| pc(it.strip_prefix("Unknown location (pc=")?.strip_suffix(')')?));
        let Some(pc) = place else { break };
        ahead.advance();
        *lines = ahead;
        locations.push(Location { messages, pc });
    }
    let end = if lines.peek() == Some("") { TracebackEnd::BlankLine } else { TracebackEnd::Cut };
    if end == TracebackEnd::BlankLine {
        lines.advance();
    }
    Traceback { locations, end }
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn summary(lines: &mut TextLines<'_>) -> Option<Summary> {
    let first = lines.peek()?;
    let header = SummaryHeader::ALL.into_iter().find(|it| it.line() == first);
    if header.is_none() {
        contract(first)?;
    } else {
        lines.advance();
    }
    let mut frames = Vec::new();
    while let Some(line) = lines.peek() {
        let frame = if line == "..." { Some(SummaryFrame::Elided) } else { contract(line) };
        let Some(frame) = frame else { break };
        lines.advance();
        frames.push(frame);
    }
    let mut panic = String::new();
    let mut ended = TextLines { rest: None };
    let mut blank = 0_usize;
    let mut ahead = *lines;
    while let Some(line) = ahead.peek().filter(|it| !begins_segment(it)) {
        ahead.advance();
        if line.is_empty() {
            blank += 1;
            continue;
        }
        // Blank lines belong to the panic data only if more of it follows: the last one is the text's final line feed.
        let joints = if panic.is_empty() { blank } else { blank + 1 };
        panic.extend(std::iter::repeat_n('\n', joints));
        panic.push_str(line);
        blank = 0;
        ended = ahead;
    }
    let panic = (!panic.is_empty()).then_some(panic);
    if panic.is_some() {
        *lines = ended;
    }
    Some(Summary { header, frames, panic })
}

fn contract(line: &str) -> Option<SummaryFrame> {
    let (address, class, selector) = place(line.strip_prefix("Error in contract")?)?;
    Some(SummaryFrame::Contract { address, class, selector })
}

fn begins_segment(line: &str) -> bool {
    entry_point(line).is_some()
        || error_at(line).is_some()
        || contract(line).is_some()
        || SummaryHeader::ALL.into_iter().any(|it| it.line() == line)
}

fn fee_error(line: &str) -> Option<FeeError> {
    let digits = |text: &str| is_digits(text).then(|| text.to_owned());
    let rest = line.strip_prefix("Insufficient ")?.strip_suffix('.')?;
    if let Some(rest) = rest.strip_prefix("max fee: max fee: ") {
        let (max, actual) = rest.split_once(", actual fee: ")?;
        return Some(FeeError::MaxFee { max: digits(max)?, actual: digits(actual)? });
    }
    if let Some(rest) = rest.strip_prefix("fee token balance. Fee: ") {
        let (fee, rest) = rest.split_once(", balance: low/high ")?;
        let (low, high) = rest.split_once('/')?;
        return Some(FeeError::Balance { fee: digits(fee)?, low: digits(low)?, high: digits(high)? });
    }
    let (name, rest) = rest.strip_prefix("max ")?.split_once(": max amount: ")?;
    let resource = GasResource::ALL.into_iter().find(|it| it.name() == name)?;
    let (max, used) = rest.split_once(", actual used: ")?;
    Some(FeeError::MaxGas { resource, max: digits(max)?, used: digits(used)? })
}
