#!/bin/sh
# Writes the settings and the password of the service. Runs when one of them changed, and to repair what `check.sh` found.
set -eu
umask 077

mkdir -p /etc/example-app
cd /etc/example-app
chmod 755 .
# Written beside and renamed: whoever reads finds the old file or the new one, and the new one never has the old one's mode.
rm -f app.conf.new secrets.env.new
printf '%s' "$SETTINGS" > app.conf.new
chmod 644 app.conf.new
printf 'DATABASE_PASSWORD=%s\n' "$DATABASE_PASSWORD" > secrets.env.new
mv app.conf.new app.conf
mv secrets.env.new secrets.env

echo "configured ($AZURE_RUN_COMMAND_REASON)"
