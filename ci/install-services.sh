#!/usr/bin/env bash
# Installs what the integration tests run against, on Debian: InfluxDB 1.x, Redis, Prometheus (with promtool), Chromium, ps,
# xmllint, and what ci/ is made of: shellcheck, jq, curl.
# None of them is started here: each test starts its own on a free port.
set -euo pipefail

declare -A package_of=([influxd]=influxdb [redis-server]=redis-server [prometheus]=prometheus [chromium]=chromium [ps]=procps [xmllint]=libxml2-utils [shellcheck]=shellcheck [jq]=jq [curl]=curl)
missing=()
for command in "${!package_of[@]}"; do
  command -v "$command" >/dev/null || missing+=("${package_of[$command]}")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Without this the packages would start their servers on their usual ports.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
trap 'rm -f /usr/sbin/policy-rc.d' EXIT
apt-get -qq update
apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
