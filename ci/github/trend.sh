#!/usr/bin/env bash
# Adds a run to the history in nights/ and shows in the job's summary what changed for good. A change for the worse that became
# certain with this run ends the job with 4.
set -euo pipefail

night=nights/$(basename "$RUN")
mkdir -p "$night"
# Trend reads no more of an archive than this.
cp "$RUN/run.json" "$night/"

code=0
table=$(node "$(dirname "$0")/../../src/cli/bin.ts" trend --runs nights) || code=$?
echo "$table"
{
  echo '### Trend'
  echo
  # Four spaces make a block of code.
  printf '    %s\n' "${table//$'\n'/$'\n    '}"
} >>"$GITHUB_STEP_SUMMARY"
exit "$code"
