#!/bin/sh
# Runs scripts on a VM exactly once and reports what came of them. POSIX sh for dash, bash as sh and busybox ash.
#
# requests.ts strips comments, blank lines and indentation and appends the requests, so: no here-documents, no text over
# several lines, no comment behind code. protocol.ts says what is asked and reported; report.ts reads the frame.
# Lines that begin with "#@" name the steps at which the tests kill the runner.
#
# Root folder: <key>/<runId>/ are receipts, .queue/ holds one empty file for each process that runs, waits or calls.
# A receipt:
#   ready          "<vmId> <nonce> <timeout in seconds> <how>": the files below are complete. Made by rename. How: b, it takes
#                  no turn; e, it ends what else there is of its key; o, it was made only because something of its key was there
#   script prelude the job's text; its environment, arguments and guards (wiped at the start or when a guard hung: they may
#                  be secret)
#   runner         this text up to the requests, for the supervisor, because script.sh is deleted
#   go             "<supervisor> <job> <startedAt> <nonce> <uptime>": the job has started. Made by link(2), which fails when the
#                  name exists, by the very process that becomes the job: this one step makes a run happen once.
#                  "- <kind>.<value>.<endedAt>.<uptime>.<boot> - <nonce> <uptime>" when it ended without a start, canceled or
#                  skipped: whoever finds that records it as the end.
#   guard          "<process> <mark>": the guard that is asked. All that is asked comes before "go", so it may be asked twice.
#   out err note   the job's streams; what the supervising shell says about it ("Killed")
#   output         the job's named outputs
#   last.<runId>.out last.<runId>.output   copies of an earlier run's, for this one to read. Later receipts have links to
#                  them, since that run's own receipt is deleted before they are. Of root, and of the job's group.
#   going stop.<kind> killed.<kind>   who ends it, claimed by a rename of "going": "-" itself, T: its time, C: cancel; the
#                  second rename comes with the first signal. Who finds a claim that nobody carries out, carries it out.
#   hung           what "going" becomes when a guard did not end: the note says which, and nobody asks again.
#   end.<kind>.<value>.<endedAt>.<uptime>.<out bytes>.<err bytes>.<output bytes>   the result, in the name: a rename of
#                  "pending", so that it can be recorded on a full disk. E: exited, K: killed, T: timed out, C: canceled, L: lost,
#                  I: interrupted (then endedAt: noticed at), S: skipped (then value: <guard>-<exit code>)
#   n.<pid>        what was printed since, for the answer of the call of this number
#   archive meta   what goes back, made at the first report and kept so that later reads see the same bytes
#
# Processes are named <pid>.<start time in clock ticks>.<boot id>: a reused pid has another start time. Without /proc
# the start time is 0 and a reused pid is taken for the old process.
# Names in .queue/: <number>.<supervisor>.<key>.<runId> waits, 0.<supervisor>.<key>.<runId> has its turn and 0j.<job>.… is
# its job, from its guards on (which may outlive it), c.<process> is a call that submits. b.… and bj.… are those of a run that takes no turn.
# Files of dead processes count for nothing and are deleted by whoever meets them.
#
# SIGHUP, SIGINT (by the handler) and SIGQUIT (by "&") are ignored here, and no shell can undo that. GNU env from
# coreutils 8.31 can, so there the job has the usual dispositions; elsewhere it inherits the ignored ones.
# A status above 128 means a signal only if the supervising shell printed a word about it. No shell prints one for
# SIGINT and SIGPIPE, so these deaths are reported as exit codes 130 and 141.

root=/var/lib/azure-run-command
q=$root/.queue
# What the names of the job's variables begin with.
a=AZURE_RUN_COMMAND_
mask=$(umask)
umask 077
export PATH="${PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}"
read -r boot 2>/dev/null </proc/sys/kernel/random/boot_id || boot=0
# Centiseconds between SIGTERM and SIGKILL.
grace=1000
# Centiseconds that a guard has.
patience=6000
setsid=$(command -v setsid)

# Sets s to what stat says of process $1 behind its command's name, which may hold blanks, brackets and line ends.
fields() {
  s=
  while IFS= read -r l; do s="$s $l"; done 2>/dev/null <"/proc/$1/stat"
  s=${s##*) }
}

# Sets id to the name of process $1; fails when there is none.
procid() {
  if [ -r /proc/self/stat ]; then
    fields "$1"
    # shellcheck disable=SC2086 # words
    set -- "$1" $s
    case ${2:-Z} in Z | X) return 1 ;; esac
    id=$1.${21}.$boot
  else
    kill -0 "$1" 2>/dev/null || return 1
    id=$1.0.$boot
  fi
}

alive() {
  procid "${1%%.*}" || return 1
  case $1 in "$id" | "$id".*) ;; *) return 1 ;; esac
}

