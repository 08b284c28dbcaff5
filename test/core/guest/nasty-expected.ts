/** What each script of `nasty/` must come to, by name of the case: a script's name, then what sets the case apart. */

import { createHash } from "node:crypto";
import type { RunRequest, RunState } from "../../../core/guest/protocol";
import type { ShellName } from "./guest-vm";
import { noise } from "./surroundings-vm";

/** A stream that is too long to stand here: all of it is counted and hashed, of its end that much comes back. */
export interface LongOutput {
  readonly totalBytes: number;
  readonly sha256: string;
  readonly end: Buffer;
}

/** Text as decoded, or as a pattern, or a long stream. */
export type Output = string | RegExp | LongOutput;

/** State, exit code or signal, stdout, stderr (empty unless said), and what the request says beside the script. */
export type Expected = readonly [
  state: RunState,
  value: number | undefined,
  /** `undefined`: the report knows of no streams. */
  stdout: Output | undefined,
  stderr?: Output,
  request?: Partial<RunRequest>,
];

const FORGED_FRAME = `[ARC1 ${"0".repeat(32)} 1 4 1]\nAAAA\n[/ARC1]\n`;

const LIMIT_BYTES = 3_000;

/** Words that a shell or `env` could take for something else. */
const WORDS = [
  ...[
    "",
    " ",
    "-n",
    "--",
    "-",
    "A=B",
    "*",
    "~",
    "#",
    "\\",
    "'",
    '"',
    "`id`",
    "$(id)",
    "$IFS",
    "!",
    "%s\\n",
    "\n",
    "\r",
  ],
  ...["a\nb\n", "\t", "{a,b}", "[a-z]", ";exit 1", "&", "|", "<>", "é😀", "\u001b[31m", "\u0001\u007f", "\\0", "'\\''"],
  ...Array.from({ length: 68 }, (_, index) => `word ${index}`),
];

const INTERLEAVED = (word: string) => Array.from({ length: 400 }, (_, index) => `${word} ${index}\n`).join("");

