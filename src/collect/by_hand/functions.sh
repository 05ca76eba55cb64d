# How one question is asked: its answer goes to a file of its own, and a question that fails is noted and never ends the script.

k() {
  kubectl --context "$context" --namespace "$namespace" "$@" </dev/null
}

# A text as JSON, on one line.
json() {
  printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr '\000-\037\177' ' ' | sed 's/["\\]/\\&/g')"
}

# note FILE QUESTION FIELDS: what diagnose is told of an answer.
note() {
  printf '{"file": %s, "url": %s, "fetched_at": "%s"%s}\n' \
    "$(json "$1")" "$(json "$2")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$3" >>"$work/rows"
}

# failed FILE QUESTION REASON
failed() {
  printf '  failed: %s\n' "$3" >&2
  failures=$((failures + 1))
  open=''
  note "$1" "$2" ", \"failed\": $(json "$3")"
}

# The last line that a command wrote to its standard error.
said() {
  local line
  line=$(grep -v '^[[:space:]]*$' "$work/said" | tail -n 1 || :)
  printf '%s' "${line:-it failed and did not say why}"
}

# begin FILE QUESTION: until it is kept or failed, it is open, and nothing of its answer is in the folder.
begin() {
  printf '%s\n' "$1" >&2
  open=$1 question=$2
  mkdir -p -- "$(dirname -- "$1")"
}

# keep FILE QUESTION FIELDS: the answer, which is whole, into the folder.
keep() {
  mv -- "$work/new" "$1"
  saved=$((saved + 1))
  open=''
  note "$1" "$2" "$3"
}

# save FILE COMMAND...: what a command prints. It may set `partial` to say why that is not all.
save() {
  local file=$1 asked
  shift
  asked="$*"
  asked=${asked/#k /kubectl }
  begin "$file" "$asked"
  partial=''
  if ! "$@" >|"$work/new" 2>|"$work/said"; then
    partial=$(said)
    if [ ! -s "$work/new" ]; then
      failed "$file" "$asked" "$partial"
      return
    fi
    partial="the command failed before its end: $partial"
  fi
  if [ -n "$partial" ]; then
    printf '  not whole: %s\n' "$partial" >&2
    keep "$file" "$asked" ", \"partial\": $(json "$partial")"
  else
    keep "$file" "$asked" ''
  fi
}

# fetch FILE URL CURL-OPTIONS...: an answer and its status. Of what came with another status than 200, the status is noted.
fetch() {
  local file=$1 url=$2 status
  shift 2
  : >|"$work/new"
  if ! status=$(curl --silent --show-error --max-time 300 "$@" --output "$work/new" --write-out '%{http_code}' "$url" 2>|"$work/said"); then
    failed "$file" "$url" "$(said)"
  elif [ "$status" = 200 ]; then
    keep "$file" "$url" ', "status": 200'
  else
    printf '  HTTP %s\n' "$status" >&2
    open=''
    note "$file" "$url" ", \"status\": $status"
  fi
}

mainnet() {
  begin "$1" "$feeder$2"
  fetch "$1" "$feeder$2" --retry 3 --retry-delay 5
}

# A port-forward to Echonet; `port` stays empty where there is none.
forward() {
  port=''
  : >|"$work/forward"
  # Not by the function: what is ended in the end has to be kubectl itself.
  kubectl --context "$context" --namespace "$namespace" port-forward --address 127.0.0.1 svc/echonet :80 \
    </dev/null >|"$work/forward" 2>|"$work/forward.said" &
  forwarding=$!
  for _ in {1..60}; do
    port=$(sed -n 's/^Forwarding from 127\.0\.0\.1:\([0-9][0-9]*\) -> .*/\1/p' "$work/forward" | head -n 1 || :)
    if [ -n "$port" ] || ! kill -0 "$forwarding" 2>/dev/null; then
      return
    fi
    sleep 0.5
  done
}

# page FILE PAGE: a page of Echonet. A forward that ended, as it does with the pod, is opened again.
page() {
  begin "$1" "$2"
  if ! kill -0 "$forwarding" 2>/dev/null; then
    forward
  fi
  if [ -z "$port" ]; then
    cat "$work/forward.said" >|"$work/said"
    failed "$1" "$2" "no port-forward to Echonet: $(said)"
    return
  fi
  fetch "$1" "http://127.0.0.1:$port$2" --noproxy '*'
}

# own HEIGHT FILE PAGE: a page that is Echonet's own only from the epoch's first block on; below it, Echonet would pass on mainnet's.
own() {
  local start
  start=$(grep -oE '"current_start_block": *[0-9]+' "$report" 2>/dev/null | grep -oE '[0-9]+$' | tail -n 1 || :)
  if [ -n "$start" ] && [ "$start" -le "$1" ]; then
    page "$2" "$3"
  fi
}

# Transactions that the report names as triggers at the block.
triggers() {
  [ -s "$report" ] || return 0
  tr -d '\n' <"$report" | grep -oE '\{[^{}]*\}' | grep -E "\"failure_block_number\": *${block}[,}]" |
    grep -oE '"tx_hash": *"0x[0-9a-f]+"' | grep -oE '0x[0-9a-f]+' | sort -u || :
}

# What the container wrote before its last restart, if it was restarted, and since then.
output() {
  k logs "$pod" -c echonet --timestamps --previous 2>/dev/null || :
  k logs "$pod" -c echonet --timestamps
}

# The few settings of the node that a diagnosis needs; nothing else of its ConfigMap is written.
node_settings() {
  local config kept
  config=$(k get configmap "$1" -o 'jsonpath={.data.config}') || return
  kept=$(printf '%s' "$config" | grep -oE "\"([A-Za-z0-9_.]*\.)?($kept_settings)\"[[:space:]]*:[[:space:]]*(\"[^\"\\\\]*\"|[A-Za-z0-9.+-]+)" |
    sed 's/["\\]/\\&/g' | paste -sd , - || :)
  printf '{"metadata":{"namespace":"%s"},"data":{"config":"{%s}"}}\n' "$namespace" "$kept"
}

# settings FILE CONFIGMAP: those of a layout that there is.
settings() {
  if [ ! -s "$config_maps" ] || grep -qF "\"$2\"" "$config_maps"; then
    save "$1" node_settings "$2"
  fi
}

# The ConfigMap with Echonet's source that its pod mounts; names that could be of something else are refused.
source_name() {
  local name
  name=$(k get deployment echonet -o 'jsonpath={.spec.template.spec.volumes[?(@.name=="echonet-src-bundle")].configMap.name}' 2>|"$work/said") || return 0
  case $name in
    *[!a-z0-9.-]* | *secret* | *keys*) ;;
    echonet-src | echonet-src-?*) printf '%s' "$name" && return ;;
  esac
  printf 'the Deployment echonet mounts no ConfigMap with the source\n' >|"$work/said"
}

