#!/bin/sh
# Starts a service that shows the page, now and whenever the VM starts, and hands on its port.
set -eu

port=8080
test -e /opt/hello/index.html

mkdir -p /etc/systemd/system
cat > /etc/systemd/system/hello.service <<UNIT
[Unit]
Description=Hello

[Service]
ExecStart=/usr/bin/python3 -m http.server --directory /opt/hello $port
DynamicUser=true

[Install]
WantedBy=multi-user.target
UNIT

# The simulator's VMs are not started by systemd.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --quiet hello.service
  systemctl restart hello.service
fi

echo "port=$port" >> "$AZURE_RUN_COMMAND_OUTPUT"
echo "service: listens on port $port"
