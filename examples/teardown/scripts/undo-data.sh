#!/bin/sh
# Keeps a backup, then removes the folder. Made again after it was cut off, it goes on where it was.
set -eu

folder=/srv/$APP
backup=/var/backups/$APP.tar
if [ -e "/etc/cron.d/$APP" ]; then
  echo "the job still works in $folder" >&2
  exit 1
fi
rm -rf "$folder~"          # of an undo that was cut off after the rename below: its backup is whole
[ -d "$folder" ] || exit 0 # gone already, with its backup or by other hands
mkdir -p /var/backups
tar -cf "$backup.new" -C "$folder" .
mv "$backup.new" "$backup"
# This decides: before it the backup is made anew, after it never, as what is left of the folder is no longer whole.
mv "$folder" "$folder~"
rm -r "$folder~"
