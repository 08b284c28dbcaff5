printf 'aé😀😀'
printf '😀aé😀' >&2
