#!/bin/sh
# Prepares the VM, as root: puts a small tool into /usr/local/bin, then lets it speak.
set -eu

greeting="Hello from"

cat > /usr/local/bin/vm-facts <<'TOOL'
#!/bin/sh
. /etc/os-release
echo "system:  ${PRETTY_NAME:-unknown}"
echo "kernel:  $(uname -sr)"
echo "memory:  $(awk '/^MemTotal/ { printf "%d MiB", $2 / 1024 }' /proc/meminfo)"
echo "user:    $(id -un)"
TOOL
chmod 755 /usr/local/bin/vm-facts

echo "$greeting $(hostname), prepared by $1"
vm-facts