# Centiseconds of a clock that nobody sets.
clock() {
  if read -r now _ 2>/dev/null </proc/uptime; then now=${now%.*}${now#*.}; else now=$(date +%s)00; fi
}

nap() {
  sleep "$1" 2>/dev/null || sleep 1
}

# Rests a moment, after pause=1 a short one, and then longer ones.
doze() {
  nap "0.0$pause"
  [ "$pause" = 9 ] || pause=$((pause + 1))
}

# Sets n. A pipe or a device that a job put there is nothing, and would never end.
size() {
  n=0
  [ -f "$1" ] && n=$(wc -c <"$1") && n=$((n))
}

# The first $1 bytes of file $2.
part() {
  [ ! -f "$2" ] || head -c "$1" "$2"
}

# Deletes file $1 and overwrites it before, as far as the disk does that in place.
wipe() {
  [ -e "$1" ] || return 0
  size "$1" && head -c "$n" /dev/zero 1<>"$1"
  rm -f "$1"
} 2>/dev/null

# Takes lock $1 as $2; fails with 1 when others hold it for a minute, with 2 when the disk is full. Whoever made its file
# later sees the other's. The first by name stays and waits, others step back.
lock() {
  clock
  t0=$now
  while
    # Another call may remove the folder at the same moment, however long this one has waited.
    n=0
    until mkdir -p "$q" && true >"$q/$1.$2"; do
      n=$((n + 1))
      [ $n -lt 20 ] || return 2
      nap 0.05
    done
    busy='' seen=''
    for t in "$q/$1".*; do
      if [ "$t" = "$q/$1.$2" ]; then
        seen=1
      elif alive "${t#"$q/$1."}"; then
        busy=1
        [ "$seen" ] || rm -f "$q/$1.$2"
      else
        rm -f "$t"
      fi
    done
    [ "$busy" ]
  do
    clock
    [ $((now - t0)) -lt 6000 ] || return 1
    nap 0.05
  done
}

# Sets st, d and what is known of receipt $1/$2. A supervisor records the end before it dies, so ask for life first.
look() {
  d=$root/$1/$2
  st=Absent vm='' by='' claim='' how='' sup='' job='' from=- at=- kind='' val=- live=''
  for t in "$q"/*".$1.$2"; do
    t=${t##*/}
    alive "${t#*.}" && live=1
  done
  if ! read -r vm claim limit how <"$d/ready"; then
    # A job that deleted its receipt, or all of them, is there as long as it lives.
    [ ! "$live" ] && ! supervised "$1" "$2" || st=Running
    return 0
  fi
  st=Idle by=$claim
  [ ! "$live" ] || st=Waiting
  if read -r sup job from by began <"$d/go"; then
    st=Running
    live=
    # A job can write anything in its receipt, so the end is believed when nobody lives who could write it.
    { alive "$sup" || alive "$job"; } && return
  fi
  ended && return
  [ "$job" ] || return 0
  kind=I
  case $job in *".$boot") kind=L ;; esac
  [ ! -e "$d/killed.T" ] || kind=T
  [ ! -e "$d/killed.C" ] || kind=C
  case $sup$job in
  -?.*) record "${job%.*}" ;;
  *) record "$kind.-" ;;
  esac
  ended
}

# Whether the run that was looked at goes on, or is about to.
goes() {
  case $st in Waiting | Running) ;; *) return 1 ;; esac
}

# Whether run $1/$2 has a supervisor although nothing is there that tells of it. In brackets, so that grep does not find
# itself; another user's process may call itself anything.
supervised() {
  # shellcheck disable=SC2013 # none of these paths has a blank
  for t in $(grep -lsxz "[/]${root#/}/$1/$2/runner" /proc/[0-9]*/cmdline); do
    # shellcheck disable=SC3067 # all three shells have -O
    [ -O "${t%/cmdline}" ] && grep -qsxz supervise "$t" && return
  done
  return 1
}

ended() {
  set -- "$d"/end.*
  [ -e "$1" ] || return 1
  val=${1##*/end.}
  kind=${val%%.*} val=${val#*.}
  u=${val##*.} at=${val%.*}
  e=${at##*.} at=${at%.*}
  o=${at##*.} at=${at%.*}
  up=${at##*.} at=${at%.*}
  val=${at%.*} at=${at##*.}
  case $kind in E) st=Exited ;; K) st=Killed ;; T) st=TimedOut ;; C) st=Canceled ;; L) st=Lost ;; I) st=Interrupted ;; S) st=Skipped ;; esac
}

# record KIND.VALUE[.ENDEDAT.UPTIME]
record() {
  clock
  o=$1
  case $o in *.*.*) ;; *) o=$o.$(date +%s).$now ;; esac
  for t in out err output; do
    size "$d/$t"
    o=$o.${n:-0}
  done
  mv "$d/pending" "$d/end.$o" || true >"$d/end.$o"
  wipe "$d/prelude"
}

# settle KIND.VALUE: ends the run of receipt d without a start. Fails when it has a "go": then it has started or ended. The
# end is in "go" with its time, so that all who record it write the same.
settle() {
  clock
  t=$1.$(date +%s).$now
  begun - "$t.$boot" - || return 1
  #@ settled
  record "$t"
}

# begun SUPERVISOR JOB STARTEDAT: makes the "go" of receipt d, at time now; fails when it has one. From a file of its own: to
# write to one that another process made, and linked, would be to write to "go".
begun() {
  echo "$* $nonce $now" >"$d/go.$$" && ln "$d/go.$$" "$d/go"
  set -- $?
  rm -f "$d/go.$$"
  return "$1"
}

# Sets found to the processes of the job: its group, its session, and whoever has its environment or that of its guards.
# Never to those that look for them.
processes() {
  found=
  for t in /proc/[0-9]*/stat; do
    t=${t#/proc/}
    t=${t%/stat}
    fields "$t"
    # shellcheck disable=SC2086 # words
    set -- "$t" $s
    case ${2:-Z} in Z | X) continue ;; esac
    case " $1 $4 $5 " in *" ${job%%.*} "*) found="$found $1" ;; esac
  done
  s=${a}RECEIPT=$d:$by
  # shellcheck disable=SC2013 # none of these paths has a blank
  for t in $(grep -Flsxz -e "$s" -e "$s-guard" /proc/[0-9]*/environ); do
    t=${t#/proc/}
    case " 1 $$ $PPID " in *" ${t%/environ} "*) ;; *) found="$found ${t%/environ}" ;; esac
  done
  [ -r /proc/self/stat ] || { kill -0 "${job%%.*}" && found=${job%%.*}; }
  [ "$found" ]
} 2>/dev/null

# Ends job "job" with mark "by" of receipt d, for reason $1, with all its children: SIGTERM, then SIGKILL. Fails when some
# are there 5 s later still.
end_job() {
  clock
  t1=$now told=' '
  #@ ending-job
  [ "$1" = - ] || { alive "$job" && mv "$d/stop.$1" "$d/killed.$1"; }
  while processes; do
    clock
    [ $((now - t1)) -lt $((grace + 500)) ] || return 1
    for t in $found; do
      if [ $((now - t1)) -ge $grace ]; then
        kill -KILL "$t"
      else
        case $told in *" $t "*) continue ;; esac
        kill -TERM "$t"
        # A stopped process would not see it.
        kill -CONT "$t"
        told="$told$t "
      fi
    done
    nap 0.1
  done
}

# Ends the guard of receipt d that is asked. Its time to clean up is shorter than a job's: whoever cancels waits for it.
end_guard() {
  read -r t v 2>/dev/null <"$d/guard" && alive "$t" || return 0
  job=$t by=$v t2=$grace grace=$((grace / 5))
  end_job -
  grace=$t2
}

