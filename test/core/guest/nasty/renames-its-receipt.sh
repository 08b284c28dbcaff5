echo gone
mv "${0%/*}" "${0%/*}-away"
