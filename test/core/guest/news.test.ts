/** What a run that goes on has printed, byte for byte, for whoever follows it. The five seconds are none here. */
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DecodedCall, RunReport, RunRequest, SeenBytes } from "../../../core/guest/protocol";
import { GuestVm, pause, run, SHELLS, streams, type Tamper } from "./guest-vm";

jest.setTimeout(60_000);

/** Longer than any test: a call that comes back has done so by itself. */
const SLICE_SECONDS = 600;
const atOnce: Tamper = (text) => text.replace("t0 + 500", "t0");
const NOTHING: SeenBytes = { stdout: 0, stderr: 0 };

/** As random as bytes get that a shell can print, and of no use to gzip: half of it stays. */
const NOISE = "head -c 20000 /dev/urandom | base64 -w 0";

describe.each(SHELLS)("with %s, a run that goes on", (shell) => {
  let vm: GuestVm;
  beforeEach(() => {
    vm = new GuestVm({ shell });
  });
  afterEach(async () => {
    vm.letGo();
    await vm.untilAllEnded();
    vm.remove();
  });

  const wait = (seen: SeenBytes | undefined, { key, runId }: RunRequest = run("")) =>
    ({ verb: "wait", key, runId, outputMaxBytes: 1_048_576, seen }) as const;

  /** Asks on behind what has come, until there is as much of both streams. */
  async function follow(request: RunRequest, wanted: SeenBytes): Promise<{ stdout: Buffer; stderr: Buffer }> {
    const all = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    let report = await vm.report({ ...request, seen: NOTHING }, SLICE_SECONDS, atOnce);
    for (;;) {
      all.stdout = Buffer.concat([all.stdout, report.news?.stdout ?? Buffer.alloc(0)]);
      all.stderr = Buffer.concat([all.stderr, report.news?.stderr ?? Buffer.alloc(0)]);
      if (all.stdout.length >= wanted.stdout && all.stderr.length >= wanted.stderr) return all;
      report = await vm.report(wait({ stdout: all.stdout.length, stderr: all.stderr.length }), SLICE_SECONDS, atOnce);
    }
  }

  const onDisk = (name: string) => readFileSync(vm.receipt("key", "1-create-0", name));

  test("is told with what it printed on both streams, and then with what came behind that", async () => {
    const next = join(vm.folder, "next");
    const script = `printf 'a\\377\\000'; printf 'oh\\n' >&2; ${vm.until(next)}; printf z; ${vm.untilLetGo}`;
    const first = await follow(run(script), { stdout: 3, stderr: 3 });
    expect(first).toEqual({ stdout: Buffer.of(0x61, 0xff, 0x00), stderr: Buffer.from("oh\n") });
    const told = vm.report(wait({ stdout: 3, stderr: 3 }), SLICE_SECONDS, atOnce);
    writeFileSync(next, "");
    expect(await told).toMatchObject({
      state: "Running",
      chunk: undefined,
      stdout: { totalBytes: 4, archivedBytes: 0 },
      news: { stdout: Buffer.from("z"), stderr: Buffer.alloc(0) },
    });
  });

  test("is told without where nobody follows it, and with nothing where nothing is new", async () => {
    const script = `echo out; echo err >&2; ${vm.untilLetGo}`;
    await follow(run(script), { stdout: 4, stderr: 4 });
    expect((await vm.report(wait(undefined), 0)).news).toBeUndefined();
    const { news, state } = await vm.report(wait({ stdout: 4, stderr: 4 }), 0);
    expect({ news, state }).toEqual({ state: "Running", news: { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) } });
  });

  test("comes whole in as many pieces as it takes, stderr before stdout", async () => {
    const request = run(`${NOISE}; printf %9000s x >&2; ${vm.untilLetGo}`);
    await vm.report(request, 0);
    await vm.untilFile(request, "err", (text) => text.length === 9_000);
    const first = await vm.report(wait(NOTHING), SLICE_SECONDS, atOnce);
    expect(first.news?.stderr).toEqual(onDisk("err"));
    expect(first.news?.stdout.length).toBeGreaterThan(3_000);
    expect(first.news?.stdout.length).toBeLessThan(12_000);
    const all = await follow(request, { stdout: 26_668, stderr: 9_000 });
    expect(all).toEqual({ stdout: onDisk("out"), stderr: onDisk("err") });
  });

  test("that has ended is told as ever, whatever was seen of it", async () => {
    const request = run("echo out; echo err >&2; exit 3");
    const ended = await vm.report({ ...request, seen: NOTHING }, SLICE_SECONDS);
    expect(ended).toMatchObject({ state: "Exited", news: undefined, chunk: { offset: 0 } });
    expect(streams(await vm.report(wait({ stdout: 4, stderr: 2 })))).toEqual({ stdout: "out\n", stderr: "err\n" });
  });

  test("is told of by a call while another one begins", async () => {
    const others: Tamper = (text) => atOnce(text).replace('behind out "', 'rm -rf "$q"/d.*\nbehind out "');
    const request = run(`printf out; printf error >&2; ${vm.untilLetGo}`);
    await follow(request, { stdout: 3, stderr: 5 });
    const { news } = await vm.report(wait(NOTHING), 0, others);
    expect(news).toEqual({ stdout: Buffer.from("out"), stderr: Buffer.from("error") });
  });

  test("leaves nothing of that behind", async () => {
    const request = run(`echo out; ${vm.untilLetGo}`);
    await follow(request, { stdout: 4, stderr: 0 });
    const left = [...readdirSync(vm.receipt("key", "1-create-0")), ...readdirSync(join(vm.state, ".queue"))];
    expect(left.filter((name) => /^[dn]\./.test(name))).toEqual([]);
  });

  test("keeps a call for its slice as long as it prints nothing more", async () => {
    const request = run(`echo out; ${vm.untilLetGo}`);
    await follow(request, { stdout: 4, stderr: 0 });
    const { told, isBack } = await stays(vm.decoded([wait({ stdout: 4, stderr: 0 })], SLICE_SECONDS, counted(atOnce)));
    expect(isBack).toBe(false);
    vm.letGo();
    expect(stateOf(await told)).toBe("Exited");
  });

  test("keeps a call for 5 s also where it prints", async () => {
    const never: Tamper = (text) => text.replace("t0 + 500", "t0 + 60000");
    const request = run(`echo out; ${vm.untilLetGo}`);
    const { told, isBack } = await stays(vm.decoded([{ ...request, seen: NOTHING }], SLICE_SECONDS, counted(never)));
    expect(isBack).toBe(false);
    vm.letGo();
    expect(stateOf(await told)).toBe("Exited");
  });

  test("whose streams were cut has nothing new, and one without streams neither", async () => {
    const request = run(`echo out; ${vm.untilLetGo}`);
    await follow(request, { stdout: 4, stderr: 0 });
    truncateSync(vm.receipt("key", "1-create-0", "out"));
    const cut = await vm.report(wait({ stdout: 4, stderr: 0 }), 0, atOnce);
    expect(cut).toMatchObject({ stdout: { totalBytes: 0 }, news: { stdout: Buffer.alloc(0) } });
    const name = { key: "pipe", runId: "1-create-0" };
    const pipes = run(
      'cd "$(dirname "$0")"; rm out err; mkfifo err; ln -s /dev/zero out; mkdir done; sleep 1000',
      name,
    );
    await vm.report({ ...pipes, beside: true, timeoutSeconds: 1_000 }, 0);
    while (!existsSync(vm.receipt(name.key, name.runId, "done"))) await pause(20);
    const report = await vm.report({ ...wait(NOTHING), ...name }, 1, atOnce);
    expect(report).toMatchObject({ state: "Running", stdout: undefined, news: undefined });
    await vm.report({ verb: "cancel", ...name, outputMaxBytes: 0 });
  });

  const turns = () => join(vm.folder, "turns");
  const counted =
    (tamper: Tamper): Tamper =>
    (text) =>
      tamper(text).replaceAll("doze\n", `doze\necho turn >>${turns()}\n`);

  /** Whether the call came back before it had looked often enough. */
  async function stays(told: Promise<DecodedCall>): Promise<{ told: Promise<DecodedCall>; isBack: boolean }> {
    let isBack = false;
    void told.finally(() => {
      isBack = true;
    });
    await vm.untilFile(run(""), "out", (text) => text === "out\n");
    const count = () => (existsSync(turns()) ? readFileSync(turns(), "utf8").length / "turn\n".length : 0);
    for (const before = count(); count() < before + 8 && !isBack; ) await pause(20);
    return { told, isBack };
  }
});

test("without gzip the news come as they are", async () => {
  const vm = new GuestVm({ bare: true });
  try {
    const request = run(`echo out; ${vm.untilLetGo}`);
    const { news } = await vm.report({ ...request, seen: NOTHING }, SLICE_SECONDS, atOnce);
    expect(news).toEqual({ stdout: Buffer.from("out\n"), stderr: Buffer.alloc(0) });
  } finally {
    vm.letGo();
    await vm.untilAllEnded();
    vm.remove();
  }
});

function stateOf(decoded: DecodedCall): RunReport["state"] | undefined {
  const [report] = decoded.kind === "reports" ? decoded.reports : [];
  return report?.kind === "run" ? report.state : undefined;
}