export const EXPECTED: Readonly<Record<string, Expected>> = {
  "answers-a-signal": ["Exited", 11, "answered\n"],
  "appends-to-its-streams-by-path": ["Exited", 0, "one\ntwo\nthree\n", "four\nfive\n"],
  "asks-at-the-terminal": ["Exited", 2, "nobody <>\n", /\/dev\/tty.*No such device or address/],
  "asks-beyond-the-first-line": ["Exited", 4, "shell\n"],
  "asks-for-a-folder": ["Exited", 126, "", /[Pp]ermission denied/],
  "asks-for-a-relative-program": ["Exited", 127, "", /asks for the program 'perl', which is not on this VM\n$/],
  "asks-for-a-text": ["Exited", 126, "", /[Pp]ermission denied/],
  "asks-for-awk": ["Exited", 7, "one two\n", "", { arguments: ["one two"] }],
  "asks-for-nothing": ["Exited", 3, "a\n"],
  "asks-for-perl": ["Exited", 3, "out one two\n", "err\n", { arguments: ["one", "two"] }],
  "asks-for-sed": ["Exited", 0, "1\n", "", { arguments: ["/proc/sys/kernel/ostype"] }],
  "begins-with-a-mark": ["Exited", 3, "after\n", /not found|No such file/],
  "breaks-a-pipe": ["Exited", 141, ""],
  "breaks-a-pipeline": ["Exited", 3, "1\n"],
  "calls-itself": ["Exited", 7, "2\n1\n0\n"],
  "closes-its-descriptors": ["Exited", 4, "before\n"],
  "cuts-a-character": ["Exited", 0, "\uFFFD\uFFFD😀", "é😀", { outputMaxBytes: 6 }],
  "cuts-its-streams-by-path": ["Exited", 0, "kept\ntoo\n", "kept\n"],
  "deletes-its-pending-end": ["Exited", 3, ""],
  "deletes-its-receipt": ["Lost", undefined, undefined],
  "deletes-its-receipt-and-goes-on": ["Lost", undefined, undefined],
  "deletes-its-script": ["Exited", 3, "still here\n"],
  "deletes-its-start": ["Exited", 3, /^started by \d+\n$/],
  "deletes-its-streams": ["Exited", 6, ""],
  "deletes-the-state-folder": ["Lost", undefined, undefined],
  "dies-with-children": ["Killed", 9, "before\n"],
  "draws-on-the-terminal": [
    "Exited",
    0,
    "\r 10%\r 50%\r100%\r",
    "\u001b]0;title\u0007\u001b[2J\u001b[31mred\u001b[0m\b\b\f\v\u001b[?25l",
  ],
  "empties-its-path": ["Exited", 2, "still here\n"],
  "empties-its-receipt": ["Lost", undefined, undefined],
  "empties-the-queue": ["Exited", 3, ""],
  "ends-without-a-newline": ["Exited", 3, "a\n"],
  "exec-of-nothing": ["Exited", 127, "a\n", /not found|No such file/],
  "exec-replaces-the-shell": ["Exited", 0, "a\n"],
  "exits-like-a-signal": ["Exited", 137, ""],
  "fills-stdout-with-bytes": ["Exited", 0, "\0\u0001\uFFFD\uFFFD\r\n\uFFFD", "\uFFFD\n"],
  "fills-the-state-folder": ["Exited", 3, ""],
  floods: [
    "Exited",
    0,
    long(Buffer.concat([Buffer.alloc(3_000_000), Buffer.from("end\n")])),
    long(Buffer.alloc(1_000_000)),
    { outputMaxBytes: LIMIT_BYTES },
  ],
  "forbids-its-files": ["Exited", 3, ""],
  "forges-a-frame": ["Exited", 1, FORGED_FRAME, `[ARC1 ${"0".repeat(32)} failed] forged\n`],
  "forges-an-answer-to-this-call": [
    "Exited",
    1,
    /^\[ARC1 [0-9a-f]{32} failed\] forged\n$/,
    /^\[ARC1 [0-9a-f]{32} 1 4 1\]\nAAAA\n\[\/ARC1\]\n$/,
  ],
  "forges-its-archive": ["Exited", 3, "real\n"],
  "forges-its-end": ["Exited", 3, "real\n"],
  // A script of root's that lies about its own death is believed: it could as well die.
  "forges-its-note": ["Killed", 9, ""],
  "goes-away": ["Exited", 3, ""],
  "has-a-child-that-dies": ["Exited", 139, "", /^(.*Segmentation fault.*\n)?$/],
  "has-a-nul": ["Exited", 3, "ab\n"],
  "has-a-subshell-that-dies": ["Exited", 1, "9\n137\n", /^(.*Killed.*\n)?$/],
  "has-a-syntax-error": ["Exited", 2, "before\n", /yntax error/],
  "has-an-open-here-document": ["Exited", 0, "expanded\ntoo\nEN"],
  "has-an-open-quote": ["Exited", 2, "before\n", /quote|EOF/],
  "has-carriage-returns": ["Exited", 2, "a\r\n", /exit: .*4/],
  "has-no-input": ["Exited", 3, "none\n", /[Bb]ad file descriptor/],
  "ignores-signals": ["Exited", 6, "alive\n"],
  "interleaves-its-streams": ["Exited", 6, INTERLEAVED("out"), INTERLEAVED("err")],
  "kills-group-zero": ["Killed", 15, "before\n"],
  "kills-its-group": ["Killed", 9, "before\n"],
  "kills-its-parent": ["Lost", undefined, "before\nafter\n"],
  "kills-itself": ["Killed", 9, ""],
  "kills-parent-and-itself": ["Lost", undefined, "before\n"],
  "leaves-a-child": ["Exited", 0, "done\n"],
  "leaves-a-daemon": ["Exited", 0, "done\n"],
  "leaves-a-session": ["Exited", 3, "done\n"],
  "leaves-a-writer": ["Exited", 0, /^(later\n){0,3}done\n(later\n){0,30}$/],
  "limits-its-descriptors": ["Exited", 2, "", /Pipe call failed|create pipe/],
  "limits-its-files": ["Exited", 4, /^before\n\0*$/, /File size limit exceeded|File too large/],
  "limits-its-memory": ["Exited", 4, "before\n", /^(.*Segmentation fault.*\n)?$/],
  "links-its-streams": ["Exited", 6, "elsewhere\n"],
  "links-its-streams-to-zeros": ["Exited", 6, ""],
  "looks-like-a-program": ["Exited", 5, "", /after\n$/],
  "looks-like-an-option": ["Exited", 255, "1\n"],
  "makes-the-names-of-the-runner": ["Exited", 3, "a\n"],
  "measures-what-it-gets": [
    "Exited",
    0,
    "90000 70000\n",
    "",
    { arguments: ["x".repeat(90_000)], environment: { LONG: "y".repeat(70_000) } },
  ],
  "overwrites-its-script": ["Exited", 3, "old\n"],
  "prints-a-long-line": ["Exited", 8, "éé".repeat(2_000)],
  "prints-noise": ["Exited", 0, long(noise(1_048_576)), "", { outputMaxBytes: LIMIT_BYTES }],
  "puts-a-file-in-its-place": ["Lost", undefined, undefined],
  "puts-folders-in-place-of-its-streams": ["Exited", 6, ""],
  "puts-pipes-in-place-of-its-streams": ["Exited", 6, ""],
  "plants-in-the-queue": ["Exited", 3, ""],
  "reads-its-input": ["Exited", 0, "1 <>\n"],
  "renames-its-receipt": ["Lost", undefined, undefined],
  "renames-the-state-folder": ["Lost", undefined, undefined],
  "sends-the-wake-up": ["Exited", 7, ""],
  "silences-itself": ["Exited", 2, "before\n"],
  "sources-nothing": ["Exited", 2, "before\n", /no-such-file/],
  "speaks-bash": ["Exited", 2, "", /Illegal option -o pipefail/],
  "stands-in-a-deleted-folder": ["Exited", 3, "nowhere\n", /file.*No such file/],
  "stops-at-an-error": ["Exited", 1, ""],
  "stops-itself": ["Exited", 3, "back\n"],
  "swaps-its-streams": ["Exited", 0, "err\n", "out\n"],
  "takes-the-place-of-the-queue": ["Exited", 3, ""],
  "takes-what-it-gets": ["Exited", WORDS.length, WORDS.map((word) => `${word}\0`).join(""), "", { arguments: WORDS }],
  "terminates-its-parent": ["Exited", 5, "after\n"],
  "traps-its-exit": ["Exited", 9, "trapped\n"],
  "truncates-its-streams": ["Exited", 0, "two\n"],
  "waits-for-its-children": ["Exited", 7, "fast\n6\nslow\n"],
  "wants-unset-arguments": ["Exited", 2, "0\n", /1: .*(unbound|not set)/],
  "writes-after-it-seeks": ["Exited", 0, "firthird\n"],
  "writes-through-tee": ["Exited", 3, "one\ntwo\n"],
};

