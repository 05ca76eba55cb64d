//! Texts here are made up; only the last test reads captured ones.

use proptest::prelude::*;

use super::*;

fn hash(last: u64) -> String {
    format!("0x{last:064x}")
}

fn call(depth: u64, contract: u64) -> String {
    let [address, class, selector] = [contract, contract + 0x100, contract + 0x200].map(hash);
    format!("{depth}: Error in the called contract (contract address: {address}, class hash: {class}, selector: {selector}):\n")
}

fn constructor(depth: u64, contract: u64) -> String {
    call(depth, contract).replace("the called contract", "the contract class constructor")
}

fn panic_of(contract: u64, panic: &str) -> String {
    let [address, class, selector] = [contract, contract + 0x100, contract + 0x200].map(hash);
    format!(
        "Execution failed. Failure reason:\nError in contract (contract address: {address}, class hash: {class}, selector: {selector}):\n{panic}.\n"
    )
}

const EXECUTION: &str = "Transaction execution has failed:\n";
const ASSERT_EQ: &str = "An ASSERT_EQ instruction failed: 5 != 4.\n";
const PC: &str = "Error at pc=0:43:\n";
const OTHER_PC: &str = "Error at pc=0:44:\n";
const TRACED: &str =
    "Error at pc=0:43:\nCairo traceback (most recent call last):\nUnknown location (pc=0:7)\nUnknown location (pc=0:9)\n\n";

#[track_caller]
fn check(ours: &str, theirs: &str, class: TraceClass, extra: Option<Sides>) -> TraceDiff {
    let diff = compare(Some(ours), Some(theirs));
    assert_eq!((diff.class, diff.extra_vm_frames_on), (class, extra), "{ours}\n--- against ---\n{theirs}");
    let back = compare(Some(theirs), Some(ours));
    let turned = extra.map(|it| match it {
        Sides::Ours => Sides::Theirs,
        Sides::Theirs => Sides::Ours,
        Sides::Both => Sides::Both,
    });
    assert_eq!((back.class, back.extra_vm_frames_on), (class, turned), "the sides exchanged");
    for text in [ours, theirs] {
        assert_eq!(parse(text).to_string(), text);
    }
    diff
}

#[test]
fn parts_are_told_apart() {
    let text = [
        EXECUTION,
        &call(0, 1),
        TRACED,
        &constructor(1, 2),
        "Error message: no\nError message: never\n",
        PC,
        &panic_of(2, "(0x1, 0x6e6f ('no'))"),
    ]
    .concat();
    let trace = parse(&text);
    assert_eq!(trace.header, Some(Header::Execution));
    let [Segment::EntryPoint(outer), Segment::EntryPoint(inner), Segment::Summary(summary), Segment::Text(end)] = &trace.segments[..]
    else {
        panic!("{trace:?}")
    };
    assert_eq!((outer.depth, outer.kind, outer.address.as_str()), (0, CallKind::Call, hash(1).as_str()));
    let traceback = outer.vm[0].traceback.as_ref().expect("a traceback");
    assert_eq!((traceback.locations.len(), traceback.end), (2, TracebackEnd::BlankLine));
    assert_eq!((inner.kind, &inner.vm[0].messages[..]), (CallKind::Constructor, &["no".to_owned(), "never".to_owned()][..]));
    assert_eq!(inner.vm[0].pc, Pc { segment: 0, offset: 43 });
    assert_eq!((summary.header, summary.panic.as_deref()), (Some(SummaryHeader::Execution), Some("(0x1, 0x6e6f ('no')).")));
    assert_eq!(end, "", "the final line feed");
}

#[test]
fn fee_errors_are_read() {
    let cases = [
        ("Insufficient max L1DataGas: max amount: 10, actual used: 12.", true),
        ("Insufficient max fee: max fee: 10, actual fee: 12.", true),
        ("Insufficient fee token balance. Fee: 10, balance: low/high 9/0.", true),
        ("Insufficient max L9Gas: max amount: 10, actual used: 12.", false),
        ("Insufficient max fee: max fee: , actual fee: 12.", false),
    ];
    for (text, is_fee) in cases {
        let trace = parse(text);
        assert_eq!(matches!(trace.segments[..], [Segment::Fee(_)]), is_fee, "{text}");
        assert_eq!(trace.to_string(), text);
    }
}

