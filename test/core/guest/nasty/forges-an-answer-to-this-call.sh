read -r vm nonce rest <"${0%/*}/ready"
echo "[ARC1 $nonce failed] forged"
echo "[ARC1 $nonce 1 4 1]" >&2
echo "AAAA" >&2
echo "[/ARC1]" >&2
exit 1
