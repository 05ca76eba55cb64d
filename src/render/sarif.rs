//! SARIF 2.1.0 for code scanning: one result a finding, and one for what no finding claims.
//!
//! A result stands at the place in the code where the fault lives, because that is what code scanning shows; the block is its logical
//! location.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::anchors::Spot;
use super::hashes::ShortHashes;
use super::json::pretty;
use super::lens::{Lens, LensLimits};
use super::outline::{Outline, RULES};
use super::phrases::difference;
use super::{Detail, Options, anchors, fix_line, glance, phrases};
use crate::findings::{
    CauseCertainty, ClaimExtent, Consistency, Diagnosis, Explains, Finding, FixStatus, Proof, ReportSection, Scope, Severity, named_block,
};

/// Id of the rule that stands for everything that no rule explains; never used for another.
const UNEXPLAINED: &str = "WS-UNEXPLAINED";

/// Writes a diagnosis as a SARIF log with one run.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let limits = match options.detail {
        Detail::Full => LensLimits::NONE,
        Detail::Short | Detail::Brief => LensLimits { chars: 1_000, lines: 1, items: 20 },
    };
    let lens = Lens { hashes: ShortHashes::whole(), limits };
    let outline = Outline::new(diagnosis);
    let mut rules: Vec<(&str, Value)> = Vec::new();
    let mut results = Vec::new();
    for section in outline.diagnosis.sections() {
        match section {
            ReportSection::Findings => {
                for finding in &diagnosis.findings {
                    if rules.iter().all(|(id, _)| *id != finding.rule_id) {
                        rules.push((&finding.rule_id, rule(finding, &lens)));
                    }
                    let place = rules.iter().position(|(id, _)| *id == finding.rule_id);
                    results.push(result(finding, place, &outline, &lens));
                }
            }
            ReportSection::Unexplained if diagnosis.unexplained.is_empty() => {}
            ReportSection::Unexplained => {
                results.push(unexplained(&outline, rules.len(), &lens));
                rules.push((UNEXPLAINED, unexplained_rule()));
            }
        }
    }
    let rules: Vec<Value> = rules.into_iter().map(|(_, rule)| rule).collect();
    pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "whysync", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications(&outline, &lens)}],
            "results": results,
            "properties": answer(&outline, &lens),
        }],
    }))
}

/// The answer at a glance: the verdict, and an entry a label.
fn answer(outline: &Outline<'_>, lens: &Lens) -> Value {
    let diagnosis = outline.diagnosis;
    let mut answer = json!({"verdict": phrases::verdict(diagnosis.verdict).to_lowercase(), "headline": diagnosis.headline});
    for entry in glance::entries(outline, lens) {
        set(&mut answer, &entry.label.to_lowercase(), json!(entry.text));
    }
    answer
}

fn rule(finding: &Finding, lens: &Lens) -> Value {
    let mut rule = json!({
        "id": finding.rule_id,
        "name": finding.rule,
        "shortDescription": {"text": text(lens, &finding.title)},
        "defaultConfiguration": {"level": level(finding.severity)},
        "properties": {"tags": [phrases::category(finding.category)]},
    });
    let steps: Vec<String> = finding.remediation.iter().map(|it| lens.text(&it.action)).collect();
    if !steps.is_empty() {
        set(&mut rule, "help", json!({"text": steps.join("\n")}));
    }
    if let Some(page) = finding.references.iter().find(|it| is_address(it)) {
        set(&mut rule, "helpUri", json!(page));
    }
    rule
}

fn result(finding: &Finding, place: Option<usize>, outline: &Outline<'_>, lens: &Lens) -> Value {
    let logical = json!([logical(finding.block, finding.episode)]);
    let mut locations: Vec<Value> = finding.code.iter().flat_map(anchors::spots).map(|it| location(&it, &logical, lens)).collect();
    if locations.is_empty() {
        locations.push(json!({"logicalLocations": logical}));
    }
    let rank = match (finding.cause, finding.extent) {
        (CauseCertainty::Established, ClaimExtent::Proved) => 100.0,
        (CauseCertainty::Established, ClaimExtent::Partial | ClaimExtent::NotRecomputed) => 90.0,
        (CauseCertainty::Suspected, ClaimExtent::Proved) => 60.0,
        (CauseCertainty::Suspected, ClaimExtent::Partial | ClaimExtent::NotRecomputed) => 50.0,
    };
    json!({
        "ruleId": finding.rule_id,
        "ruleIndex": place,
        "kind": "fail",
        "level": result_level(finding),
        "rank": rank,
        "message": {"text": message(finding, outline, lens)},
        "locations": locations,
        "partialFingerprints": {"whysyncClaims/v1": fingerprint(finding)},
        "properties": {
            "episode": finding.episode,
            "block": named_block(finding.block),
            "cause": phrases::cause(finding),
            "because": lens.text(&finding.because),
            "extent": phrases::extent(finding.extent),
            "extentBecause": lens.text(&finding.extent_because),
            "scope": phrases::scope(finding.scope),
            "claims": finding.claims,
            "proofClosed": finding.proof.as_ref().map(Proof::is_closed),
            "provedTogetherWith": outline.proved_with(finding).iter().map(|it| &it.rules).collect::<Vec<_>>(),
            "rivals": rivals(finding, outline),
            "fixes": finding.fix.iter().map(|it| fix(it, lens)).collect::<Vec<_>>(),
        },
    })
}

