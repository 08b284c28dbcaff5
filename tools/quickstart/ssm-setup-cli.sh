#!/bin/sh
# Stands for AWS's ssm-setup-cli in the simulated VM, where there is no internet. It takes the same options and leaves the same
# record of a registration; the agent that it installs only knows its version, and how to forget the registration.
set -eu

activation_id='' activation_code='' region='' version=stable
while [ $# -gt 0 ]; do
  case $1 in
    -register) shift ;;
    -activation-id) activation_id=$2 && shift 2 ;;
    -activation-code) activation_code=$2 && shift 2 ;;
    -region) region=$2 && shift 2 ;;
    -version) version=$2 && shift 2 ;;
    *) echo "flag provided but not defined: $1" >&2 && exit 2 ;;
  esac
done
if [ -z "$activation_id" ] || [ -z "$activation_code" ] || [ -z "$region" ]; then
  echo "activation id, activation code and region are required" >&2
  exit 1
fi

cat >/usr/bin/amazon-ssm-agent <<'AGENT'
#!/bin/sh
case $* in
  -version) echo "SSM Agent version: stand-in ($(cat /etc/amazon/ssm/version))" ;;
  '-register -clear') rm -f /var/lib/amazon/ssm/registration ;;
  *) exit 1 ;;
esac
AGENT
chmod 755 /usr/bin/amazon-ssm-agent
mkdir -p /etc/amazon/ssm /var/lib/amazon/ssm
echo "$version" >/etc/amazon/ssm/version

registration=/var/lib/amazon/ssm/registration
if [ -s "$registration" ]; then
  echo "the agent is registered already: $(cat "$registration")"
else
  instance=mi-$(printf %s "$activation_id" | tr -d - | cut -c 1-17)
  printf '{"ManagedInstanceID":"%s","Region":"%s"}' "$instance" "$region" >"$registration"
  echo "registered as $instance"
fi
