#!/bin/sh
# Whether this VM still has the version that it is to have. Changes nothing.
set -eu

has=$(cat /srv/app/current/version 2>/dev/null || echo none)
if [ "$has" != "$APP_VERSION" ]; then
  echo "version $has, expected $APP_VERSION"
  exit 1
fi
