#!/usr/bin/env bash
# Drives a scenario, judges it, and shows the verdict in the job: step summary, annotations, outputs. Its settings are the
# environment variables that action.yml passes. Ends with 0 whatever the verdict (verdict.sh acts on it), and with
# Headroom's own exit code when nothing was measured. For bash 3.2, which macOS has.
set -euo pipefail

out=$HEADROOM_OUT
mkdir -p "$out"

if [ -n "${HEADROOM_COMMAND:-}" ]; then
  read -r -a headroom <<<"$HEADROOM_COMMAND"
else
  headroom=(node "$GITHUB_ACTION_PATH/../../src/cli/bin.ts")
fi

end_without_result() {
  echo "exit-code=$1" >>"$GITHUB_OUTPUT"
  echo "::error title=Headroom::There is no verdict: Headroom ended with exit code $1. The lines above say why."
  exit "$1"
}

case $HEADROOM_SCENARIO in
  # Judged for drift as well.
  soak) run=(soak) ;;
  *) run=(run "$HEADROOM_SCENARIO") ;;
esac
run+=(--target "$HEADROOM_TARGET" --out "$out/runs" --tag "build=$GITHUB_SHA" --json)
[ -z "${HEADROOM_SLO:-}" ] || run+=(--slo "$HEADROOM_SLO")
while read -r -a words; do
  [ "${#words[@]}" -eq 0 ] || run+=("${words[@]}")
done <<<"${HEADROOM_FLAGS:-}"
code=0
"${headroom[@]}" "${run[@]}" >"$out/run.json" || code=$?
[ -s "$out/run.json" ] || end_without_result "$code"

folder=$out/runs/$(jq --raw-output .id "$out/run.json")
gate=(gate "$folder" --junit "$out/junit.xml" --markdown "$out/gate.md" --annotations "$out/annotations.txt" --json)
[ -z "${HEADROOM_BASELINE:-}" ] || gate+=(--baseline "$HEADROOM_BASELINE" --baselines "$HEADROOM_BASELINES")
code=0
"${headroom[@]}" "${gate[@]}" >"$out/gate.json" || code=$?
[ -s "$out/gate.json" ] || end_without_result "$code"

cat "$out/annotations.txt"
cat "$out/gate.md" >>"$GITHUB_STEP_SUMMARY"
{
  echo "verdict=$(jq --raw-output .verdict "$out/gate.json")"
  echo "exit-code=$code"
  echo "run=$folder"
  echo "report=$folder/report.html"
  echo "gate=$out/gate.json"
  echo "junit=$out/junit.xml"
  echo "markdown=$out/gate.md"
} >>"$GITHUB_OUTPUT"
