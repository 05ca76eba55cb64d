#!/usr/bin/env python3
"""What whysync takes beside jq, ripgrep and a bare typed parse, in one run on one machine.

    cargo build --release --bin whysync --example parse_bundle
    python3 benches/peers.py target/release

CPU time is that of the process with its threads, the least of several runs; memory is its peak. The inputs are made first, from a
simulated incident. jq and rg have to be on the path.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

RUNS = 5
QUIET = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_WRONLY, 0) for number in (1, 2)]


def measured(command, runs=RUNS):
    """The least CPU seconds, the least wall seconds and the peak MB of a command."""
    cpu, wall, peak = float("inf"), float("inf"), 0
    for _ in range(runs):
        began = time.monotonic()
        # 3 says that the incident of a long log is not explained.
        pid = os.posix_spawnp(command[0], command, os.environ, file_actions=QUIET)
        _, status, used = os.wait4(pid, 0)
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
        wall = min(wall, time.monotonic() - began)
        cpu = min(cpu, used.ru_utime + used.ru_stime)
        peak = max(peak, used.ru_maxrss / 1024)
    return cpu, wall, peak


def row(what, command, size=0, runs=RUNS):
    cpu, wall, peak = measured(command, runs)
    speed = f"{size / 1e6 / wall:.0f} MB/s" if size else ""
    print(f"| {what} | {cpu * 1000:.0f} ms | {wall * 1000:.0f} ms | {peak:.0f} MB | {speed} |", flush=True)


def patterns():
    """The log patterns of the built-in rules that stand in single quotation marks, which nearly all do, without the
    names of groups. rg looks at one line at a time."""
    root = pathlib.Path(__file__).parent.parent / "rules"
    found = (re.findall(r"regex: '((?:[^']|'')*)'", it.read_text()) for it in sorted(root.rglob("*.yaml")))
    return sorted({re.sub(r"\(\?P<\w+>", "(", text.replace("''", "'")) for texts in found for text in texts if "\\n" not in text})


def earlier(lines):
    """The lines again and again, each time with later times: what repeats itself to the second was saved twice, and is left out."""
    at = datetime.datetime(2025, 6, 1)
    forms = [(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d", "%d/%b/%Y:%H:%M:%S"), (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "%Y-%m-%d %H:%M:%S")]
    while True:
        for form, written in forms:
            lines = [re.sub(form, at.strftime(written), it) for it in lines]
        at += datetime.timedelta(seconds=7)
        yield "\n".join(lines) + "\n"


def main():
    programs = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release").resolve()
    whysync, parse = str(programs / "whysync"), str(programs / "examples" / "parse_bundle")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        small = str(folder / "small.json")
        subprocess.run([whysync, "simulate", "alchemy-429-l1-handler-drop", "-o", small], check=True, capture_output=True)
        bundle = json.loads(pathlib.Path(small).read_text())
        lines = bundle["logs"]["echonet"]["observed"]["value"]["lines"]
        quiet = [it for it in lines if "Resync triggered" not in it["text"] and "tarting " not in it["text"]]
        texts = [it["text"] for it in lines]

        print("| what | CPU | wall | peak | |\n|---|---|---|---|---|")
        row("`whysync --version`", [whysync, "--version"], runs=20)
        row("`whysync rules list`: every rule is ready", [whysync, "rules", "list"], runs=20)

        grown = json.loads(json.dumps(bundle))
        more = grown["logs"]["echonet"]["observed"]["value"]["lines"]
        while len(json.dumps(grown)) < 1_000_000:
            more[0:0] = quiet[:200]
        megabyte = folder / "megabyte.json"
        megabyte.write_text(json.dumps(grown))
        size = megabyte.stat().st_size
        row("`diagnose` of a bundle of 1 MB", [whysync, "diagnose", str(megabyte)], size, 20)
        row("- a bare typed parse of it", [parse, str(megabyte)], size, 20)
        row("- `jq .schema` of it", ["jq", ".schema", str(megabyte)], size, 20)

        many = folder / "rules"
        many.mkdir()
        template = (pathlib.Path(__file__).parent / "synthetic_rule.yaml").read_text()
        for number in range(940):
            (many / f"synthetic-{number}.yaml").write_text(template.replace("NUMBER", str(number)))
        row("`diagnose` of it with 940 further rules from a folder", [whysync, "diagnose", str(megabyte), "--rules", str(many)], size)

        expressions = folder / "patterns.txt"
        expressions.write_text("\n".join(patterns()) + "\n")
        for mb in (64, 240):
            saved = folder / f"log-{mb}"
            saved.mkdir()
            (saved / "report.json").write_text(json.dumps(bundle["report"]["observed"]["value"]))
            log = saved / "echonet.log"
            with log.open("w") as out:
                before = earlier([it["text"] for it in quiet])
                while out.tell() < mb * 1024 * 1024:
                    out.write(next(before))
                out.write("\n".join(texts) + "\n")
            size = log.stat().st_size
            row(f"`diagnose` of a folder with a log of {mb} MB", [whysync, "diagnose", str(saved)], size, 3)
            search = ["rg", "-j1", "--count", "-f", str(expressions), str(log)]
            row(f"- `rg -j1` with {len(patterns())} of the same patterns", search, size, 3)

        packed = str(folder / "large.json.zst")
        row("`import` of it into a compressed bundle", [whysync, "import", str(saved), "-o", packed], size, 1)
        row("`bundle show --log` of that bundle", [whysync, "bundle", "show", packed, "--log", "Resync triggered"], size, 1)


main()
