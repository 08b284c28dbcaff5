echo gone
rm -rf "${0%/*}"/*
