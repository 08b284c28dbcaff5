printf '\r 10%%\r 50%%\r100%%\r'
printf '\033]0;title\007\033[2J\033[31mred\033[0m\b\b\f\v\033[?25l' >&2
