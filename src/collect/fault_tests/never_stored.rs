//! What a listing of the volume shows not to exist, and what it leaves open.

use super::*;

#[test]
fn a_listing_that_is_not_whole_shows_nothing_not_to_exist() {
    let snapshot = snapshot(1, 1, &[(12, "0xa")]);
    let block = block(12, "0xa", "0x1");
    let of = |listing: &'static str| {
        let listing = ("pvc_listing.json", listing);
        let block = ("pvc/blocks_20260102T030401Z/block_12.json", block.as_str());
        import(folder(&[listing, ("pvc/report_snapshot_20260102T030401Z.log", snapshot.as_str()), block]).path())
    };
    let whole = of(
        r#"[{"path":"/data/echonet/report_snapshot_20260102T030401Z.log","size":5},{"path":"/data/echonet/blocks_20260102T030401Z/block_12.json","size":5}]"#,
    );
    let episode = whole.episodes.first().expect("an episode");
    assert_eq!(episode.archive.gap(), None);
    assert!(episode.reverts.is_absent(), "{:?}", episode.reverts);
    let (next, before) = (episode.ours.get(&13).expect("the next block"), episode.ours.get(&11).expect("the block before"));
    assert!(next.block.was_never_stored() && next.state_update.was_never_stored() && next.blob.was_never_stored(), "{next:?}");
    assert!(before.block.gap().is_some_and(|it| it.contains("the epoch began after it")), "{before:?}");
    assert!(episode.ours.get(&12).is_some_and(|it| it.state_update.is_absent() && !it.state_update.was_never_stored()));
    for listing in [
        "[]",
        "{}",
        "null",
        "<html>",
        r#"[{"path":"/data/echonet/echonet_keys.json"}]"#,
        r#"[{"path":"/data/echonet/report_snapshot_20260102T030401Z.log"}]"#,
        r#"[{"path":"/data/echonet/report_snapshot_20260102T030401Z.log"},{"path":"/data/echonet/blocks_20260102T030401Z/block_13.json"}]"#,
    ] {
        let bundle = of(listing);
        let episode = bundle.episodes.first().expect("an episode");
        assert!(episode.archive.gap().is_some_and(|it| it.contains("listing")), "{listing}: {:?}", episode.archive);
        assert!(episode.reverts.is_not_asked(), "{listing}: {:?}", episode.reverts);
        let said = format!("{:?}", episode.ours);
        assert!(!said.contains("NeverStored") && !said.contains("holds no"), "{listing}: {said}");
    }
    // A file without content on a full volume: what comes after it may be lost.
    let torn = of(
        r#"[{"path":"/data/echonet/report_snapshot_20260102T030401Z.log","size":5},{"path":"/data/echonet/blocks_20260102T030401Z/block_12.json","size":0}]"#,
    );
    assert!(!format!("{:?}", torn.episodes).contains("NeverStored"));
    // So is one that ends in its middle, whatever size the listing tells.
    let cut = &block[..block.len() / 2];
    let listing = r#"[{"path":"/data/echonet/report_snapshot_20260102T030401Z.log","size":5},{"path":"/data/echonet/blocks_20260102T030401Z/block_12.json","size":5}]"#;
    for torn in ["", cut] {
        let files = [
            ("pvc_listing.json", listing),
            ("pvc/report_snapshot_20260102T030401Z.log", snapshot.as_str()),
            ("pvc/blocks_20260102T030401Z/block_12.json", torn),
        ];
        let torn = import(folder(&files).path());
        assert!(torn.episodes.first().is_some_and(|it| it.archive.gap().is_none()));
        assert!(!format!("{:?}", torn.episodes).contains("NeverStored"));
    }
}

#[test]
fn what_was_never_stored_is_no_gap_that_anybody_could_have_filled_and_what_is_gone_stays_one() {
    let gone: Gathered<u64> = serde_json::from_value(json!({"absent": {"asked": "x", "reason": "y"}})).expect("of an older bundle");
    assert!(!gone.was_never_stored() && gone.is_absent());
    assert_eq!(serde_json::to_value(&gone).expect("JSON"), json!({"absent": {"asked": "x", "reason": "y"}}));
    let never: Gathered<u64> =
        serde_json::from_value(json!({"absent": {"asked": "x", "reason": "y", "absence": "never_stored"}})).expect("new");
    assert!(never.was_never_stored());
}