# Ends a job whose time is over, or that somebody claimed and did not end. After look.
enforce() {
  [ "$st" = Running ] && alive "$job" || return
  for t in T C; do
    if [ -e "$d/stop.$t" ] || [ -e "$d/killed.$t" ]; then
      end_job $t
      return
    fi
  done
  clock
  [ "${limit#0}" ] && [ $((now - began)) -ge $((limit * 100 + 300)) ] && mv "$d/going" "$d/stop.T" && end_job T
}

# limit KEY RUNID SECONDS SUPERVISOR: ends the job so long after its start, by a clock that nobody sets.
limit() {
  trap '' HUP INT QUIT TERM USR1 USR2 ALRM
  sleeper=
  trap 'kill $sleeper; exit' URG
  d=$root/$1/$2
  until read -r _ job _ by began <"$d/go"; do
    alive "$4" || exit
    nap 0.2
  done
  while
    clock
    t=$((began + $3 * 100 - now))
    [ $t -gt 0 ]
  do
    alive "$job" || exit
    [ $t -lt 6000 ] || t=5900
    sleep $((t / 100 + 1)) &
    sleeper=$!
    wait $sleeper
    sleeper=
  done
  trap '' URG
  alive "$job" && mv "$d/going" "$d/stop.T" && end_job T
}

# Whether no live process stands before this supervisor.
first() {
  [ -e "$d/ready" ] || return 0
  for t in "$q"/[0-9]*; do
    t=${t##*/}
    [ "$t" = "$mine" ] && return
    alive "${t#*.}" && return 1
    rm -f "$q/$t"
  done
  mkdir -p "$q"
  true >"$q/$mine" || full=$((full + 1))
  return 1
}

# Ends a supervisor whose run cannot be started, or is not to be.
hopeless() {
  [ "$full" = 5 ] || [ -e "$d/stop.C" ] || return
  rm -f "$q/$mine"
  exit
}

# supervise KEY RUNID NONCE UMASK NUMBER: waits for its turn, runs the job, records the end, wakes the next. The number of
# one that takes no turn is "b".
# Its handled signals are for the job's "kill 0" where there is no setsid; URG, harmless to all, is the wake-up.
supervise() {
  #@ supervisor-begun
  trap woken=1 HUP INT QUIT TERM USR1 USR2 ALRM URG
  d=$root/$1/$2 end='' rc='' woken='' timer='' full=0
  procid $$
  own=$id.$1.$2
  mine=$5.$own
  read -r vm _ limit _ <"$d/ready" || return
  mkdir -p "$q"
  true >"$q/$mine" || [ "$5" != b ] || return
  until [ "$5" = b ] || first; do
    hopeless
    if [ ! "$woken" ]; then
      sleep 1 &
      wait $!
      kill $!
    fi
    woken=
  done
  #@ supervisor-first
  while [ "$5" != b ] && [ -e "$d/ready" ]; do
    if lock 0 "$own"; then
      # The supervisor of a job that runs may be dead.
      busy=
      for t in "$q"/0j.*; do alive "${t#"$q/0j."}" && busy=1; done
      [ "$busy" ] || break
      rm -f "$q/0.$own"
    else
      [ $? != 2 ] || full=$((full + 1))
    fi
    hopeless
    nap 1
  done
  #@ supervisor-turn
  if [ -e "$d/ready" ] && [ ! -e "$d/go" ] && [ ! -e "$d/hung" ]; then
    if [ "${limit#0}" ]; then
      $setsid /bin/sh "$d/runner" limit "$1" "$2" "$limit" "$own" </dev/null &
      timer=$!
    fi
    {
      $setsid /bin/sh "$d/runner" launch "$1" "$2" "$own" "$3" "$4" "${5%%[!b]*}"
      rc=$?
    } </dev/null >>"$d/out" 2>>"$d/note"
    #@ job-ended
    end_guard
    by=
    read -r by _ <"$d/go"
    if [ ! -e "$d/go" ] && [ -e "$d/ready" ] && [ ! -e "$d/prelude" ] && [ ! -e "$d/hung" ]; then
      # The job deleted it.
      echo "$own $own - $3 0" >"$d/go"
      by=$own
    fi
    if [ "$by" = "$own" ] && ! mv "$d/going" "$d/stop.-" && [ -e "$d/killed.T" ]; then
      # It goes on to the children.
      while kill -0 "$timer"; do wait "$timer"; done
    elif [ "$timer" ]; then
      kill -URG "$timer"
    fi
    if [ "$by" = "$own" ]; then
      # What only a job can have put there.
      rm -rf "$d"/end.* "$d"/meta* "$d"/a.*
      end=E.$rc
      [ "$rc" -gt 128 ] && [ -s "$d/note" ] && end=K.$((rc - 128))
      [ ! -e "$d/killed.T" ] || end=T.-
      [ ! -e "$d/killed.C" ] || end=C.-
    elif [ "$rc" ] && [ ! -e "$d/ready" ]; then
      # The job deleted its receipt. Without another, made by rename, the same request would run it again.
      rm -rf "$d"
      mkdir -p "$root/$1" "$q/l.$$"
      true >"$q/l.$$/end.L.-.$(date +%s).0.0.0.0"
      echo "$vm $3 0" >"$q/l.$$/ready"
      mv "$q/l.$$" "$d"
    fi
  fi
  rm -f "$q/$mine" "$q/0.$own"
  # Not that of a job whose supervisor is another one.
  [ ! "$rc" ] || tidy "?j.*.$1.$2"
  #@ turn-released
  [ "$end" ] && record "$end"
  #@ end-recorded
  for t in "$q"/[0-9]*; do
    t=${t#"$q"/*.}
    alive "$t" && kill -URG "${t%%.*}" && break
  done
}

# launch KEY RUNID SUPERVISOR NONCE UMASK [b]: asks the guards and becomes the job. Stderr is the receipt's note until then.
launch() {
  d=$root/$1/$2 k=$1 r=$2 sup=$3 nonce=$4 mask=$5 turn=${6:-0} p='' x=''
  IFS= read -r l <"$d/script"
  set -- "$d/script"
  case $l in
  '#!'*)
    l=${l#??}
    l=${l#"${l%%[![:blank:]]*}"}
    p=${l%%[[:blank:]]*}
    l=${l#"$p"}
    l=${l#"${l%%[![:blank:]]*}"}
    l=${l%"${l##*[![:blank:]]}"}
    # Fails on a noexec mount. Then what the kernel would do with the first line is done by hand.
    "$d/runner" probe 2>/dev/null || set -- "${p:-/bin/sh}" ${l:+"$l"} "$1"
    ;;
  *) set -- /bin/sh "$1" ;;
  esac
  for t in "$d"/last.*.out; do
    [ ! -e "$t" ] || export "${a}STDOUT=$t" "${a}OUTPUTS=${t%.out}.output"
  done
  exec 4>&2
  # shellcheck source=/dev/null # made by job-prelude.ts: calls become; puts NAME=value words before, arguments behind
  . "$d/prelude"
  env=$(command -v env)
  env --default-signal=HUP,INT,QUIT true 2>/dev/null && x=--default-signal=HUP,INT,QUIT
  set -- "$env" ${x:+"$x"} "$@"
  # From here on it can outlive its supervisor for a while.
  procid $$
  true >"$q/${turn}j.$id.$k.$r"
  end_guard
  guards
  exec 4>&-
  procid $$
  #@ before-go
  clock
  begun "$sup" "$id" "$(date +%s)" || exit 1
  #@ after-go
  wipe "$d/prelude"
  # Of what the shells have said until here nothing is of the job's death.
  true >"$d/note"
  [ -e "$d/going" ] || {
    mv "$d/stop.C" "$d/killed.C"
    exit 1
  }
  umask "$mask"
  exec 2>>"$d/err"
  if [ "$p" ] && [ ! -e "$p" ]; then
    cr=$(printf '\r')
    case $p in *"$cr") p=${p%"$cr"} x=' with a carriage return (Windows line ends) behind it' ;; *) x= ;; esac
    echo "azure-run-command: the first line of the script asks for the program '$p'$x, which is not on this VM" >&2
    exit 127
  fi
  export "${a}OUTPUT=$d/output" "${a}RECEIPT=$d:$nonce"
  #@ before-exec
  exports
  exec "$@"
}

# guard NAME TEXT WORDS: asks one guard as the job would be run, and exits when it says no. Only its variables may be changed
# by "exports". The text is no argument, since these are seen by every user.
guard() {
  #@ before-guard
  uncanceled
  name=$1 AZURE_RUN_COMMAND_GUARD=$2
  # shellcheck disable=SC2016 # for the other shell to expand
  case $1 in
  creates) t='[ -e "$AZURE_RUN_COMMAND_GUARD" ] || [ -L "$AZURE_RUN_COMMAND_GUARD" ]' ;;
  *) t='eval " $AZURE_RUN_COMMAND_GUARD"' ;;
  esac
  shift 2
  (
    # shellcheck disable=SC2086 # words
    set -- $setsid "$env" ${x:+"$x"} "$@" $as /bin/sh -c "$t"
    umask "$mask"
    export "${a}RECEIPT=$d:$nonce-guard" AZURE_RUN_COMMAND_GUARD
    exports
    exec "$@"
  ) </dev/null >/dev/null 2>&1 4>&- &
  pid=$! job='' pause=1
  if procid $pid; then
    job=$id
    echo "$id $nonce-guard" >"$d/guard"
  fi
  #@ guard-asked
  clock
  t0=$now
  while [ "$job" ] && alive "$job"; do
    clock
    if [ $((now - t0)) -ge $patience ] || [ ! -e "$d/going" ]; then
      end_guard
      mv "$d/going" "$d/hung" && {
        wipe "$d/prelude"
        refuse "its guard '$name' did not end within $((patience / 100)) s and was ended"
      }
      uncanceled
    fi
    doze
  done
  # What it leaves behind has the secrets too. Numbers of processes go round slowly, so the group is still its own.
  [ ! "$setsid" ] || kill -KILL "-$pid" 2>/dev/null
  wait $pid
  rc=$?
  rm -f "$d/guard"
  #@ guard-answered
  case $name in
  onlyIf) [ $rc = 0 ] && return ;;
  *) [ $rc = 0 ] || return 0 ;;
  esac
  [ "$name" != creates ] || rc=-
  settle "S.$name-$rc"
  exit 1
}

