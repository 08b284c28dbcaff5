#!/bin/sh
# Takes the SSM agent and its registration off this VM. What AWS Systems Manager itself knows of the VM is deleted before.
set -eu

if [ -x /snap/amazon-ssm-agent/current/amazon-ssm-agent ]; then
  snap stop amazon-ssm-agent
  /snap/amazon-ssm-agent/current/amazon-ssm-agent -register -clear
  snap remove --purge amazon-ssm-agent
elif command -v amazon-ssm-agent >/dev/null; then
  systemctl stop amazon-ssm-agent || echo "the agent's service could not be stopped; going on" >&2
  amazon-ssm-agent -register -clear
  if dpkg -s amazon-ssm-agent >/dev/null 2>&1; then dpkg --purge amazon-ssm-agent; fi
fi
rm -rf /var/lib/amazon/ssm /etc/amazon/ssm
echo "this VM is no managed node any more"
