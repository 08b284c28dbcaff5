#!/bin/sh
echo after
exit 3