# Exits when the run was canceled before its start.
uncanceled() {
  [ -e "$d/going" ] && return
  [ -e "$d/hung" ] || settle C.-
  exit 1
}

# become USER FOLDER: who the job is to be and where it starts; "" for root and for the user's home. Sets as: the words
# that make another user of a command.
become() {
  uid=0 as=
  if [ "$1" ]; then
    uid=$(id -u "$1") || refuse "there is no user '$1' on this VM"
    gid=$(id -g "$1")
  fi
  l=$({ getent passwd "$uid" || cat /etc/passwd; } | while IFS=: read -r who _ t _ _ h _; do
    [ "$t" = "$uid" ] && echo "$who:$h" && break
  done)
  USER=${1:-${l%%:*}} HOME=${l#*:}
  [ "$l" ] || HOME=/root
  USER=${USER:-root}
  export USER HOME="${HOME:-/}" LOGNAME="$USER"
  if [ "$uid" != 0 ]; then
    as="$(command -v setpriv) --reuid=$uid --regid=$gid --init-groups --"
    $as true ||
      if as=$(command -v runuser); then
        as="$as -u $1 --"
      elif as=$(command -v su); then
        as="/bin/sh $d/runner as $as $1"
      else
        refuse "this VM has none of the programs setpriv, runuser and su, one of which 'runAsUser' needs"
      fi
    chown "$uid" "$d/script" "$d/out" "$d/err" "$d/output"
    chown ":$gid" "$d"/last.* && chmod 640 "$d"/last.*
    chmod 711 "$root" "$root/$k" "$d"
  fi
  cd "${2:-$HOME}" || { [ ! "$2" ] && cd /; } || refuse "the folder '$2' is not on this VM"
} 2>/dev/null

refuse() {
  echo "$1" >&4
  exit 1
}

# as SU USER WORDS
as() {
  su=$1 user=$2
  shift 2
  # Without "--" busybox's su takes options from all words.
  exec "$su" -s /bin/sh -c 'exec "$@"' -- "$user" sh "$@"
}

# spawn KEY RUNID HOW: the ticket is made here, so that supervisors queue in the order of the requests.
spawn() {
  [ ! -e "$d/hung" ] || return
  case $3 in
  *e*)
    # What waits is ended first, or it would begin when what runs is ended.
    for turn in Waiting Running; do
      for i in "$root/$1"/*; do
        r=${i##*/}
        [ "$r" != "$2" ] && look "$1" "$r" && [ "$st" = $turn ] && stop "$1" "$r"
      done
    done
    ;;
  esac
  for t in "$q"/[0-9]*; do :; done
  t=${t##*/}
  n=${t%%.*}
  case $3:$n in b*) n=b ;; *:1*) n=$((n + 1)) ;; *) n=10000001 ;; esac
  (
    trap '' HUP
    exec $setsid /bin/sh "$root/$1/$2/runner" supervise "$1" "$2" "$nonce" "$mask" "$n"
  ) </dev/null 3>&- 4>&- &
  #@ spawned
  procid $! && true >"$q/$n.$id.$1.$2"
}

