#!/bin/sh
# Writes the settings and the password of the service. Runs when one of them changed, and to repair what `check.sh` found.
set -eu
umask 077

mkdir -p /etc/example-app
chmod 755 /etc/example-app
printf '%s' "$SETTINGS" > /etc/example-app/app.conf
chmod 644 /etc/example-app/app.conf
printf 'DATABASE_PASSWORD=%s\n' "$DATABASE_PASSWORD" > /etc/example-app/secrets.env

echo "configured ($AZURE_RUN_COMMAND_REASON)"
