#!/usr/bin/env bash
# Starts the booking app of an image by Docker Compose, with a fresh database, and removes both when it is told to stop.
#
#   headroom ab --a "deploy/ab/image.sh IMAGE_A@sha256:… {port}" --b "deploy/ab/image.sh IMAGE_B@sha256:… {port}"
set -euo pipefail

image=${1:-} port=${2:-}
if ! [[ $image =~ @sha256:[0-9a-f]{64}$ && $port =~ ^[0-9]+$ ]]; then
  echo 'image.sh: name an image by its digest, and a port: image.sh registry.example/booking@sha256:… {port}' >&2
  exit 2
fi
export IMAGE=$image PORT=$port
compose=(docker compose --project-name "headroom-ab-$port" --file "$(dirname "$0")/compose.yaml")

trap '"${compose[@]}" down --volumes --timeout 5' EXIT
trap 'exit 143' TERM INT
"${compose[@]}" up --detach --wait
echo "http://127.0.0.1:$port"
"${compose[@]}" logs --follow &
wait "$!"
