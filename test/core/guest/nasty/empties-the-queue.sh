rm -rf "${0%/*/*/*}/.queue"/*
sleep 0.2
exit 3
