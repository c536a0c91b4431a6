#!/usr/bin/env bash
# Installs what the integration tests run against, on Debian: InfluxDB 1.x, Redis, Prometheus (with promtool), Chromium, ps,
# xmllint, what ci/ is made of: shellcheck, jq, curl; as a service that is not ours Alertmanager; and kustomize, where kubectl does
# not bring it.
# None of them is started here: each test starts its own on a free port.
set -euo pipefail

declare -A package_of=([influxd]=influxdb [redis-server]=redis-server [prometheus]=prometheus [prometheus-alertmanager]=prometheus-alertmanager [chromium]=chromium [ps]=procps [xmllint]=libxml2-utils [shellcheck]=shellcheck [jq]=jq [curl]=curl)
missing=()
for command in "${!package_of[@]}"; do
  command -v "$command" >/dev/null || missing+=("${package_of[$command]}")
done

# Its source, whose checksums stand in ci/kustomize/go.sum; half a minute, once.
if ! command -v kustomize >/dev/null && ! command -v kubectl >/dev/null; then
  echo 'building kustomize'
  (cd "$(dirname "$0")/kustomize" && GOWORK=off go build -mod=readonly -trimpath -ldflags='-s -w' \
    -o /usr/local/bin/kustomize sigs.k8s.io/kustomize/kustomize/v5)
fi

[ "${#missing[@]}" -gt 0 ] || exit 0

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Without this the packages would start their servers on their usual ports.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
apt-get -qq update
apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
