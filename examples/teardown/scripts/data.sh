#!/bin/sh
# Makes the app's folder, and hands on where it is.
set -eu

folder=/srv/$APP
mkdir -p "$folder"
echo "made by $AZURE_RUN_COMMAND_REASON" > "$folder/about.txt"
echo "folder=$folder" >> "$AZURE_RUN_COMMAND_OUTPUT"
