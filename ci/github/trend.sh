#!/usr/bin/env bash
# Adds a run to the history in nights/ and shows in the job's summary what changed for good. Ends with 4 when a change for the worse
# became certain with this run; a history that is still too short is no reason to be red.
set -euo pipefail

night=nights/$(basename "$RUN")
mkdir -p "$night"
# Trend reads no more of an archive than this.
cp "$RUN/run.json" "$night/"

# 0 and 4 are its verdicts.
trend() {
  local code=0
  node "$(dirname "$0")/../../src/cli/bin.ts" trend --runs nights "$@" || code=$?
  [ "$code" -eq 0 ] || [ "$code" -eq 4 ] || exit "$code"
}

table=$(trend)
document=$(trend --json)
echo "$table"
{
  echo '### Trend'
  echo
  # Four spaces make a block of code.
  printf '    %s\n' "${table//$'\n'/$'\n    '}"
} >>"$GITHUB_STEP_SUMMARY"

# The group of the newest run comes first.
worse=$(jq --raw-output '[.groups[0] | (.metrics, .drift)[]? | select(.alarm) | .id] | join(", ")' <<<"$document")
if [ -n "$worse" ]; then
  echo "::error title=Headroom trend::${worse//%/%25} became worse for good: see the summary"
  exit 4
fi
