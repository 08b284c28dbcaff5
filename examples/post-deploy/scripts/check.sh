#!/bin/sh
# Says whether the VM is still as `configure.sh` left it. It is given the same variables.
set -u

if ! printf '%s' "$SETTINGS" | cmp -s - /etc/example-app/app.conf; then
  echo "app.conf is not as it was written"
  exit 1
fi
if [ "$(stat -c %a /etc/example-app/secrets.env)" != 600 ]; then
  echo "secrets.env can be read by others"
  exit 1
fi
