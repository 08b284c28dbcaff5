mkdir "${0%/*}/folder"
cd "${0%/*}/folder"
rmdir "${0%/*}/folder"
touch file || echo nowhere
exit 3
