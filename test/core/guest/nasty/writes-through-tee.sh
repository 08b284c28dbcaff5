#!/bin/bash
exec > >(/usr/bin/tee -a "${0%/*}/copy") 2>&1
echo one
echo two >&2
exec >&- 2>&-
wait $!
exit 3