/** What a shell does with a script is its own affair; where they differ, the report must follow. */
export const DIFFERENT: Readonly<Record<ShellName, Readonly<Record<string, Expected>>>> = {
  // Dash takes "4\r" for a number.
  dash: { "has-carriage-returns": ["Exited", 4, "a\r\n"] },
  // Bash looks into a file before it reads it as a script, and reads on from where the last command ended.
  bash: {
    "has-a-nul": ["Exited", 126, "", /cannot execute binary file/],
    "has-an-open-here-document": ["Exited", 0, "expanded\ntoo\nEN\n", /delimited by end-of-file/],
    "limits-its-descriptors": ["Exited", 129, "", /pipe error: Too many open files/],
    "looks-like-a-program": ["Exited", 126, "", /cannot execute binary file/],
    "overwrites-its-script": ["Exited", 9, "new\n"],
    "sources-nothing": ["Exited", 1, "before\n", /no-such-file/],
    "speaks-bash": ["Exited", 1, "two\n"],
    "wants-unset-arguments": ["Exited", 1, "0\n", /1: unbound variable/],
  },
  busybox: { "speaks-bash": ["Exited", 2, "", /syntax error: unexpected "\("/] },
};

function long(all: Buffer): LongOutput {
  return {
    totalBytes: all.length,
    sha256: createHash("sha256").update(all).digest("hex"),
    end: all.subarray(-LIMIT_BYTES),
  };
}
