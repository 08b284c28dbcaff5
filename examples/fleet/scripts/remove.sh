#!/bin/sh
# Takes the app off a VM that leaves the fleet, or when the stack is destroyed.
set -eu

rm -rf /srv/app