# begin NONCE SLICE SINCE: for how many seconds it waits at most, and for how many the calls that it follows have waited.
begin() {
  nonce=$1 slice=$2 since=$3 list=''
  exec 3>&1 4>&2 >/dev/null 2>&1
  code=$(sed '/^{ begin /,$d' "$0")
  case $0 in /var/lib/waagent/*/download/*/script.sh) wipe "$0" ;; esac
  for t in base64 cksum; do
    command -v $t || fail "this VM has no program '$t', which the runner needs"
  done
  procid $$
  me=$id
  broken=
  if lock c "$me"; then
    rm -rf "$q"/d.*
    # What the command line ran and has not taken off; with a second dash it is to stay.
    for i in "$root"/invoke-*/*; do
      k=${i%/*} k=${k##*/}
      case $k in *-*-* | *\*) continue ;; esac
      look "$k" "${i##*/}"
      [ "$kind" ] && older 86400 && drop "$d" && rmdir "$root/$k"
    done
  else
    broken="cannot use $root: $(mkdir -p "$q" 2>&1 && echo 'another call holds it, or the disk is full')"
  fi
  #@ locked
}

fail() {
  echo "[ARC1 $nonce failed] $1" >&3
  exit
}

name() {
  case $1$2 in *[!A-Za-z0-9-]*) return 1 ;; esac
  [ "$1" ] && [ "$2" ] && [ ${#1} -le 64 ] && [ ${#2} -le 64 ]
}

# add VERB KEY RUNID MAX OFFSET [REASON]
add() {
  list="$list $1:$2:$3:$4:$5:$(printf %s "${6-}" | b64)"
}

b64() {
  base64 | tr -d '\n'
}

drop() {
  d=$1
  end_guard
  wipe "$1/prelude"
  mv "$1" "$q/d.$$"
  #@ dropped
  rm -rf "$q/d.$$"
}

# Sets r to the run that a path names, and g to its generation; fails when that is none.
gen() {
  r=${1##*/}
  g=${r%%-*}
  case $g in '' | *[!0-9]*) return 1 ;; esac
}

# r_run KEY RUNID VMID WINDOW MAX TIMEOUT PRIOR SCRIPT PRELUDE LAST HOW RETRY [SEEN]. PRIOR is the run that this one continues,
# LAST the one whose output it can read, RETRY "<seconds>,<exit code>,…," the codes that need no other try; one that ended within
# the seconds needs none either, whatever its code. "-" for none. SEEN is that of r_wait.
r_run() {
  why='' t2=0
  # One that lives without a receipt has been purged, and goes in a moment; or its job deleted its receipt.
  while
    look "$1" "$2"
    [ "$st" = Running ] && [ ! "$vm" ] && [ $t2 -lt 30 ]
  do
    t2=$((t2 + 1))
    nap 0.1
  done
  again=$claim
  if forgotten "$@"; then
    drop "$root/$1/$2"
    for i in "$root/$1/$2"-b*; do [ ! -e "$i" ] || drop "$i"; done
  fi
  look "$1" "$2"
  case $st in Absent | Idle) why=$broken ;; esac
  # Nothing to end, and nobody to do it for.
  case ${11} in *o*) [ -e "$root/$1" ] || st= ;; esac
  if [ "$st" = Absent ] && [ ! "$why" ]; then
    if why=$(put "$@" 2>&1); then why=; else why="cannot write to $root (is its disk full?): $why"; fi
  fi
  if [ "$why" ]; then
    add X "$1" "$2" 0 0 "$(printf %s "$why" | head -c 300)"
    return
  fi
  r_wait "$1" "$2" "$5" run "${13-}"
  gen "$2" || return
  # The generation of the latest other run that has begun. Its receipt has what LAST printed or was made by LAST; this one's
  # copy goes with it when it is refused, or tried again.
  newest=0
  for i in "$root/$1"/*/go; do
    gen "${i%/go}" || continue
    case $2:$r in
    *-check-* | "$r":* | "$r"-b*:* | *:"$2"-b*) ;;
    *) [ "$g" -le "$newest" ] || newest=$g ;;
    esac
  done
  for i in "$root/$1"/*; do
    gen "$i" || continue
    case $2:$r in
    "$r":* | "$r"-b*:* | *:"$2"-b*) continue ;;
    # Only the last check counts.
    *-check-*:*-check-*) ;;
    *-check-*:*) continue ;;
    # Left by a resource that no state knows any more, of its deletion too. But this may be an old call that arrives again.
    1-create-*:*-delete-*) [ "$again" = "$nonce" ] && continue ;;
    1-create-*:*) [ "$g" = 1 ] || [ "$again" = "$nonce" ] && continue ;;
    # Two generations back nobody asks any more. The last one stays, since a request for it may still be on its way.
    *) [ "$g" -ge $((${2%%-*} - 1)) ] || [ "$g" -ge "$newest" ] && continue ;;
    esac
    look "$1" "$r"
    goes || drop "$d"
  done
}

# Whether the receipt is nobody's: it came with a copied disk, or it and the runs that continue it ended long ago, or
# otherwise than they should.
forgotten() {
  [ "$st" != Absent ] && ! goes && [ "$vm" ] || return 1
  case $3 in "$vm" | unknown) ;; *) [ "$vm" = unknown ] || return 0 ;; esac
  [ "$kind" ] && [ "$by" != "$nonce" ] && stale "$4" "${12}" || return 1
  for i in "$root/$1/$2"-b*; do
    [ -e "$i" ] || continue
    look "$1" "${i##*/}"
    ! goes || return 1
    [ ! "$kind" ] || stale "$4" "${12}" || return 1
  done
}

