/** The way of one process from this machine into a guest, as the sh texts of its stages; the last is the guest's init. */

/**
 * Stage 1: process 1 of a new PID namespace, in a mount namespace of ours, with all rights of this machine. Makes the mounts.
 * Environment: FOLDER, TOP, ROOT, POINTS (mount points, one per line), EMPTIED (`mode path` lines), VOLATILE, STAGE2, STAGE3.
 */
export const STAGE_MOUNTS = `
set -euf
read -r pid rest </proc/self/stat
echo "pid $pid"
cd "$FOLDER"
if [ -n "$VOLATILE" ]; then
  mkdir -p volatile
  mount --no-mtab -t tmpfs -o mode=0700 tmpfs volatile
  cp -a disk volatile/
fi
cd "$TOP"
# The guest may have put links where mount points were; parents come before what is in them.
newline='
'
IFS=$newline
for point in $POINTS; do
  if [ -L "disk/root$point" ] || [ ! -d "disk/root$point" ]; then rm -rf "disk/root$point"; mkdir "disk/root$point"; fi
done
rm -rf work
set +f; set --
for upper in disk/upper/*; do set -- "$@" "work/\${upper##*/}"; done
set -f; mkdir -p work "$@"
# A whiteout is a character device 0:0. Source: Linux, Documentation/filesystems/overlayfs.rst.
if [ -e disk/first-start ]; then
  while read -r path; do
    [ -e "disk/upper/$path" ] || mknod "disk/upper/$path" c 0 0 || { echo "no overlay can hold changes there" >&2; exit 1; }
  done <disk/first-start
fi
mount --no-mtab --all --fstab "$FOLDER/boot/fstab"
if [ -e disk/first-start ]; then
  for entry in $EMPTIED; do [ -e "$ROOT\${entry#* }" ] || mkdir -m "\${entry%% *}" "$ROOT\${entry#* }"; done
  rm disk/first-start
fi
unset IFS
mkdir "$ROOT/run/simulator-old" "$ROOT/run/lock"
if [ -n "$STAGE2" ]; then exec unshare --user --mount --uts --ipc --net -- sh -c "$STAGE2"; fi
exec sh -c "$STAGE3"
`;

/**
 * Stage 2, as root only: in a user namespace without ids. Without ids exec loses all rights, so it must exec again when
 * this machine has given ids. Ids are the same inside and outside; rights are not: they end at the namespaces owned by it.
 */
export const STAGE_IDS = `echo map; read -r go && exec sh -c "$STAGE3"`;

/** Stage 3: root of the guest's namespaces, still with this machine's programs. Leaves this machine's root. */
export const STAGE_PIVOT = `
set -euf
{ printf %s "$VM_NAME" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$VM_NAME"
ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || echo "warning no 'ip' program: the guest has no loopback network"
# cgroups are the machine's: in a cgroup namespace of its own, the guest could mount them and write to them.
{ echo 0 >/proc/sys/user/max_cgroup_namespaces; } 2>/dev/null || :
# A mount that came locked into this namespace cannot become the root, but a copy of it can.
mount --no-mtab --rbind "$ROOT" "$ROOT"
cd "$ROOT"
pivot_root . run/simulator-old
cd /
$T_UMOUNT --no-mtab -l /run/simulator-old
$T_RMDIR /run/simulator-old
exec $T_ENV -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin $T_SH -c "$INIT" init
`;

/** Exit codes of init. */
export const INIT_REBOOT = 96;
export const INIT_OFF = 97;

/**
 * The guest's init: collects orphans, lives through `kill -9 -1` as the kernel grants it, and ends when this machine's
 * side closes stdin. TERM and INT reboot, USR1 and USR2 power off (the convention of busybox's init).
 */
export const INIT_SCRIPT = `
trap 'exit ${INIT_REBOOT}' TERM INT
trap 'exit ${INIT_OFF}' USR1 USR2
exec 3<&0 </dev/null
echo ready
exec >/dev/null 2>&1
while :; do
  ( read -r closed <&3; exit ${INIT_OFF} ) &
  wait $!
  [ $? != ${INIT_OFF} ] || exit ${INIT_OFF}
done
`;