#[test]
fn classes_of_whole_texts() {
    use TraceClass::*;
    let whole = |vm: [&str; 3], panic: &str| {
        [EXECUTION, &call(0, 1), vm[0], &call(1, 2), vm[1], &constructor(2, 3), vm[2], &panic_of(3, panic)].concat()
    };
    let native = whole(["", "", ""], "0x6e6f ('no')");
    let casm = whole([PC, OTHER_PC, ""], "0x6e6f ('no')");
    check(&native, &native, Identical, None);
    check(&native, &casm, VmFramesOnly, Some(Sides::Theirs));
    check(&native, &whole([TRACED, "", ""], "0x6e6f ('no')"), VmFramesOnly, Some(Sides::Theirs));
    check(&whole([PC, "", ""], "0x6e6f ('no')"), &whole(["", PC, ""], "0x6e6f ('no')"), VmFramesOnly, Some(Sides::Both));
    check(&whole([OTHER_PC, OTHER_PC, ""], "0x6e6f ('no')"), &casm, PcValues, None);
    check(&whole([TRACED, OTHER_PC, ""], "0x6e6f ('no')"), &casm, PcValues, None);
    // One frame's VM frames are missing, another's have other values: not only VM frames of one side.
    check(&whole([OTHER_PC, "", ""], "0x6e6f ('no')"), &casm, PcValues, Some(Sides::Theirs));
    check(&whole(["", "", ""], "0x6e6e ('nn')"), &native, PanicData, None);
    check(&whole(["", "", ""], "0x6e6e ('nn')"), &casm, PanicData, Some(Sides::Theirs));
    check(&native, &native.replace("\n1: ", "\n9: "), FrameSet, None);
    check(&native, &native.replace(&call(1, 2), ""), FrameSet, None);
    check(&native, &casm.replace(&call(1, 2), &call(1, 4)), FrameSet, Some(Sides::Theirs));
    check(&native, &native.replace("execution has", "validation has"), ReasonDiffers, None);
    check(&native, native.trim_end(), Whitespace, None);
    check(&native, &native.replace(":\n1", ":  \n\n1"), Whitespace, None);
    check(&native, &casm.replace("no').\n", "no')."), ReasonDiffers, Some(Sides::Theirs));
    check("Insufficient max L2Gas: max amount: 1, actual used: 2.", &native, FeeError, None);
    check("Insufficient max fee: max fee: 1, actual fee: 2.", "Insufficient max fee: max fee: 1, actual fee: 3.", FeeError, None);
    check(
        "Error in the called contract (0x1):\nError at pc=0:43:\n",
        "Error in the called contract (0x1):\n",
        ReasonDiffers,
        Some(Sides::Ours),
    );
    check("some old words", "other old words", ReasonDiffers, None);
    check("", &native, ReasonDiffers, None);
}

#[test]
fn a_cairo_0_frame_is_never_the_difference_between_backends() {
    let whole = |outer: &str, inner: &str| [EXECUTION, &call(0, 1), outer, &constructor(1, 2), inner, ASSERT_EQ].concat();
    // The constructor's VM frames are on both sides, as a Cairo 0 class demands.
    check(&whole("", TRACED), &whole(PC, TRACED), TraceClass::VmFramesOnly, Some(Sides::Theirs));
    check(&whole("", PC), &whole(PC, OTHER_PC), TraceClass::PcValues, Some(Sides::Theirs));
    check(&whole(PC, ""), &whole(PC, TRACED), TraceClass::PcValues, Some(Sides::Theirs));
    let worded = format!("Error message: no\n{PC}");
    check(&whole("", TRACED), &whole(&worded, TRACED), TraceClass::PcValues, Some(Sides::Theirs));
    // The header of an account's own constructor has VM frames without an entry point.
    let account = |vm: &str| ["Contract constructor execution has failed:\n", vm, ASSERT_EQ].concat();
    check(&account(TRACED), &account(PC), TraceClass::PcValues, None);
}

