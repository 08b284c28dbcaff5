#!/bin/sh
set -eu
echo "joining $REGION"