/// A block, or the episode where no block is named.
fn logical(block: u64, episode: u32) -> Value {
    match named_block(block) {
        Some(block) => json!({"name": block.to_string(), "fullyQualifiedName": format!("block/{block}"), "kind": "resource"}),
        None => json!({"name": episode.to_string(), "fullyQualifiedName": format!("episode/{episode}"), "kind": "resource"}),
    }
}

/// A place in the code. The line is left out where it is not known: the first one would be a claim.
fn location(spot: &Spot<'_>, logical: &Value, lens: &Lens) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": relative(spot.path)}});
    if let Some(line) = spot.line {
        set(&mut physical, "region", json!({"startLine": line}));
    }
    let mut location = json!({"physicalLocation": physical, "logicalLocations": logical});
    let words: Vec<&str> = [spot.symbol, &spot.note].into_iter().filter(|it| !it.is_empty()).collect();
    if !words.is_empty() {
        set(&mut location, "message", json!({"text": lens.text(&words.join(": "))}));
    }
    if let Some(link) = &spot.link {
        set(&mut location, "properties", json!({"permalink": link}));
    }
    location
}

/// Slugs of the rules that explain the same in another way.
fn rivals<'d>(finding: &Finding, outline: &Outline<'d>) -> Vec<&'d str> {
    let all = outline.disputed_by(finding).into_iter().flat_map(|it| &it.rivals);
    all.filter(|it| it.rule != finding.rule).map(|it| it.rule.as_str()).collect()
}

/// What happened, what differs, and whether it is fixed here.
fn message(finding: &Finding, outline: &Outline<'_>, lens: &Lens) -> String {
    let mut lines = vec![
        text(lens, &finding.summary),
        format!("{}: {}.", phrases::cause(finding), lens.text(&finding.because)),
        format!("{}: {}.", phrases::extent(finding.extent), lens.text(&finding.extent_because)),
    ];
    let claims = outline.claims(finding);
    lines.extend(lens.items(&claims).0.iter().map(|it| difference(it, outline, lens)));
    let joint = outline.proved_with(finding);
    lines.extend(
        joint.iter().map(|it| lens.text(&format!("{}: {}.", phrases::JOINT_PROOFS, phrases::undoing_these(&it.rules.join(" and "))))),
    );
    for rivalry in outline.disputed_by(finding) {
        lines.push(format!("{}.", phrases::RIVALRIES));
        lines.extend(phrases::rivals(rivalry).iter().map(|it| format!("{}.", lens.text(it))));
    }
    for status in &finding.fix {
        lines.push(format!("Fix: {}.", lens.text(&fix_line::of_match(status))));
    }
    lines.extend(fix_line::brought(finding).iter().map(|it| format!("Brought by: {}.", lens.text(it))));
    lines.join("\n")
}

fn fix(status: &FixStatus, lens: &Lens) -> Value {
    json!({
        "component": phrases::component(status.fix.component),
        "pullRequests": status.fix.all_prs().iter().map(|it| phrases::pull_request(*it)).collect::<Vec<_>>(),
        "commits": status.fix.all_commits(),
        "here": lens.text(&fix_line::of_match(status)),
    })
}

