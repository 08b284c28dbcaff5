#!/bin/sh
# Installs the SSM agent on Debian or Ubuntu and registers this VM with AWS Systems Manager, by AWS's own installer. On a VM
# that is registered already, that brings the agent to its latest version and leaves the registration as it is.
set -eu

case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *)
    echo "there is no SSM agent for Debian on $(uname -m)" >&2
    exit 64
    ;;
esac
case $AZURE_RUN_COMMAND_REASON in
  create) version=stable ;;
  *) version=latest ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
source=$INSTALLERS/debian_$architecture/ssm-setup-cli
case $source in
  /*) cp "$source" "$folder/ssm-setup-cli" ;;
  *) curl --fail --silent --show-error --location --retry 5 --output "$folder/ssm-setup-cli" "$source" ;;
esac
chmod 700 "$folder/ssm-setup-cli"

"$folder/ssm-setup-cli" -register -activation-id "$ACTIVATION_ID" -activation-code "$ACTIVATION_CODE" \
  -region "$REGION" -version "$version"
