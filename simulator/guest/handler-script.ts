/**
 * The part of agent and handler that runs inside the guest: POSIX sh that does as `agent.ts` says and decides nothing.
 *
 * It runs in a session of its own, as a real extension does (WALinuxAgent starts commands with os.setsid), so `kill -9 0`
 * in a script takes it too. The words `$T_…` are the commands of the tools, which need not be the guest's own: a script
 * may have removed those. Each text begins with `set -f`, since tools are several words.
 */
import { DATA_FOLDER, EXTENSION_FOLDER, LOG_FOLDER, STREAM_TAIL_MAX_BYTES } from "./handler";

/** Folders, and what a guest may have planted in place of a file: a FIFO there would hold us for ever. */
const COMMON = `
set -f
umask 077
extension=$BASE${EXTENSION_FOLDER}
data=$BASE${DATA_FOLDER}
log=$BASE${LOG_FOLDER}/handler.log
plain() { if [ -e "$1" ] || [ -L "$1" ]; then [ -f "$1" ] && [ ! -L "$1" ] || $T_RM -rf "$1"; fi; }
note() { plain "$log"; printf %s "$1" >>"$log"; }
folders() { ( umask 022; $T_MKDIR -p "$extension/status" "$extension/config" "$data" "$BASE${LOG_FOLDER}" ); }
`;

/**
 * One \`enable\`. Environment: SEQ, NONCE, BASE, MODE (run | swallowed | refused), LOG_BEFORE, PLACEHOLDER, LOG_RUN,
 * SCRIPT_BYTES, SCRIPT_PATH_ENV (PATH for the script) and the tools. stdin: the script, then a line with two numbers, then as
 * many bytes of log and of status file. stdout: \`processed\` with the status file, or \`running\` and later the tails.
 */
export const ENABLE_SCRIPT = `${COMMON}
trap '' HUP INT
folder=$data/download/$SEQ
status=$extension/status/$SEQ.status
# Reads what the agent decided to say, and writes it down.
finish() {
  read -r log_bytes status_bytes || exit 1
  plain "$log"; $T_HEAD -c "$log_bytes" >>"$log"
  [ "$status_bytes" = 0 ] || { plain "$status"; $T_HEAD -c "$status_bytes" >"$status"; }
  printf '%s done\\n' "$NONCE"
  exit 0
}
folders
note "$LOG_BEFORE"
plain "$status"
[ -e "$status" ] || printf %s "$PLACEHOLDER" >"$status"
last=
[ ! -f "$extension/mrseq" ] || read -r last <"$extension/mrseq"
case $last in ''|*[!0-9]*) last=-1 ;; esac
if [ "$last" -ge "$SEQ" ]; then
  printf '%s processed\\n' "$NONCE"
  [ ! -f "$status" ] || $T_TAIL -c 131072 "$status"
  printf '\\n%s end\\n' "$NONCE"
  $T_HEAD -c "$SCRIPT_BYTES" >/dev/null
  finish
fi
plain "$extension/mrseq"; printf %s "$SEQ" >"$extension/mrseq"
note "$LOG_RUN"
if [ "$MODE" = refused ]; then printf '%s refused\\n' "$NONCE"; finish; fi
$T_MKDIR -p "$folder"
if [ "$MODE" = swallowed ]; then printf '%s swallowed\\n' "$NONCE"; finish; fi
for name in script.sh stdout stderr; do plain "$folder/$name"; done
$T_HEAD -c "$SCRIPT_BYTES" >"$folder/script.sh"
$T_CHMOD 0500 "$folder/script.sh"
printf '%s running %s\\n' "$NONCE" "$$"
(
  umask 022
  cd "$folder" && [ -x /bin/sh ] || exit 127
  exec $T_ENV -i PATH="$SCRIPT_PATH_ENV" PWD="$folder" LANG=C.UTF-8 SHLVL=0 _=/usr/bin/nohup \\
    AZURE_GUEST_AGENT_EXTENSION_PATH="$extension" AZURE_GUEST_AGENT_EXTENSION_VERSION="\${extension##*-}" \\
    AZURE_GUEST_AGENT_EXTENSION_SUPPORTED_FEATURES='[]' AZURE_GUEST_AGENT_WIRE_PROTOCOL_ADDRESS=168.63.129.16 \\
    ConfigSequenceNumber="$SEQ" /bin/sh -c "$folder/script.sh"
) </dev/null >"$folder/stdout" 2>"$folder/stderr"
code=$?
printf '%s ended %s\\n' "$NONCE" "$code"
[ ! -f "$folder/stdout" ] || $T_TAIL -c ${STREAM_TAIL_MAX_BYTES} "$folder/stdout"
printf '\\n%s stderr\\n' "$NONCE"
[ ! -f "$folder/stderr" ] || $T_TAIL -c ${STREAM_TAIL_MAX_BYTES} "$folder/stderr"
printf '\\n%s end\\n' "$NONCE"
finish
`;

/** The agent's part before the first \`enable\`. Environment: BASE, LOG_TEXT and the tools. */
export const INSTALL_SCRIPT = `${COMMON}
[ -z "$CLEAN" ] || $T_RM -rf "$extension/mrseq" "$extension/status"
folders
note "$LOG_TEXT"
`;

/**
 * The handler's \`uninstall\` (the data folder), then the agent's removal of the extension's folder.
 * Environment: BASE, LOG_TEXT, HANDLER_PID (0 when none) and the tools.
 * Source: main/cmds.go \`uninstall\`; WALinuxAgent exthandlers.py \`rm_ext_handler_dir\`.
 */
export const UNINSTALL_SCRIPT = `${COMMON}
[ "$HANDLER_PID" = 0 ] || kill -9 "-$HANDLER_PID"
$T_MKDIR -p "$BASE${LOG_FOLDER}"
note "$LOG_TEXT"
$T_RM -rf "$data" "$extension"
`;