#[test]
fn sides_without_a_text() {
    let one = compare(Some("x"), None);
    assert_eq!((one.class, one.frames.len()), (TraceClass::OneSided, 1));
    assert_eq!(one.first_difference, Some(FirstDifference { line: 1, ours: Some("x".to_owned()), theirs: None }));
    assert_eq!(compare(None, Some("x")).class, TraceClass::OneSided);
    assert_eq!(compare(None, None).class, TraceClass::Identical);
}

#[test]
fn frames_are_laid_side_by_side() {
    let ours = [EXECUTION, &call(0, 1), &call(1, 2), &panic_of(2, "0x1")].concat();
    let theirs = [EXECUTION, &call(0, 1), TRACED, &call(1, 3), &call(2, 2), &panic_of(2, "0x1")].concat();
    let diff = check(&ours, &theirs, TraceClass::FrameSet, Some(Sides::Theirs));
    let changes: Vec<_> = diff.frames.iter().map(|it| it.change).collect();
    use Change::*;
    assert_eq!(changes, [Same, VmFrames, TheirsOnly, Text, Same, Same, Same, Same]);
    assert_eq!(diff.frames[1].theirs.as_ref().expect("a row").vm.len(), 4, "no blank line");
    assert_eq!(diff.first_difference.map(|it| (it.line, it.theirs)), Some((3, Some("Error at pc=0:43:".to_owned()))));
}

/// Cuts a text as blockifier does; the header does not count.
fn truncated(body: &str) -> String {
    if body.len() <= 15_100 {
        return format!("{EXECUTION}{body}");
    }
    format!("{EXECUTION}{}\n\n...\n\n{}", &body[..7500], &body[body.len() - 7500..])
}

fn long(vm: impl Fn(u64) -> &'static str, panic: &str) -> String {
    let frames: String = (0..70).map(|it| call(it, it + 1) + vm(it)).collect();
    frames + panic_of(70, panic).as_str()
}

#[test]
fn truncated_texts_are_compared_in_windows() {
    use TraceClass::*;
    let native = long(|_| "", "0x6e6f ('no')");
    let each = long(|_| PC, "0x6e6f ('no')");
    let traced = long(|_| TRACED, "0x6e6f ('no')");
    let diff = check(&truncated(&native), &truncated(&each), VmFramesOnly, Some(Sides::Theirs));
    assert_eq!(diff.windows, Some(Windows { head: VmFramesOnly, tail: VmFramesOnly }));
    check(&truncated(&native), &truncated(&traced), VmFramesOnly, Some(Sides::Theirs));
    assert_eq!(compare(Some(&truncated(&each)), Some(&truncated(&traced))).class, PcValues);
    // An early difference shifts the tail, whose own lines agree.
    let early = long(|it| if it == 2 { TRACED } else { "" }, "0x6e6f ('no')");
    let diff = check(&truncated(&native), &truncated(&early), VmFramesOnly, Some(Sides::Theirs));
    assert_eq!(diff.windows, Some(Windows { head: VmFramesOnly, tail: Identical }));
    // One in the middle is seen by nobody, neither by the hash.
    let middle = long(|it| if it == 35 { TRACED } else { "" }, "0x6e6f ('no')");
    check(&truncated(&native), &truncated(&middle), Identical, None);
    let other = long(|_| PC, "0x6e6e ('nn')");
    let diff = compare(Some(&truncated(&native)), Some(&truncated(&other)));
    assert_eq!((diff.class, diff.windows), (Truncated, Some(Windows { head: VmFramesOnly, tail: ReasonDiffers })));
    let other = each.replace(&call(3, 4), &call(3, 5));
    assert_eq!(compare(Some(&truncated(&native)), Some(&truncated(&other))).class, Truncated);
}