# Names below the data directory and in each archive, as a list of JSON; they stay in `paths` too.
volume_names() {
  local name
  k exec "$pod" -c echonet -- ls -1 "$root" >|"$work/names" || return
  set -- "$root"
  while IFS= read -r name; do
    case $name in
      blocks_*[!0-9TZ]*) ;;
      blocks_?*) set -- "$@" "$root/$name" ;;
    esac
  done <"$work/names"
  if [ $# -gt 1 ]; then
    k exec "$pod" -c echonet -- ls -1 "$@" >|"$work/listed" || return
  else
    { printf '%s:\n' "$root" && cat "$work/names"; } >|"$work/listed"
  fi
  awk -v root="$root" '
    index($0, root) == 1 && /:$/ { folder = substr($0, 1, length($0) - 1); next }
    /^[A-Za-z0-9_.-]+$/ { print folder "/" $0 }
  ' "$work/listed" >|"$work/paths"
  if [ ! -s "$work/paths" ]; then
    printf '%s names nothing\n' "$root" >&2
    return 1
  fi
  printf '[\n'
  sed -e 's/.*/{"path": "&"}/' -e '$!s/$/,/' "$work/paths"
  printf ']\n'
}

# The files of the volume that match a pattern, newest first.
listed() {
  sed -n "s|^$root/||p" "$work/paths" | grep -E "^$1\$" | sort -r || :
}

