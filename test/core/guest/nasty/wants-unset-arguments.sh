set -u
echo "$#"
echo "$1"
echo never