#[test]
fn a_text_that_only_vm_frames_make_too_long_is_compared_with_the_whole_one() {
    let body = |vm: &str, panic: &str| -> String {
        let frames: String = (0..50).map(|it| call(it, it + 1) + vm).collect();
        frames + panic_of(50, panic).as_str()
    };
    let native = truncated(&body("", "0x1"));
    assert!(!native.contains("\n\n...\n\n"), "the native text is whole");
    check(&native, &truncated(&body(TRACED, "0x1")), TraceClass::VmFramesOnly, Some(Sides::Theirs));
    assert_eq!(compare(Some(&native), Some(&truncated(&body(TRACED, "0x2")))).class, TraceClass::Truncated);
}

#[test]
fn every_cut_of_a_long_text_is_understood() {
    for shift in 0..400 {
        let panic = format!("0x{}", "1".repeat(shift));
        let (native, traced) = (truncated(&long(|_| "", &panic)), truncated(&long(|_| TRACED, &panic)));
        let diff = compare(Some(&native), Some(&traced));
        assert_eq!((diff.class, diff.extra_vm_frames_on), (TraceClass::VmFramesOnly, Some(Sides::Theirs)), "shifted by {shift}");
    }
}

#[test]
fn a_long_panic_hides_no_difference() {
    let body = |vm: &str, odd: &str| [&call(0, 1), vm, &panic_of(1, &format!("({}{odd}, 0x2)", "0x1, ".repeat(4000)))].concat();
    check(&truncated(&body("", "0x3")), &truncated(&body(PC, "0x3")), TraceClass::VmFramesOnly, Some(Sides::Theirs));
    check(&truncated(&body("", "0x3")), &truncated(&body(PC, "0x4")), TraceClass::Truncated, Some(Sides::Theirs));
}

#[test]
fn garbage_takes_time_in_proportion_to_its_length() {
    let pieces = [
        "\n",
        "Error message: \n",
        PC,
        "...\n",
        "\n\n...\n\n",
        "x",
        "Cairo traceback (most recent call last):\n",
        "Execution failed. Failure reason:\n\n",
        "0: ",
        &call(0, 1),
        "é",
        "Error message: \nError at pc=0:0:\nCairo traceback (most recent call last):\nError message: \n",
    ];
    for piece in pieces {
        let text = piece.repeat(500_000 / piece.len());
        let other = format!("{text}y");
        assert_eq!(parse(&text).to_string().len(), text.len());
        assert_ne!(compare(Some(&text), Some(&other)).class, TraceClass::VmFramesOnly, "{piece}");
        assert!(!normalised(&text).is_empty());
    }
}

/// A segment's text with its VM frames, and the same without them.
#[derive(Debug, Clone)]
struct TestSegment {
    bare: String,
    vm: String,
}

fn vm_text() -> impl Strategy<Value = String> {
    let location = (0_u64..9, 0_u64..2000).prop_map(|(segment, offset)| format!("Unknown location (pc={segment}:{offset})\n"));
    let traceback = prop::option::of(prop::collection::vec(location, 1..4).prop_map(|it| it.concat()));
    let frame = (0_u64..2, 0_u64..2000, traceback).prop_map(|(segment, offset, traceback)| {
        let traceback = traceback.map_or(String::new(), |it| format!("Cairo traceback (most recent call last):\n{it}\n"));
        format!("Error at pc={segment}:{offset}:\n{traceback}")
    });
    prop_oneof![Just(String::new()), frame]
}

fn piece() -> impl Strategy<Value = TestSegment> {
    (0_u64..40, 0_u64..9, prop::bool::ANY, vm_text()).prop_map(|(depth, contract, built, vm)| TestSegment {
        bare: if built { constructor(depth, contract) } else { call(depth, contract) },
        vm,
    })
}

fn ending() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u64..9, "[ -~]{0,20}").prop_map(|(contract, panic)| panic_of(contract, &format!("0x1 ('{panic}')"))),
        Just("Execution failed due to recursion depth exceeded.\n".to_owned()),
        Just("Execution failed. Failure reason:\n(0x1, \"two\nlines\").\n".to_owned()),
    ]
}

