set -euo pipefail
words=(one two)
[[ ${words[1]} == two ]] && echo "${words[1]}"
false | true
echo never