# Snapshots, newest first, until one whose epoch began at or before the block; the reverts of the epochs that hold it.
snapshots() {
  local name at start own reverts count=0
  for name in $(listed "$snapshot_names"); do
    volume_file "$name"
    count=$((count + 1))
    [ -s "pvc/$name" ] || continue
    at=${name#report_snapshot_}
    at=${at%.log}
    own=$(sed -n 's/^trigger_block: *\([0-9][0-9]*\)$/\1/p' "pvc/$name" | head -n 1 || :)
    start=$(sed -n 's/^Current start block *\([0-9][0-9]*\)$/\1/p' "pvc/$name" | head -n 1 || :)
    if [ -n "$own" ] && [ -n "$start" ] && [ "$start" -le "$block" ] && [ "$block" -le "$own" ]; then
      first=$at
      last=${last:-$at}
      reverts=$(listed "report_reverts_$at\.log")
      [ -z "$reverts" ] || volume_file "$reverts"
    fi
    if [ "$count" -ge "$newest" ] && [ -n "$start" ] && [ "$start" -le "$block" ]; then
      return
    fi
  done
}

# Archived blocks of the heights that are looked at.
archives() {
  local name
  for name in $(listed "$archived_names"); do
    volume_file "$name"
  done
}

# A time as the names of files carry it, in seconds; seconds as Cloud Logging takes them. The first form is GNU's, the second BSD's.
seconds() {
  date -u -d "${1:0:4}-${1:4:2}-${1:6:2} ${1:9:2}:${1:11:2}:${1:13:2}" +%s 2>/dev/null || date -u -j -f %Y%m%dT%H%M%SZ "$1" +%s
}

moment() {
  date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$1" +%Y-%m-%dT%H:%M:%SZ
}

# From the resync before until some time after the last resync at the block, but not for longer than is usual; the newest lines where no
# resync at the block is known.
window() {
  local name at now end begin before
  now=$(date -u +%s)
  end=$now
  begin=$((end - usual))
  if [ -n "$last" ]; then
    at=$(seconds "$last")
    begin=$((at - usual))
    for name in $(listed "$snapshot_names"); do
      name=${name#report_snapshot_}
      name=${name%.log}
      if [[ $name < $first ]]; then
        before=$(seconds "$name")
        [ "$before" -le "$begin" ] || begin=$before
        break
      fi
    done
    begin=$((begin - margin))
    end=$((at + after))
    [ "$end" -le "$now" ] || end=$now
    [ "$at" -le "$end" ] || end=$at
  fi
  from=$(moment "$begin")
  until=$(moment "$end")
}

# cloud_logs FILTER...: entries of Cloud Logging as one list, newest first for each filter, so that a limit cuts off the oldest.
cloud_logs() {
  local filter count=0 comma='' file status=0
  if [ -z "$project" ]; then
    printf 'no Google Cloud project is known: name it with --project\n' >&2
    return 1
  fi
  for filter in "$@"; do
    count=$((count + 1))
    gcloud logging read "$filter
timestamp>=\"$from\"
timestamp<=\"$until\"" --project="$project" --order=desc --limit="$limit" --format=json </dev/null >"$work/entries" || { status=1 && break; }
    mv -- "$work/entries" "$work/entries.$count"
    if [ "$(grep -o '"insertId"' "$work/entries.$count" | wc -l)" -ge "$limit" ]; then
      partial="the newest $limit entries of a question were taken, and there are more"
    fi
  done
  [ -e "$work/entries.1" ] || return 1
  printf '['
  for file in "$work"/entries.*; do
    if grep -q '{' "$file"; then
      printf '%s' "$comma"
      sed -e '1s/^[[:space:]]*\[//' -e '$s/\][[:space:]]*$//' "$file"
      comma=','
    fi
  done
  printf ']\n'
  return "$status"
}

# What was gathered stays, whatever ended the script; of a question that was open then, no part of an answer does.
finish() {
  trap - EXIT
  trap '' HUP INT TERM
  [ -z "$forwarding" ] || kill "$forwarding" 2>/dev/null || :
  if [ -n "$open" ]; then
    rm -f -- "$open"
    failed "$open" "$question" 'the script was ended before the answer was whole'
  fi
  {
    printf '[\n'
    sed '$!s/$/,/' "$work/rows"
    printf ']\n'
  } >|"$index"
  rm -rf -- "$work"
  printf '\n%s: %s answers, %s failed; %s says which and why\n' "$folder" "$saved" "$failures" "$index" >&2
  if [ "$saved" = 0 ]; then
    exit 1
  fi
  printf 'next: whysync diagnose %s --block %s\n' "$folder" "$block" >&2
}
