#!/bin/sh
# Hands on as which managed node this VM is registered, and which version its SSM agent has.
set -eu

registration=/var/lib/amazon/ssm/registration
id=$(sed -n 's/.*"ManagedInstanceID":"\(mi-[0-9a-f]*\)".*/\1/p' "$registration")
if [ -z "$id" ]; then
  echo "$registration has no id of a managed node (mi-…)" >&2
  exit 1
fi
PATH=$PATH:/snap/amazon-ssm-agent/current
version=$(amazon-ssm-agent -version)
{
  echo "managed_instance_id=$id"
  echo "agent_version=${version##*: }"
} >>"$AZURE_RUN_COMMAND_OUTPUT"