# stale WINDOW RETRY
stale() {
  older "$1" && return
  [ "$2" != - ] && [ "$claim" != "$nonce" ] || return 1
  case $2 in [0-9]*) older "${2%%,*}" || return 1 ;; esac
  case $st$2 in Skipped* | Exited*",$val,"*) return 1 ;; esac
}

# Whether the run of receipt d ended more than $1 seconds ago. In the same boot by the clock that nobody sets.
older() {
  case $job in
  *".$boot")
    clock
    [ $((now - up)) -gt $(($1 * 100)) ]
    ;;
  *) [ $(($(date +%s) - at)) -gt "$1" ] ;;
  esac
}

put() {
  #@ claim
  if
    mkdir -p "$d" && true >"$d/pending" && true >"$d/going" &&
      before "$1" "$7" out >"$d/out" && before "$1" "$7" err >"$d/err" && before "$1" "$7" output >"$d/output" &&
      keep "$1" "${10}" out && keep "$1" "${10}" output &&
      echo "$8" | base64 -d >"$d/script" && echo "$9" | base64 -d >"$d/prelude" &&
      printf '%s\n' "$code" >"$d/runner" && chmod 700 "$d/script" "$d/runner" &&
      echo "$3 $nonce $6 ${11}" >"$d/ready.new"
  then
    #@ put
    mv "$d/ready.new" "$d/ready"
    #@ ready
  else
    wipe "$d/prelude"
    rm -rf "$d"
    rmdir "$root/$1"
    return 1
  fi
}

# before KEY PRIOR NAME: what the run that is continued had in this file.
before() (
  [ "$2" != - ] || exit 0
  look "$1" "$2"
  [ "$kind" ] || exit 0
  case $3 in out) t=$o ;; err) t=$e ;; *) t=$u ;; esac
  part "$t" "$d/$3"
)

# keep KEY LAST NAME: a copy of what run LAST had in this file, or a link to a copy in another receipt.
keep() (
  [ "$2" != - ] || exit 0
  f=$d/last.$2.$3
  # It may be such a link, left by a call that was killed.
  rm -f "$f"
  if [ ! -e "$root/$1/$2/$3" ]; then
    for t in "$root/$1"/*/last."$2.$3"; do
      [ -e "${t%/*}/ready" ] && ln "$t" "$f" && exit
    done
  fi
  before "$1" "$2" "$3" >"$f"
)

# r_wait KEY RUNID MAX [wait SEEN]. A run that was claimed and whose supervisor died before the start gets a new one. SEEN is
# "<bytes of stdout>.<bytes of stderr>": a run that goes on is to be told with what is behind these.
r_wait() {
  look "$1" "$2"
  if [ "$st" = Idle ]; then spawn "$1" "$2" "$how"; else enforce; fi
  add "${4:-wait}" "$1" "$2" "$3" "${5:-0}"
}

# r_read KEY RUNID OFFSET
r_read() {
  r_wait "$1" "$2" 0 read "$3"
}

# r_list KEY [AFTER]: "<key>/<runId>,<state>,<exit code>,<run that it can read>,<vmId>,<start>;" for each receipt of the key, of
# all keys for "", by name and only those behind AFTER; as many as fit into an answer, and "+" when there are more. Of what a
# job can write there, only what looks as it should is told. One that ended without a start has its end's time.
r_list() {
  rows=$(
    LC_ALL=C
    # shellcheck disable=SC2231 # a pattern
    for i in "$root"/${1:-*}/*; do
      i=${i#"$root/"}
      k=${i%/*} l=-
      # shellcheck disable=SC3012 # all three shells have it, and POSIX since 2024
      { name "$k" "${i##*/}" && [ "$i" \> "${2-}" ]; } || continue
      look "$k" "${i##*/}"
      [ "$st" != Absent ] || continue
      for t in "$d"/last.*.out; do [ ! -e "$t" ] || l=${t##*/last.}; done
      l=${l%.out}
      name "$k" "$l" || l=-
      name "$k" "$vm" || vm=unknown
      c=$val v=-
      case $c in '' | *[!0-9]* | ????*) c=- ;; esac
      for t in "$at" "$from"; do
        case $t in '' | *[!0-9]* | ????????????*) ;; *) v=$t ;; esac
      done
      printf %s "$i,$st,$c,$l,$vm,$v;"
    done
  )
  t2=
  while
    head=$rows
    pack
    [ "$hl" -gt 5800 ]
  do
    rows=$(printf %s "$rows" | head -c $((${#rows} * 5800 / hl)))
    rows=${rows%;*}\; t2=+
  done
  rows=$rows$t2
  add L "$1" - 0 0
}

# stop KEY RUNID [w]: ends the run, or keeps it from starting, and waits until that is recorded and its supervisor gone. With
# "w" one that has started goes on.
stop() {
  look "$1" "$2"
  case $3$st in
  wWaiting | wIdle) settle C.- || return ;;
  w*) return ;;
  *) goes || return ;;
  esac
  mv "$d/going" "$d/stop.C"
  #@ stop-claimed
  # Nobody can start a run that has a "go".
  if [ "$job" ] || { [ ! "$3" ] && ! settle C.-; }; then
    read -r sup job from by began <"$d/go"
    alive "$job" && end_job C
  fi
  for t in "$q"/[0-9]*".$1.$2"; do
    t=${t#"$q"/*.}
    alive "$t" && kill -URG "${t%%.*}"
  done
  t2=0
  while
    look "$1" "$2"
    [ "$st" = Running ] || supervised "$1" "$2"
  do
    t2=$((t2 + 1))
    [ $t2 -lt 100 ] || break
    nap 0.1
  done
}

# r_cancel KEY RUNID MAX [w]
r_cancel() {
  stop "$1" "$2" "$4"
  add cancel "$1" "$2" "$3" 0
}

# r_purge KEY GENERATION. What was run for the next generation goes along, since a run that was interrupted is in no state.
r_purge() {
  [ ! "$broken" ] || fail "$broken"
  gone=0 ended=0 kept=0 left=0
  # What waits is ended first, or it would begin when what runs is ended.
  for turn in Waiting Running; do
    newer=0
    for i in "$root/$1"/*; do
      gen "$i" || continue
      case $r in "$(($2 + 1))"-create-* | "$(($2 + 1))"-update-* | "$(($2 + 1))"-repair-*) g=$2 ;; esac
      [ "$g" -le "$2" ] || {
        newer=$((newer + 1))
        continue
      }
      look "$1" "$r"
      if [ $st = $turn ]; then
        stop "$1" "$r"
        # One that was about to end may have done so by itself.
        [ "$st" != Canceled ] || ended=$((ended + 1))
      fi
      [ $turn = Running ] || continue
      ! supervised "$1" "$r" || st=Running
      if goes; then
        kept=$((kept + 1))
      else
        drop "$d"
        gone=$((gone + 1))
      fi
    done
  done
  rmdir "$root/$1"
  for t in "$root"/*; do
    case $t in */invoke-* | *\*) ;; *) left=$((left + 1)) ;; esac
  done
  add P "$1" $gone $left "$ended/$kept/$newer"
}

