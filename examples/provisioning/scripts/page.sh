#!/bin/sh
# Writes the page that the service shows. GREETING comes from the stack's configuration.
set -eu

mkdir -p /opt/hello
printf '<h1>%s</h1>\n' "$GREETING" > /opt/hello/index.html

echo "page: $GREETING"
