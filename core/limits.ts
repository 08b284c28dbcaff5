/** Every number that Azure sets, and every number that we set because of one: unit in the name, source in the comment. */

/**
 * Longest script that the guest's handler takes, counted in characters of the base64 text in which Azure delivers it.
 * Over it the handler reports success with empty output and does not run the script; at exactly this length it runs.
 *
 * Source: Azure/run-command-extension-linux@6e9a66d, main/cmds.go (maxScriptSize); observed with the handler 1.0.12.
 */
export const SCRIPT_BASE64_MAX_CHARACTERS = 262_144;

/**
 * How many bytes of each stream a run brings back unless the resource says otherwise; of a longer one the end is kept.
 *
 * Source: our own choice; Azure itself gives the last 4,096 bytes of each stream.
 */
export const OUTPUT_DEFAULT_BYTES = 65_536;

/** The most that a resource may ask for. Source: our own choice: all of it is kept in the state. */
export const OUTPUT_MAX_BYTES = 1_048_576;

/** Most bytes of the file of named outputs. The same number is in runner.sh. Source: our own choice. */
export const NAMED_OUTPUTS_MAX_BYTES = 65_536;

/**
 * How long the processes of a job have between SIGTERM and SIGKILL, in seconds. The same number is in runner.sh.
 * Source: our own choice, as `docker stop` has it.
 */
export const KILL_GRACE_SECONDS = 10;

/** How often a script may restart its VM before that is taken for a loop. Source: our own choice. */
export const BOOTS_MAX = 10;

/**
 * How long one invocation waits inside the VM for a script to end before it reports that the script still runs.
 *
 * Source: our own choice, between the 13 s that an operation costs at least and the patience of somebody who watches.
 */
export const WAIT_SLICE_SECONDS = 60;

/**
 * How long it waits where runs that take no turn may come, in seconds at least, and as a part of the time since a run last
 * came: such a run waits for the end of what is out before it starts.
 *
 * Source: our own choice. With the 17.5 s that an operation takes beside its waiting, what comes at any moment waits 14 s on
 * average and 27 s at most for the end of the one that is out (39 s and 77 s with 60 s), for 2.2 operations a minute instead of
 * 0.8; Azure gives 4. A script that runs for 10 minutes takes 15 of them instead of 8, and the end of one that runs for up to 20
 * minutes is known 1 s later on average. Where only runs come that wait for their turn in any case, that would gain nothing.
 */
export const BESIDE_SLICE_MIN_SECONDS = 10;
export const BESIDE_SLICE_PART = 0.1;

/**
 * How long what comes to a VM waits for company, since something last came: as parts of what the fastest operation takes there
 * (255 and 637 ms of 12.7 s), where it may be alone, and where others have come along before. And how long in all (10 s), as
 * long as they come within such a moment of each other: what comes too late waits for a whole operation.
 *
 * Source: measured with the engine 3.220.0 on two busy cores (a load of 16): 24 resources with its default of 8 at once come 50 ms
 * apart in the median and 272 ms at most; 100 of them with `--parallel 64`, 15 to 70 ms in the median, 323 ms at the 95th
 * percentile of the slowest round and 688 ms at most; all 64 take 5 to 10 s. With these numbers 100 of them took 3 operations up and
 * 4 down, the removal of the extension among them; 24 took 3 and 4.
 */
export const COMPANY_PART = 0.02;
export const COMPANY_LIKELY_PART = 0.05;
export const COMPANY_MAX_PART = 0.8;

/**
 * How long we follow one ARM operation beyond the time for which its runner waits: installing the extension, the
 * agent's own delays, and the 5 minutes that the agent gives a handler's start.
 *
 * Source: Azure/WALinuxAgent@a976115, azurelinuxagent/ga/exthandlers.py (300 s for enable, 900 s for install); the sum
 * is our own choice.
 */
export const OPERATION_OVERHEAD_MAX_MS = 25 * 60_000;

/**
 * How old the result of an earlier, identical create may be to be taken for this deployment's own.
 *
 * Source: our own choice (a `pulumi up` that was killed is repeated within hours, not days).
 */
export const RESUME_WINDOW_SECONDS = 2 * 60 * 60;

/**
 * How old the result of a run that the state knows may be: ten years, which is to say that age does not matter.
 * Source: our own choice.
 */
export const KNOWN_RUN_WINDOW_SECONDS = 10 * 365 * 24 * 60 * 60;

/** The fastest run on record, in milliseconds. Source: 200 recordings in Azure/azure-cli, 2017 to 2020: 13.0 s. */
export const FASTEST_RECORDED_RUN_MS = 13_000;

/** The usual run on record, in milliseconds. Source: the same recordings: a median of 17 to 18 s. */
export const MEDIAN_RECORDED_RUN_MS = 17_500;

/**
 * Longest that a Linux VM's name may be, in characters.
 * Source: Learn, "Naming rules and restrictions for Azure resources", Microsoft.Compute/virtualMachines.
 */
export const VM_NAME_MAX_CHARACTERS = 64;

/**
 * Longest that a resource group's name may be, in characters.
 * Source: Learn, "Naming rules and restrictions for Azure resources", Microsoft.Resources/resourceGroups.
 */
export const RESOURCE_GROUP_NAME_MAX_CHARACTERS = 90;

/**
 * Most bytes of one argument or of the value of one environment variable that we give to a script.
 *
 * Source: Linux, include/uapi/linux/binfmts.h: MAX_ARG_STRLEN is 131,072 with the final NUL; less 1,024 for the name.
 */
export const ARGUMENT_MAX_BYTES = 130_047;

/**
 * How many requests to Azure a process has under way at most, and connections for them; further requests wait, those first that
 * are worth most. Azure gives a principal fewer requests a second than so many carry.
 *
 * Source: our own choice. A connection takes about 100 KB and a request under way about 40 KB, and 1,000 VMs would have one each
 * (bench `many-vms`).
 */
export const REQUESTS_UNDER_WAY_MAX = 64;

/** Longest delay that a timer takes, in milliseconds. Source: Node.js, `timers`: 2^31 - 1. */
export const TIMER_MAX_MS = 2_147_483_647;

/**
 * How long a guard may take, in seconds. The same number is in runner.sh. Source: our own choice: a guard looks, it does
 * not work.
 */
export const GUARD_TIMEOUT_SECONDS = 60;

/** How long a `check` script may take on the VM, in seconds. Source: our own choice. */
export const CHECK_TIMEOUT_SECONDS = 300;

/** How many bytes of each stream of a `check` script are kept. Source: our own choice: they are shown in a diff. */
export const CHECK_OUTPUT_MAX_BYTES = 4_096;

/**
 * How long a deployment waits for a VM that starts and for its agent unless the resource says otherwise, in seconds.
 * Source: our own choice; a fresh VM's agent reports within a few minutes.
 */
export const READY_TIMEOUT_DEFAULT_SECONDS = 900;

/** How long a deletion waits for the same, in seconds. Source: our own choice: what is torn down seldom gets better. */
export const DELETE_READY_TIMEOUT_SECONDS = 120;
