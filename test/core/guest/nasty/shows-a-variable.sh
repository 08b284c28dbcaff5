#!/usr/bin/dash
# The environment as the kernel has it, then an exit code that looks like a signal.
/bin/sed -zn "s/^$1=/&/p" /proc/$$/environ
exit 137
