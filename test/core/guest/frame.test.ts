import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReadRequest, RunnerCall, RunReport } from "../../../core/guest/protocol";
import { assembleStreams, decodeCall } from "../../../core/guest/report";
import { REQUESTS_PER_CALL_MAX } from "../../../core/guest/requests";
import { ended, GuestVm, handlerMessage, pause, run, streams, type VmOptions } from "./guest-vm";

/** Bytes that gzip cannot make smaller, the same in each run of the tests. */
function noise(bytes: number, seed: number): Buffer {
  const out = Buffer.alloc(bytes);
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    out[at] = state >>> 24;
  }
  return out;
}

/** A script that prints exactly these bytes. */
function printing(stdout: Buffer, stderr: Buffer = Buffer.alloc(0)): string {
  return `base64 -d <<'E'\n${stdout.toString("base64")}\nE\nbase64 -d >&2 <<'E'\n${stderr.toString("base64")}\nE\n`;
}

/** Reads on until the archive is whole, as the product does. */
async function collected(vm: GuestVm, first: RunReport): Promise<{ stdout: Buffer; stderr: Buffer; calls: number }> {
  const pieces: Uint8Array[] = [];
  let have = 0;
  let calls = 0;
  for (let report = first; ; calls += 1) {
    if (report.chunk) pieces.push(report.chunk.bytes);
    have += report.chunk?.bytes.length ?? 0;
    if (have >= (report.chunk?.totalBytes ?? 0)) break;
    const request: ReadRequest = { verb: "read", key: first.key, runId: first.runId, offset: have };
    report = await vm.report(request);
    if (report.chunk?.bytes.length === 0) throw new Error("a read brought nothing");
  }
  const assembled = assembleStreams(first, Buffer.concat(pieces));
  if (assembled.kind === "problem") throw new Error(assembled.problem);
  return { stdout: Buffer.from(assembled.stdout), stderr: Buffer.from(assembled.stderr), calls };
}

async function sizes(vm: GuestVm, call: RunnerCall): Promise<{ message: string; stdout: number; stderr: number }> {
  const { child, folder } = vm.start(call);
  await ended(child);
  const [stdout = 0, stderr = 0] = ["stdout", "stderr"].map((name) => readFileSync(join(folder, name)).length);
  return { message: handlerMessage(folder), stdout, stderr };
}

test.each<{ what: string; options: VmOptions }>([
  { what: "with gzip and hashes", options: {} },
  { what: "with the required programs only", options: { bare: true } },
  { what: "by busybox", options: { shell: "busybox" } },
])(
  "$what, 60 runs in one call are all told in one message, each stream within 4,096 bytes",
  async ({ options }) => {
    const vm = new GuestVm(options);
    const requests = Array.from({ length: REQUESTS_PER_CALL_MAX }, (_, index) => {
      const name = noise(8, index + 1).toString("hex");
      return run(`echo ${name}; echo ${index} >&2; exit ${index}`, { key: name, runId: `1-create-${name}` });
    });
    const call: RunnerCall = { nonce: "a".repeat(32), waitSliceSeconds: 30, requests };
    const { message, stdout, stderr } = await sizes(vm, call);
    expect(Math.max(stdout, stderr)).toBeLessThan(4_060);
    const decoded = decodeCall(message, call);
    expect(
      decoded.kind === "reports" && decoded.reports.map((report) => report.kind === "run" && report.exitCode),
    ).toEqual(requests.map((_, index) => index));
    const reports = decoded.kind === "reports" ? decoded.reports : [];
    for (const index of [0, 59]) {
      const report = reports[index];
      if (report?.kind !== "run") throw new Error("not a run");
      const { stdout: out, stderr: err } = await collected(vm, report);
      expect([`${out}`, `${err}`]).toEqual([`${requests[index]?.key}\n`, `${index}\n`]);
    }
    vm.remove();
  },
  60_000,
);

test.each<{ what: string; options: VmOptions }>([
  { what: "with gzip", options: {} },
  { what: "with the required programs only", options: { bare: true } },
])(
  "$what, 120 purges in one call are all told in one message, each stream within 4,096 bytes",
  async ({ options }) => {
    const vm = new GuestVm(options);
    const requests = Array.from({ length: 2 * REQUESTS_PER_CALL_MAX }, (_, index) => {
      const key = `${noise(28, index + 1).toString("hex")}-${String(index).padStart(7, "0")}`;
      return { verb: "purge", key, generation: 1 } as const;
    });
    const first = requests[0]?.key ?? "";
    await vm.report(run("echo kept until it is purged", { key: first }));
    const call: RunnerCall = { nonce: "a".repeat(32), waitSliceSeconds: 30, requests };
    const { message, stdout, stderr } = await sizes(vm, call);
    expect(Math.max(stdout, stderr)).toBeLessThan(4_060);
    const decoded = decodeCall(message, call);
    const reports = decoded.kind === "reports" ? decoded.reports : [];
    expect(reports.map((report) => report.kind === "purge" && report.purgedReceipts)).toEqual([
      1,
      ...Array(119).fill(0),
    ]);
    vm.remove();
  },
  60_000,
);