fn trace_pair() -> impl Strategy<Value = (String, String)> {
    let header = prop_oneof![Just(EXECUTION), Just("Transaction validation has failed:\n"), Just("")];
    (header, prop::collection::vec(piece(), 1..8), ending()).prop_map(|(header, pieces, end)| {
        let bare: String = pieces.iter().map(|it| it.bare.as_str()).collect();
        let full: String = pieces.iter().map(|it| format!("{}{}", it.bare, it.vm)).collect();
        (format!("{header}{bare}{end}"), format!("{header}{full}{end}"))
    })
}

/// Pieces of the grammar in any order, whole and cut.
fn jumble() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(EXECUTION.to_owned()),
        Just(PC.to_owned()),
        Just(TRACED.to_owned()),
        Just("Error message: no\n".to_owned()),
        Just("...\n".to_owned()),
        Just("\n".to_owned()),
        Just("\n\n...\n\n".to_owned()),
        Just("Insufficient max fee: max fee: 1, actual fee: 2.".to_owned()),
        Just(call(0, 1)),
        Just(panic_of(1, "0x1")),
        ".{0,5}",
    ];
    prop::collection::vec((piece, 0_usize..400), 0..12).prop_map(|pieces| {
        let cut = |(text, keep): &(String, usize)| text.chars().take(*keep).collect::<String>();
        pieces.iter().map(cut).collect()
    })
}

proptest! {
    #[test]
    fn any_text_is_kept(text in prop_oneof![any::<String>(), jumble()]) {
        let trace = parse(&text);
        prop_assert_eq!(trace.to_string(), text.clone());
        prop_assert_eq!(compare(Some(&text), Some(&text)).class, TraceClass::Identical);
    }

    #[test]
    fn any_two_texts_compare_alike_both_ways(ours in jumble(), theirs in jumble()) {
        let (there, back) = (compare(Some(&ours), Some(&theirs)), compare(Some(&theirs), Some(&ours)));
        prop_assert_eq!(there.class, back.class);
        prop_assert_eq!(there.class == TraceClass::Identical, ours == theirs);
    }

    #[test]
    fn texts_of_the_grammar_are_kept_and_differ_by_their_vm_frames((bare, full) in trace_pair()) {
        prop_assert_eq!(parse(&bare).to_string(), bare.clone());
        prop_assert_eq!(parse(&full).to_string(), full.clone());
        let diff = compare(Some(&bare), Some(&full));
        if bare == full {
            prop_assert_eq!(diff.class, TraceClass::Identical);
        } else {
            prop_assert_eq!((diff.class, diff.extra_vm_frames_on), (TraceClass::VmFramesOnly, Some(Sides::Theirs)));
            prop_assert_eq!(compare(Some(&full), Some(&bare)).extra_vm_frames_on, Some(Sides::Ours));
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the captured incidents are files")]
fn the_captured_receipts_differ_by_vm_frames_of_mainnet() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/incidents/01b-native-vs-casm-receipt");
    let Ok(archives) = std::fs::read_dir(format!("{folder}/pvc")) else { return };
    let archive = archives.flatten().find(|it| it.file_name().to_string_lossy().starts_with("blocks_")).expect("an archive");
    let read = |path: String| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(path).expect("a block's file")).expect("a block")
    };
    let ours = read(format!("{}/block_9188905.json", archive.path().display()));
    let theirs = read(format!("{folder}/mainnet/get_block_9188905.json"));
    let receipts = |block: &serde_json::Value| block["transaction_receipts"].as_array().expect("receipts").clone();
    let mut classes = Vec::new();
    for (ours, theirs) in receipts(&ours).iter().zip(&receipts(&theirs)) {
        let diff = compare(ours["revert_error"].as_str(), theirs["revert_error"].as_str());
        if diff.class != TraceClass::Identical {
            classes.push((diff.class, diff.extra_vm_frames_on));
        }
    }
    assert_eq!(classes, [(TraceClass::VmFramesOnly, Some(Sides::Theirs))]);
}
