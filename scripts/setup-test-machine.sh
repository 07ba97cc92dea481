#!/usr/bin/env bash
# Installs what the tests need beyond npm, when it is root on Debian; otherwise names precisely what is
# missing and goes on: the tests that need it then fail with its name. Quick when everything is there.
set -u

# command | Debian package | which tests need it
PARTS='mosquitto|mosquitto|the MQTT client against an independent broker'

missing_packages=()
missing_lines=()
while IFS='|' read -r name package why; do
  # Daemons live in sbin, which is not on every user's PATH.
  if ! PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$name" >/dev/null 2>&1; then
    missing_packages+=("$package")
    missing_lines+=("$name (Debian package $package): $why")
  fi
done <<<"$PARTS"
[ "${#missing_packages[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then
  echo "setup-test-machine: installing ${missing_packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # The tests start their own broker on their own port; the service must not take 1883.
  [ -e /usr/sbin/policy-rc.d ] || {
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  }
  install_packages() { timeout 300 apt-get install -y -qq --no-install-recommends "${missing_packages[@]}" >/dev/null; }
  install_packages 2>/dev/null || { timeout 120 apt-get update -qq && install_packages; } ||
    printf 'setup-test-machine: apt-get could not install: %s\n' "${missing_lines[@]}" >&2
else
  printf 'setup-test-machine: missing, and not root on Debian: %s\n' "${missing_lines[@]}" >&2
  echo "setup-test-machine: install with: sudo apt-get install ${missing_packages[*]}" >&2
fi
exit 0