test("what does not fit is shared fairly: small outputs come whole, the rest is divided", async () => {
  const vm = new GuestVm();
  const outputs = [noise(20_000, 1), noise(300, 2), noise(20_000, 3)];
  const reports = await vm.reports(outputs.map((output, index) => run(printing(output), { key: `k${index}` })));
  const pieces = reports.map((report) => (report.kind === "run" ? report.chunk : undefined));
  const [first = 0, small = 0, last = 0] = pieces.map((piece) => piece?.bytes.length);
  expect([small, pieces.map((piece) => piece?.totalBytes)]).toEqual([300, [20_000, 300, 20_000]]);
  expect([Math.abs(first - last) <= 1, first > 2_400]).toEqual([true, true]);
  vm.remove();
});

test("a single output of 5,600 bytes that cannot be compressed needs one call", async () => {
  const vm = new GuestVm();
  const report = await vm.report(run(printing(noise(5_000, 1), noise(600, 2))));
  expect([report.chunk?.encoding, report.chunk?.bytes.length]).toEqual(["plain", 5_600]);
  vm.remove();
});

test.each([
  { shell: "dash", seed: 1 },
  { shell: "bash", seed: 2 },
  { shell: "busybox", seed: 3 },
] as const)(
  "with $shell, streams of any bytes and any size up to 200 KB come back identical",
  async ({ shell, seed }) => {
    const vm = new GuestVm({ shell });
    const numbers = noise(64, seed);
    for (const index of [0, 1, 2]) {
      // Mostly zeros compress well, so both encodings and few and many reads occur.
      const outBytes = [0, 20_000, 200_000][index] ?? 0;
      const stdout = noise(Math.floor((outBytes * (numbers[index] ?? 0)) / 255), seed * 100 + index);
      if (index === 2) for (let at = 0; at < stdout.length; at += 1) if (at % 50 !== 0) stdout[at] = 0;
      const stderr = noise((numbers[index + 3] ?? 0) * 9, seed * 200 + index);
      const runId = `1-create-${index}`;
      writeFileSync(vm.log, stdout);
      const script = `cat "$LOG"\nbase64 -d >&2 <<'E'\n${stderr.toString("base64")}\nE\n`;
      const got = await collected(vm, await vm.report(run(script, { runId, environment: { LOG: vm.log } })));
      expect([got.stdout.equals(stdout), got.stderr.equals(stderr)]).toEqual([true, true]);
    }
    vm.remove();
  },
  60_000,
);

test("an archive stays the same when the job's children write on, so that later pieces fit", async () => {
  const vm = new GuestVm();
  const output = noise(12_000, 5);
  const script = `${printing(output)}(${vm.untilLetGo}; echo late; : >"\${0%/*}/err"; echo late >"$LOG") & exit 0\n`;
  const first = await vm.report(run(script, { environment: { LOG: vm.log } }));
  vm.letGo();
  while (vm.ran().length < 1) await pause(20);
  expect((await collected(vm, first)).stdout.equals(output)).toBe(true);
  vm.remove();
});

test("a read beyond the end brings no bytes, one of an unknown run says that there is none", async () => {
  const vm = new GuestVm();
  await vm.report(run("echo out"));
  const beyond = await vm.report({ verb: "read", key: "key", runId: "1-create-0", offset: 4 });
  expect([beyond.state, beyond.chunk]).toEqual([
    "Exited",
    { encoding: "plain", offset: 4, totalBytes: 4, bytes: Buffer.alloc(0) },
  ]);
  const absent = await vm.reports([
    { verb: "read", key: "none", runId: "1", offset: 0 },
    { verb: "wait", key: "none", runId: "1", outputMaxBytes: 9 },
  ]);
  expect(absent.map((report) => report.kind === "run" && report.state)).toEqual(["Absent", "Absent"]);
  vm.remove();
});

test("a comment, a blank line or an indentation of the runner changes nothing: both texts give the same message", async () => {
  const source = readFileSync(join(__dirname, "../../../core/guest/runner.sh"), "utf8");
  const requests = [run("seq 2000; exit 3"), run("echo b >&2", { key: "b" })];
  const results: RunReport[][] = [];
  for (const whole of [false, true]) {
    const vm = new GuestVm();
    const reports = await vm.reports(requests, 20, (text) => {
      const calls = text.slice(text.indexOf("\n{ begin "));
      return whole ? `${source}${calls}` : text;
    });
    results.push(
      reports.flatMap((report) =>
        report.kind === "run" ? [{ ...report, startedAtSeconds: undefined, endedAtSeconds: undefined }] : [],
      ),
    );
    vm.remove();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[0]?.map(streams).map((each) => each.stderr)).toEqual(["", "b\n"]);
});