fn unexplained(outline: &Outline<'_>, place: usize, lens: &Lens) -> Value {
    let diagnosis = outline.diagnosis;
    let first = diagnosis.unexplained.first();
    let open = outline.open();
    let (shown, left) = lens.items(&open);
    let mut lines: Vec<String> = shown.iter().flat_map(|it| phrases::open_item(it, outline, lens)).collect();
    lines.extend((0 < left).then(|| format!("… ({left} more)")));
    lines.extend(lens.items(&diagnosis.isolations).0.iter().map(|it| lens.text(&phrases::isolation(it, outline))));
    lines.extend(phrases::next_lines(outline, lens));
    let mut result = json!({
        "ruleId": UNEXPLAINED,
        "ruleIndex": place,
        "kind": "fail",
        "level": "error",
        "message": {
            "text": format!("No finding explains {}.\n{}", phrases::these(open.len(), "divergence"), lines.join("\n")),
        },
        "locations": first.map(|it| json!({"logicalLocations": [logical(it.block, it.episode)]})).into_iter().collect::<Vec<_>>(),
        "properties": {"divergences": diagnosis.unexplained.iter().map(|it| it.id.as_str()).collect::<Vec<_>>()},
    });
    if let Some(name) = &diagnosis.fingerprint {
        set(&mut result, "partialFingerprints", json!({"whysyncUnexplained/v1": name}));
    }
    result
}

fn unexplained_rule() -> Value {
    json!({
        "id": UNEXPLAINED,
        "name": "unexplained",
        "shortDescription": {"text": "Divergences that no known pattern explains"},
        "help": {"text": "Report the fingerprint with both values, and write a rule once the cause is found."},
    })
}

/// What could not be decided or seen: silence would look like innocence.
fn notifications(outline: &Outline<'_>, lens: &Lens) -> Vec<Value> {
    let notification = |level: &str, words: String| json!({"level": level, "message": {"text": lens.text(&words)}});
    let diagnosis = outline.diagnosis;
    let aside = diagnosis.set_aside.iter().map(|it| notification("warning", phrases::set_aside(it)));
    let seen = diagnosis.grounds.iter().flat_map(phrases::seen).map(|it| notification("note", it));
    let missing = diagnosis.missing_grounds.iter().map(|it| notification("warning", it.clone()));
    let (rules, others) = outline.undecided();
    let counted = rules.len().saturating_sub(RULES).saturating_add(others);
    let counted = (0 < counted).then(|| notification("note", phrases::undecided(counted, rules.len())));
    let undecided = rules.iter().take(RULES).map(|open| match open.broken {
        Some(why) => notification("error", format!("the rule {} failed: {why}", open.rule)),
        None => {
            let missing = open.missing.iter().copied().collect::<Vec<_>>().join(", ");
            notification("warning", format!("the rule {} could not be decided without {missing}", open.rule))
        }
    });
    let gaps = outline.deciding_gaps().into_iter();
    let gaps = gaps.map(|it| notification("note", format!("{}: {}; to get it: {}", it.evidence, it.why, it.how)));
    let (_, doubts) = outline.side_checks();
    let doubts = doubts.into_iter().map(|it| {
        let level = if it.result == Consistency::Inconsistent { "warning" } else { "note" };
        notification(level, format!("{} is {} when hashed again: {}", it.name, phrases::consistency(it.result), it.words))
    });
    let files = diagnosis.files.iter().map(|it| notification("note", phrases::files(it)));
    files.chain(aside).chain(missing).chain(seen).chain(undecided).chain(counted).chain(gaps).chain(doubts).collect()
}

/// The level of a finding. What explains nothing, or only what follows from a cause, is a note beside the cause, however grave its rule is; what
/// nothing explains is an error, because nobody knows how grave it is.
fn result_level(finding: &Finding) -> &'static str {
    match (finding.scope, finding.explains) {
        (Scope::Consequence, _) | (_, Explains::Nothing) => "note",
        (Scope::RootCause, Explains::Cause | Explains::Class) => level(finding.severity),
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The same rule with the same claims gives the same fingerprint, whatever else the bundle holds.
fn fingerprint(finding: &Finding) -> String {
    let mut claims: Vec<&str> = finding.claims.iter().map(String::as_str).collect();
    claims.sort_unstable();
    let mut hash = Sha256::new();
    for part in [finding.rule_id.as_str()].into_iter().chain(claims) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

/// A text where SARIF wants one that is not empty.
fn text(lens: &Lens, text: &str) -> String {
    if text.is_empty() { "(no text)".to_owned() } else { lens.text(text) }
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") && text.chars().all(|it| it.is_ascii_alphanumeric() || "-._~:/?#=&%+,".contains(it))
}

/// A path as a relative reference (RFC 3986): what may not stand in one is percent-encoded.
fn relative(path: &str) -> String {
    let mut uri = String::new();
    for it in path.trim_start_matches('/').bytes() {
        if it.is_ascii_alphanumeric() || b"-._~/".contains(&it) {
            uri.push(char::from(it));
        } else {
            uri.push_str(&format!("%{it:02X}"));
        }
    }
    uri
}

/// Gives an object one more field.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(relative("crates/a b/x.rs"), "crates/a%20b/x.rs");
        assert_eq!(relative("//evil.example/:x"), "evil.example/%3Ax");
    }
}
