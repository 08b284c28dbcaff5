#!/bin/sh
# Has the app's folder looked at every hour.
set -eu

mkdir -p /etc/cron.d
echo "0 * * * * root touch /srv/$APP/alive" > "/etc/cron.d/$APP"
echo "schedule=every hour" >> "$AZURE_RUN_COMMAND_OUTPUT"
