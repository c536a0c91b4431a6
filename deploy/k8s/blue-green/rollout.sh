#!/usr/bin/env bash
# Rolls an image out to the slot that is idle, loads it there, and leads clients to it when `headroom gate` lets it.
#
#   rollout.sh registry.example/booking@sha256:…
#
# Ends with the gate's exit code: 0 clients are led to the new image; 1 fail, 3 invalid, 4 inconclusive: nothing has changed for
# them. 2: used wrongly; 5: the image did not become ready.
#
# NAMESPACE   where the app is (booking)
# SLOT_URL    where a slot is reached, {slot} being its name; without it, through a port-forward, which bears little load
# BASELINE    name of a baseline to gate against, in BASELINES (baselines); without it, the objectives alone decide
# RUN_FLAGS   flags of both `headroom run`, cut at white space: --yes-i-own-this-target
# LOAD_FLAGS  more flags of `headroom run load`: --rate 100 --duration 5m
# REPLICAS    pods of a slot (2)
# RUNS        folder of the runs (runs)
# HEADROOM    the command (headroom)
set -euo pipefail

image=${1:-}
if ! [[ $image =~ @sha256:[0-9a-f]{64}$ ]]; then
  echo 'rollout.sh: name one image by its digest: rollout.sh registry.example/booking@sha256:… (a tag may be moved)' >&2
  exit 2
fi
namespace=${NAMESPACE:-booking}
runs=${RUNS:-runs}
read -r -a headroom <<<"${HEADROOM:-headroom}"
read -r -a run_flags <<<"${RUN_FLAGS:-}"
read -r -a load_flags <<<"${LOAD_FLAGS:-}"
here=$(cd "$(dirname "$0")" && pwd)
in_namespace() { kubectl --namespace "$namespace" "$@"; }

live=$(in_namespace get service booking --ignore-not-found --output 'jsonpath={.spec.selector.slot}')
case $live in
  blue) idle=green ;;
  *) idle=blue ;;
esac
deployment=deployment/booking-$idle

forward=
# Whatever ends this script before clients are led to the slot leaves it idle.
undo() {
  [ -z "$forward" ] || kill "$forward" 2>/dev/null || true
  [ "${switched:-no}" = yes ] || in_namespace scale "$deployment" --replicas=0 || true
}
trap undo EXIT
trap 'exit 130' INT TERM

in_namespace set image "$deployment" "app=$image"
in_namespace scale "$deployment" "--replicas=${REPLICAS:-2}"
in_namespace rollout status "$deployment" --timeout=5m || {
  echo "rollout.sh: $image did not become ready in slot $idle; see: kubectl --namespace $namespace describe $deployment" >&2
  exit 5
}

if [ -n "${SLOT_URL:-}" ]; then
  target=${SLOT_URL//'{slot}'/$idle}
else
  port=$((20000 + RANDOM % 10000))
  in_namespace port-forward "service/booking-$idle" "$port:8080" >/dev/null &
  forward=$!
  target=http://127.0.0.1:$port
fi
for _ in $(seq 1 60); do
  if curl --fail --silent --output /dev/null --max-time 2 "$target/health/ready"; then break; fi
  sleep 0.5
done

# One run: its folder is the only line on standard output.
measure() {
  local scenario=$1 code=0 document
  shift
  document=$("${headroom[@]}" run "$scenario" --target "$target" --image "$image" --out "$runs" --json \
    ${run_flags[@]+"${run_flags[@]}"} "$@") || code=$?
  [ -z "$document" ] || echo "$runs/$(jq --raw-output .id <<<"$document")"
  return "$code"
}
stays() {
  echo "rollout.sh: $2 ended with exit code $1: clients stay where they are" >&2
  exit "$1"
}

# The smoke test fills the caches of a slot that has just started, and spares a broken one the load.
measure smoke >/dev/null || stays "$?" 'the smoke test'
folder=$(measure load ${load_flags[@]+"${load_flags[@]}"}) || true
[ -n "$folder" ] || stays 5 'the load'
gate=(gate "$folder")
[ -z "${BASELINE:-}" ] || gate+=(--baseline "$BASELINE" --baselines "${BASELINES:-baselines}")
"${headroom[@]}" "${gate[@]}" || stays "$?" 'the gate'

[ -n "$live" ] || in_namespace apply --filename "$here/live.yaml"
in_namespace patch service booking --type merge --patch "{\"spec\":{\"selector\":{\"slot\":\"$idle\"}}}"
switched=yes
echo "rollout.sh: clients are led to $image in slot $idle" >&2
if [ -n "$live" ] && [ "$live" != none ]; then
  echo "rollout.sh: $live is still up; to go back: kubectl --namespace $namespace patch service booking --type merge --patch '{\"spec\":{\"selector\":{\"slot\":\"$live\"}}}'" >&2
fi
