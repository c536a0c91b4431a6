#!/usr/bin/env bash
# Ends the job by the verdict: with its exit code where it is one of those that fail the job.
set -euo pipefail

case " $HEADROOM_FAIL_ON " in
  *" $HEADROOM_VERDICT "*) exit "$HEADROOM_EXIT_CODE" ;;
esac