# item VERB:KEY:RUNID:MAX:OFFSET:REASON
item() {
  why=${1##*:} verb=${1%%:*} t=${1#*:}
  t=${t%:*} k=${t%%:*} t=${t#*:}
  r=${t%%:*} t=${t#*:}
  max=${t%:*} off=${t#*:}
}

# Sets still to those of going that are runs which go on. A look takes its time, and those behind the first one hardly end
# without anybody who takes their "going". Sets soon where one that is followed has printed more than was seen of it.
pending() {
  still=
  for i in $going; do
    item "$i"
    case $verb in run | wait) st=Running ;; *) continue ;; esac
    { [ "$still" ] && [ -e "$root/$k/$r/going" ]; } || look "$k" "$r"
    goes || continue
    still="$still $i"
    case $off in
    *.*)
      # What has come since is told, but not at once: a script that prints all the time would be told in calls without end.
      # shellcheck disable=SC2086 # numbers
      for t in out:${off%.*} err:${off#*.}; do
        size "$root/$k/$r/${t%:*}"
        [ $n -le ${t#*:} ] || soon=$((t0 + 500))
      done
      ;;
    esac
  done
  [ "$still" ]
}

hash() {
  h=$(part "$1" "$2" | sha256sum)
  h=${h%% *}
  echo "${h:--}"
}

# Sets oa, ea (archived bytes), enc, total, osha, esha, file; makes the archive when there is none yet.
# Named outputs above 65,536 bytes stay away.
archive() {
  read -r oa ea enc total osha esha file <"$d/meta" && return
  file=a.$$
  f=$d/$file
  oa=0 ea=0 enc=- total=- osha=$(hash "$o" "$d/out") esha=$(hash "$e" "$d/err")
  # Fails on a full disk: then nothing is kept and nothing claimed.
  if ! part "$o" "$d/out" | tail -c "$1" >"$f" || ! size "$f" || ! t=$n ||
    ! part "$e" "$d/err" | tail -c "$1" >>"$f" || ! size "$f" || ! n2=$n ||
    ! { [ "$u" -gt 65536 ] || part "$u" "$d/output" >>"$f"; }; then
    rm -f "$f"
    return
  fi
  size "$f"
  oa=$t ea=$((n2 - t))
  squeeze
  echo "$oa $ea $enc $total $osha $esha $file" >"$d/meta.$$"
  #@ archived
  ln "$d/meta.$$" "$d/meta"
  rm -f "$d/meta.$$"
}

# Makes file f, of size n, smaller where gzip can, and sets enc and total.
squeeze() {
  enc=plain total=$n
  if gzip -9nc "$f" >"$f.z" && size "$f.z" && [ "$n" -lt "$total" ]; then
    enc=gzip total=$n
    mv "$f.z" "$f"
  fi
  rm -f "$f.z"
}

# Sets file to what the job of receipt d printed behind the bytes of seen; ea, oa, enc and total as archive does. Stderr comes
# first, so that much on stdout does not keep it back.
news() {
  file=n.$$
  f=$d/$file
  behind err "${seen#*.}" >"$f"
  size "$f"
  ea=$n
  behind out "${seen%.*}" >>"$f"
  size "$f"
  oa=$((n - ea))
  squeeze
  want=$total
}

# behind NAME BYTE
behind() {
  [ ! -f "$d/$1" ] || tail -c +"$(($2 + 1))" "$d/$1" | head -c 12000
}

# The end of the last line of $1 with text in it; escape sequences and control bytes are left out.
last_line() {
  [ -f "$1" ] || return 0
  c=$(printf '\033')
  tail -c 4096 "$1" | tr '\r\t' '\n ' | LC_ALL=C tr -d '\000-\011\013-\032\034-\037\177' |
    LC_ALL=C sed -n "s/$c\\[[0-9;?]*[A-Za-z]//g;s/$c//g;/[^ ]/h;\${x;p;}"
}

# Adds the line of one request to full and brief, its piece of the archive to pieces, what it would take to wants.
row() {
  item "$1"
  want=0
  if [ "$verb" = P ]; then
    full="$full$verb $r $max $off $k$nl"
    brief="$brief$verb $r $max $off -$nl"
  elif [ "$verb" = L ]; then
    full="$full$verb ${rows:--} $k$nl"
    brief="$brief$verb ${rows:--} -$nl"
  else
    seen=
    case $off in *.*) seen=$off off=0 ;; esac
    st=Refused ec=- sg=- from=- at=- taken=0 o=- osha=- oa=- e=- esha=- ea=- u=- enc=- total=- last=
    [ "$verb" = X ] || look "$k" "$r"
    if [ "$st" = Idle ]; then
      t=$(tail -n 1 "$d/note")
      note=${t:-nothing is known of why (is the disk full?)}
      # Nothing of it has happened: it leaves no trace. Under the lock nobody else is about to start it.
      lock c "$me" && look "$k" "$r" && [ "$st" = Idle ] && drop "$d" && rmdir "$root/$k"
      rm -f "$q/c.$me"
    fi
    [ "$verb" = run ] && [ "$by" != "$nonce" ] && taken=1
    [ "$st" != Absent ] || taken=0
    case $st in
    Skipped)
      ec=${val#*-} sg=${val%%-*} o=- e=- u=-
      ;;
    Exited | Killed | TimedOut | Canceled | Lost | Interrupted)
      case $st in Exited) ec=$val ;; Killed) sg=$val ;; Lost | Interrupted) at=- ;; esac
      # Without a start: recorded after the job had deleted its receipt.
      if [ -e "$d/go" ]; then archive "$max"; else o=- e=- u=-; fi
      [ "$enc" = - ] || [ "$off" -ge "$total" ] || want=$((total - off))
      ;;
    Running)
      at=- oa=0 ea=0
      size "$d/out" && o=$n
      size "$d/err" && e=$n
      [ ! "$seen" ] || news
      t="$d/out $d/err"
      # shellcheck disable=SC3013 # all three shells have -nt, and POSIX has it since 2024 (busybox: whole seconds)
      [ "$d/err" -nt "$d/out" ] && t="$d/err $d/out"
      l=$(last_line "${t% *}")
      [ "$l" ] || l=$(last_line "${t#* }")
      last=$(printf %s "$l" | head -c 200 | b64)
      ;;
    Waiting)
      for t in "$q"/0.* "$q"/0j.*; do
        l=${t%.*}
        case $how$t in b* | *\* | *".$k.$r") continue ;; esac
        last=$(printf '%s %s' "${l##*.}" "${t##*.}" | b64)
        break
      done
      ;;
    Idle)
      st=Refused
      why=$(printf 'the job could not be started: %s' "$note" | head -c 300 | b64)
      ;;
    esac
    t="$st $ec $sg $from $at $taken"
    brief="$brief$t $o - $oa $e - $ea $u $enc $total $off - ${why:--} - -$nl"
    full="$full$t $o $osha $oa $e $esha $ea $u $enc $total $off ${last:--} ${why:--} $k $r$nl"
  fi
  pieces="$pieces $k/$r/$file:$off" wants="$wants $want"
}

