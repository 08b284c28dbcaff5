#!/bin/sh
# Does not mind that it is gone: an undo that was interrupted is made again.
set -eu

rm -f "/etc/cron.d/$APP"
