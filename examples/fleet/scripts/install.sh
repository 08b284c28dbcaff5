#!/bin/sh
# Brings the app to $APP_VERSION on this VM. Run again, it does no harm.
set -eu

folder=/srv/app
mkdir -p "$folder/releases/$APP_VERSION"

# A real one fetches a package here, for example from a storage account with the VM's own identity.
printf '%s\n' "$APP_VERSION" >"$folder/releases/$APP_VERSION/version"

# A VM that is not fit for it keeps the version that it has: nothing was switched yet.
if [ -e "$folder/hold" ]; then
  echo "this VM is held back: $(cat "$folder/hold")" >&2
  exit 75
fi

# The switch is one rename: whoever looks sees the old version or the new one. A link that was left by a run that was cut off is
# not followed, but replaced (-n).
ln -sfn "releases/$APP_VERSION" "$folder/next"
mv -T "$folder/next" "$folder/current"

echo "$(hostname) has $APP_VERSION"