# pack: sets form, hl (bytes of the header as sent) and packed (base64 of the compressed header, when that is smaller).
pack() {
  form=h hl=${#head} packed=
  [ "$hl" -gt 500 ] || return 0
  packed=$(printf %s "$head" | gzip -9nc | b64)
  n=$(printf %s "$packed" | base64 -d | wc -c)
  [ "$packed" ] && [ "$n" -lt "$hl" ] && form=z hl=$((n))
}

# The largest piece that each report can have: small wants are met, the rest is shared equally.
share() {
  level=-1 n=0
  for w in $wants; do n=$((n + 1)); done
  new=$((room / n))
  while [ "$new" -gt "$level" ]; do
    level=$new t=0 n=0
    for w in $wants; do if [ "$w" -le "$level" ]; then t=$((t + w)); else n=$((n + 1)); fi; done
    [ $n = 0 ] || new=$(((room - t) / n))
  done
}

# The bytes of the frame: a line that says how to cut them, the header, the pieces.
body() {
  echo "1 $form $hl$lens"
  if [ "$form" = z ]; then printf %s "$packed" | base64 -d; else printf %s "$head"; fi
  # shellcheck disable=SC2086 # one word for each piece
  set -- $lens
  for i in $pieces; do
    [ "$1" = 0 ] || tail -c +"$((${i##*:} + 1))" "$root/${i%:*}" | head -c "$1"
    shift
  done
}

block() {
  printf '[ARC1 %s %s %s %s]\n%s\n[/ARC1]\n' "$nonce" "$1" ${#body} "$crc" "$2"
}

# Deletes the files of dead processes among those in .queue/ that are named so.
tidy() {
  for t in "$q"/$1; do
    t=${t#"$q"/}
    alive "${t#*.}" || rm -f "$q/$t"
  done
}

finish() {
  tidy '[0-9b]*'
  rm -f "$q/c.$me"
  set -- "$root"/*
  [ -e "$1" ] || rmdir "$q" "$root"
  #@ submitted
  clock
  t0=$now until=$((now + slice * 100)) going=$list pause=1
  soon=$until
  while pending; do
    clock
    # What has an end is reported when no other has come for 5 s and a quarter of the time for which calls have followed each
    # other: early, but seldom (see wait-slices.ts).
    [ "$still" = "$going" ] || soon=$((now + 500 + (now - t0 + since * 100) / 4))
    going=$still
    [ "$now" -lt "$until" ] || break
    [ "$now" -lt "$soon" ] || break
    doze
  done
  nl=$(printf '\nx') full='' brief='' pieces='' wants='' lens=''
  nl=${nl%x}
  for i in $list; do row "$i"; done
  # 2 x 3,968 characters of base64, so that each block stays below the 4,096 bytes that come back.
  most=5952
  head=$full
  pack
  if [ "$hl" -gt $((most / 2)) ]; then
    head=$brief
    pack
  fi
  room=$((most - hl - 10))
  for i in $wants; do room=$((room - 5)); done
  [ $room -ge 0 ] || fail "the reports of this call do not fit into one answer"
  share
  for i in $wants; do
    [ "$i" -le "$level" ] || i=$level
    lens="$lens $i"
  done
  body=$(body | b64)
  rm -f "$root"/*/*/n.$$
  crc=$(printf %s "$body" | cksum)
  crc=${crc%% *}
  [ ${#body} -le 3968 ] || block 2 "$(printf %s "$body" | tail -c +3969)" >&4
  block 1 "$(printf %s "$body" | head -c 3968)" >&3
}

case ${1-} in
supervise | limit | launch | as)
  "$@"
  exit
  ;;
probe) exit ;;
esac
