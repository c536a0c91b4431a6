#!/usr/bin/env bash
# Starts the booking app of an image on Kubernetes, in a namespace of its own with a fresh database, and removes it when it is
# told to stop. It answers through a port-forward: enough for some hundred requests per second, and the same for both sides.
#
#   headroom ab --a "deploy/ab/kubernetes-image.sh IMAGE_A@sha256:… {port}" --b "deploy/ab/kubernetes-image.sh IMAGE_B@sha256:… {port}"
set -euo pipefail

image=${1:-} port=${2:-}
if ! [[ $image =~ .@sha256:[0-9a-f]{64}$ && $port =~ ^[0-9]+$ ]]; then
  echo 'kubernetes-image.sh: name an image by its digest, and a port: kubernetes-image.sh registry.example/booking@sha256:… {port}' >&2
  exit 2
fi
name=${image%@*} digest=${image#*@}
namespace=booking-ab-$port
manifests=$(cd "$(dirname "$0")/../k8s" && pwd -P)
folder=$(cd "$(mktemp -d)" && pwd -P)
# kustomize takes relative paths only: up to the root, and down from there.
# shellcheck disable=SC2001 # a pattern that ${…//…} has no words for
up=$(sed 's#/[^/]*#../#g' <<<"$folder")
cat >"$folder/kustomization.yaml" <<KUSTOMIZATION
namespace: $namespace
resources: ['${up%/}$manifests/base']
secretGenerator:
  - name: booking
    literals: [postgres-password=$RANDOM$RANDOM$RANDOM]
images:
  - name: headroom-reference-app
    newName: $name
    digest: $digest
replicas:
  - name: booking
    count: 1
KUSTOMIZATION

forward=
undo() {
  [ -z "$forward" ] || kill "$forward" 2>/dev/null || true
  rm -rf "$folder"
  kubectl delete namespace "$namespace" --ignore-not-found --wait=false
}
trap undo EXIT
trap 'exit 143' TERM INT
kubectl apply --kustomize "$folder"
kubectl --namespace "$namespace" rollout status deployment/booking --timeout=170s
kubectl --namespace "$namespace" port-forward service/booking "$port:8080" &
forward=$!
wait "$forward"
