#!/bin/sh
# Says whether the VM is still as `configure.sh` left it. It is given the same variables.
set -u

app_conf=/etc/example-app/app.conf
secrets_env=/etc/example-app/secrets.env
if ! printf '%s' "$SETTINGS" | cmp -s - "$app_conf"; then
  echo "app.conf is not as it was written"
  exit 1
fi
if ! printf 'DATABASE_PASSWORD=%s\n' "$DATABASE_PASSWORD" | cmp -s - "$secrets_env"; then
  echo "secrets.env is not as it was written"
  exit 1
fi
if [ "$(stat -c '%a %U' "$secrets_env")" != "600 root" ]; then
  echo "secrets.env can be read by others"
  exit 1
fi
