#!/usr/bin/env bash
# Comments a gate's Markdown on the pull request of the job. A hidden marker finds the comment of an earlier run, which is then
# written anew. The verdict does not hang on it: what goes wrong is a warning.
# REST API: https://docs.github.com/en/rest/issues/comments
set -euo pipefail

warn() {
  echo "::warning title=Headroom::No comment on the pull request: ${1//%/%25}"
  exit 0
}

pull_request=$(jq '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
[ -n "$pull_request" ] || exit 0
[ -n "${GITHUB_TOKEN:-}" ] || warn 'there is no token'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In a file, so that no list of processes shows the token.
printf '%s\n' "Authorization: Bearer $GITHUB_TOKEN" 'Accept: application/vnd.github+json' \
  'X-GitHub-Api-Version: 2022-11-28' 'User-Agent: headroom' >"$work/headers"

# api <method> <path> [file]: sends the file, prints the answer; what went wrong is in $work/error.
api() {
  local status
  status=$(curl --silent --show-error --max-time 30 --request "$1" --header "@$work/headers" \
    --output "$work/answer" --write-out '%{http_code}' ${3:+--data-binary "@$3"} "$GITHUB_API_URL$2" 2>"$work/error") ||
    return 1
  case $status in
    2??) cat "$work/answer" ;;
    *)
      echo "$1 $2 answered $status: $(jq --raw-output '.message // "no message"' "$work/answer" 2>/dev/null)" >"$work/error"
      return 1
      ;;
  esac
}
failure() { tr '\r\n' '  ' <"$work/error"; }

marker="<!-- headroom: $HEADROOM_COMMENT_ID -->"
job=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
links="[job]($job)"
[ -z "${HEADROOM_ARTIFACT_URL:-}" ] || links="[archive and report]($HEADROOM_ARTIFACT_URL) · $links"
# GitHub takes at most 65,536 characters.
jq --null-input --rawfile text "$HEADROOM_MARKDOWN" --arg marker "$marker" --arg links "$links" \
  '{body: ($marker + "\n" + $text[0:60000] + "\n" + $links)}' >"$work/body.json"

comments=/repos/$GITHUB_REPOSITORY/issues
earlier=
page=1
while [ -z "$earlier" ]; do
  api GET "$comments/$pull_request/comments?per_page=100&page=$page" >"$work/page.json" || warn "$(failure)"
  earlier=$(jq --arg marker "$marker" 'map(select(.body // "" | startswith($marker))) | .[0].id // empty' "$work/page.json")
  [ "$(jq length "$work/page.json")" -eq 100 ] || break
  page=$((page + 1))
done

if [ -n "$earlier" ]; then
  api PATCH "$comments/comments/$earlier" "$work/body.json" >/dev/null || warn "$(failure)"
else
  api POST "$comments/$pull_request/comments" "$work/body.json" >/dev/null || warn "$(failure)"
fi
