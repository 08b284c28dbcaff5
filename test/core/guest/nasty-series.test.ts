import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunRequest } from "../../../core/guest/protocol";
import { GuestVm, run, SHELLS, type ShellName, streams } from "./guest-vm";
import { endAll } from "./surroundings-vm";

// A test here takes a second; the rest is for machines that are busy with something else.
const script = (name: string) => readFileSync(join(__dirname, "nasty", `${name}.sh`), "utf8");

const vms: GuestVm[] = [];
afterEach(() => {
  for (const vm of vms.splice(0)) {
    endAll(vm);
    vm.remove();
  }
});

function vmOf(shell: ShellName): GuestVm {
  const vm = new GuestVm({ shell });
  vms.push(vm);
  return vm;
}

/** One call with a request for each, which run one after the other. */
async function ends(shell: ShellName, requests: readonly Partial<RunRequest>[]): Promise<readonly string[]> {
  const reports = await vmOf(shell).reports(requests.map((other, index) => run("", { ...other, key: `k${index}` })));
  return reports.map((report) => (report.kind === "run" ? `${report.state} ${report.exitCode ?? report.signal}` : ""));
}

const SIGNALS: readonly (readonly [name: string, number: number])[] = [
  ...([
    ["KILL", 9],
    ["USR1", 10],
    ["SEGV", 11],
    ["USR2", 12],
    ["ALRM", 14],
    ["TERM", 15],
    ["16", 16],
  ] as const),
  ...([
    ["ILL", 4],
    ["TRAP", 5],
    ["ABRT", 6],
    ["BUS", 7],
    ["FPE", 8],
    ["XCPU", 24],
    ["XFSZ", 25],
  ] as const),
  ...([
    ["VTALRM", 26],
    ["PROF", 27],
    ["IO", 29],
    ["PWR", 30],
    ["SYS", 31],
    ["40", 40],
    ["64", 64],
  ] as const),
];

describe.each(SHELLS)("with %s, a script that", (shell) => {
  test("sends itself a signal is reported as killed by just that one, where the shell says a word about it", async () => {
    const killed = SIGNALS.map(([name]) => ({ script: script("signals-itself"), arguments: [name] }));
    expect(await ends(shell, killed)).toEqual(SIGNALS.map(([, number]) => `Killed ${number}`));
  });

  test("sends itself a signal of which no shell says a word is reported with 128 and its number", async () => {
    const silent = ["INT", "PIPE"].map((name) => ({ script: script("signals-itself"), arguments: [name] }));
    // Busybox's env cannot undo that the handler has INT ignored.
    expect(await ends(shell, silent)).toEqual([shell === "busybox" ? "Exited 5" : "Exited 130", "Exited 141"]);
  });

  test("sends itself a signal that means nothing goes on", async () => {
    const ignored = ["0", "CHLD", "CONT", "URG", "WINCH"].map((name) => ({
      script: script("signals-itself"),
      arguments: [name],
    }));
    expect(await ends(shell, ignored)).toEqual(ignored.map(() => "Exited 5"));
  });

  test("exits like one that was killed by a signal is reported with its exit code", async () => {
    const codes = [0, 1, 2, 125, 126, 127, 128, ...SIGNALS.map(([, number]) => 128 + number), 254, 255];
    const requests = codes.map((code) => ({ script: script("exits-with"), arguments: [`${code}`] }));
    expect(await ends(shell, requests)).toEqual(codes.map((code) => `Exited ${code}`));
  });

  test("exits with what is no exit code is reported with what its shell makes of it", async () => {
    const words = ["256", "257", "-1", "abc", "4 5"];
    const requests = words.map((word) => ({ script: script("exits-with"), arguments: word.split(" ") }));
    const made: Readonly<Record<ShellName, readonly number[]>> = {
      dash: [0, 1, 2, 2, 4],
      bash: [0, 1, 255, 2, 1],
      busybox: [0, 1, 2, 2, 4],
    };
    expect(await ends(shell, requests)).toEqual(made[shell].map((code) => `Exited ${code}`));
  });

  test("prints so many bytes is reported with exactly these, around all sizes of the runner's own", async () => {
    const vm = vmOf(shell);
    for (const bytes of [0, 1, 2, 4_095, 4_096, 4_097, 5_952, 65_535, 65_536, 65_537]) {
      const other = { key: `k${bytes}`, arguments: [`${bytes}`, "1"], outputMaxBytes: 65_536 };
      const report = await vm.report(run(script("prints-bytes"), other));
      const whole = "0123456789abcde\n".repeat(Math.floor(bytes / 16)) + "0123456789abcde".slice(0, bytes % 16);
      expect([report.stdout?.totalBytes, report.stdout?.archivedBytes]).toEqual([bytes, Math.min(bytes, 65_536)]);
      expect(streams(report)).toEqual({ stdout: whole.slice(-65_536), stderr: "\0" });
    }
  });
});

/** Variables that shells, `env` or the loader take for their own, with values that they cannot like. */
const VARIABLES: Readonly<Record<string, string>> = {
  PATH: "",
  IFS: "0123456789/.",
  ENV: "/no/such/file",
  BASH_ENV: "/no/such/file",
  LC_ALL: "nonsense",
  LANG: "\n",
  LANGUAGE: "de",
  LD_PRELOAD: "/no/such.so",
  LD_LIBRARY_PATH: "/no/such/folder",
  HOME: "/no/such/folder",
  PWD: "elsewhere",
  OLDPWD: "",
  SHELLOPTS: "xtrace:errexit",
  BASHOPTS: "nonsense",
  POSIXLY_CORRECT: "1",
  CDPATH: "/etc",
  GLOBIGNORE: "*",
  OPTIND: "7",
  PPID: "nonsense",
  UID: "nonsense",
  EUID: "-1",
  LINENO: "x",
  RANDOM: "x",
  SECONDS: "x",
  TMOUT: "1",
  PS1: "$(exit 1)",
  PS2: "`exit 1`",
  PS4: "$(exit 1)",
  _: "x",
  MAILCHECK: "0",
  MALLOC_PERTURB_: "85",
  GZIP: "--nonsense",
  TZ: ":/nowhere",
  BLOCK_SIZE: "nonsense",
  GREP_OPTIONS: "--nonsense",
};

/** What programs say about them on the job's stderr, which is theirs to say. */
const LOUD: Readonly<Record<string, RegExp>> = {
  LD_PRELOAD: /^(ERROR: ld\.so: object '\/no\/such\.so' from LD_PRELOAD cannot be preloaded .*\n)+$/,
};

describe.each(SHELLS)("with %s, a variable", (shell) => {
  test.each(Object.entries(VARIABLES))(
    "%s with the value %j reaches the job, and the runner does not heed it",
    async (name, value) => {
      const vm = vmOf(shell);
      const show = script("shows-a-variable");
      const report = await vm.report(run(show, { environment: { [name]: value }, arguments: [name] }));
      expect([report.state, report.exitCode]).toEqual(["Exited", 137]);
      const { stdout, stderr } = streams(report);
      expect(stdout).toBe(`${name}=${value}\0`);
      expect(stderr).toMatch(LOUD[name] ?? /^$/);
    },
  );
});
