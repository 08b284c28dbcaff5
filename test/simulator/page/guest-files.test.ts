/** Looking at files of a guest that answers late, nonsense, too much, or not at all. */
import type { CommandResult, Guest } from "../../../simulator/guest/guest";
import { ENTRIES_MAX, listFolder, readText, TEXT_MAX_BYTES } from "../../../simulator/page/guest-files";
import { FakeGuest } from "../fake-guest";
import { VirtualClock } from "../virtual-clock";

const PATH = Buffer.from("/srv");
const clock = new VirtualClock(0);

/** A guest in a sandbox of which only `exec` is asked. */
function guestThat(exec: Guest["exec"]): Guest {
  const { options } = new FakeGuest({ vmName: "vm1", folder: "/nowhere", rootfs: undefined });
  return Object.assign(new FakeGuest(options), { kind: "namespace" as const, exec }) as Guest;
}

function guestWith(stdout: Buffer | string, exitCode = 0): Guest {
  const result: CommandResult = {
    exitCode,
    signal: undefined,
    stdout: Buffer.from(stdout),
    stderr: Buffer.from("<b>of the guest</b>"),
  };
  return guestThat(async () => result);
}

const SELF = "d 4096 1764154800.5 755\t.\0\0";

test("the path is given by stdin, whatever bytes it has, and never in the command", async () => {
  const asked: unknown[] = [];
  const guest = guestThat(async (argv, stdin) => {
    asked.push({ words: argv.length, stdin, named: argv.join().includes("$(reboot)") });
    return { exitCode: 0, signal: undefined, stdout: Buffer.from(SELF), stderr: Buffer.alloc(0) };
  });
  const path = Buffer.from("/$(reboot)\xff", "latin1");
  await listFolder(guest, path, clock);
  expect(asked).toEqual([{ words: 3, stdin: path, named: false }]);
});

test("a guest is not listened to for longer than an answer can be", async () => {
  const limits: unknown[] = [];
  const guest = guestThat(async (_argv, _stdin, maxBytes) => {
    limits.push(maxBytes);
    return { exitCode: 0, signal: undefined, stdout: Buffer.from(SELF), stderr: Buffer.alloc(0) };
  });
  await listFolder(guest, PATH, clock);
  await readText(guest, PATH, clock);
  expect(limits).toEqual([301_024, 301_024]);
});

test("folders come first, then names in order, with what is known of each", async () => {
  const list = `${SELF}f 12 1764154800.25 644\tb.txt\0\0l 9 1764154800 777\ta\0/etc/shadow\0d 4096 x 1777\tz\0\0p 0 1 600\tfifo\0\0`;
  expect(await listFolder(guestWith(list), PATH, clock)).toEqual({
    kind: "seen",
    seen: {
      whole: true,
      entries: [
        expect.objectContaining({ name: "z", kind: "folder", bytes: null, modifiedAtMs: null, mode: "1777" }),
        expect.objectContaining({ name: "a", kind: "link", bytes: null, target: "/etc/shadow" }),
        {
          name: "b.txt",
          path: Buffer.from("/srv/b.txt").toString("base64url"),
          kind: "file",
          bytes: 12,
          modifiedAtMs: 1_764_154_800_250,
          mode: "644",
          target: null,
        },
        expect.objectContaining({ name: "fifo", kind: "pipe" }),
      ],
    },
  });
});

test("of a list that is cut off, the whole entries are shown, and that there are more", async () => {
  const look = await listFolder(guestWith(`${SELF}f 1 1 644\ta\0\0f 1 1 644\thalf of a na`), PATH, clock);
  expect(look).toMatchObject({ kind: "seen", seen: { whole: false, entries: [{ name: "a" }] } });
});

test("of very many entries, so many are shown as the page can take", async () => {
  const many = Array.from({ length: ENTRIES_MAX + 1 }, (_, index) => `f 1 1 644\tfile-${index}\0\0`).join("");
  const look = await listFolder(guestWith(`${SELF}${many}`), PATH, clock);
  expect(look.kind === "seen" && { whole: look.seen.whole, shown: look.seen.entries.length }).toEqual({
    whole: false,
    shown: ENTRIES_MAX,
  });
});

test("a list without end is read only so far", async () => {
  const long = `l 1 1 777\ta\0${"x".repeat(99_980)}\0`;
  const look = await listFolder(guestWith(`${SELF}${long.repeat(10)}`), PATH, clock);
  expect(look.kind === "seen" && { whole: look.seen.whole, shown: look.seen.entries.length }).toEqual({
    whole: false,
    shown: 2,
  });
});

test("a mode that is none is not shown", async () => {
  const look = await listFolder(guestWith(`${SELF}f 1 1 <b>\ta\0\0`), PATH, clock);
  expect(look).toMatchObject({ kind: "seen", seen: { entries: [{ name: "a", mode: "" }] } });
});

test.each(["", "\n", "no list at all", "\0\0\0", "<script>"])("a guest that answers %j has no list", async (answer) => {
  expect(await listFolder(guestWith(answer), PATH, clock)).toEqual({
    kind: "not-seen",
    sentence: "the VM has no list of that folder: its 'find' is not the one of GNU, or does not work",
  });
});

test.each([
  { exitCode: 11, sentence: "it is a symbolic link, which the page does not follow" },
  { exitCode: 12, sentence: "it is of another kind, so it is not opened" },
  { exitCode: 13, sentence: "it is not there, or not any more" },
  { exitCode: 14, sentence: "the VM lacks 'find', 'timeout' or 'head', by which the page looks at files" },
  { exitCode: 15, sentence: "the VM's kernel makes it up when it is read, so it is not opened" },
  { exitCode: 137, sentence: "the VM cannot read it" },
])("exit code $exitCode: $sentence", async ({ exitCode, sentence }) => {
  for (const look of [listFolder, readText]) {
    expect(await look(guestWith("x", exitCode), PATH, clock)).toEqual({ kind: "not-seen", sentence });
  }
});

test.each<{ what: string; answer: Buffer; seen: object }>([
  { what: "text", answer: Buffer.from("3\nä\n"), seen: { bytes: 3, text: "ä\n", whole: true } },
  { what: "nothing", answer: Buffer.from("0\n"), seen: { bytes: 0, text: "", whole: true } },
  { what: "a NUL", answer: Buffer.from("2\na\0"), seen: { bytes: 2, text: null, whole: true } },
  { what: "no UTF-8", answer: Buffer.from("1\n\xff", "latin1"), seen: { bytes: 1, text: null, whole: true } },
  {
    what: "more than is shown, cut within a character",
    answer: Buffer.concat([Buffer.from("100001\na"), Buffer.from("é".repeat(50_000))]),
    seen: { bytes: 100_001, text: `a${"é".repeat((TEXT_MAX_BYTES - 2) / 2)}`, whole: false },
  },
])("a file with $what", async ({ answer, seen }) => {
  expect(await readText(guestWith(answer), PATH, clock)).toEqual({ kind: "seen", seen });
});

test.each(["", "text without a size", "many\ntext"])("a guest that answers %j has no text", async (answer) => {
  expect(await readText(guestWith(answer), PATH, clock)).toEqual({
    kind: "not-seen",
    sentence: "the VM gave no answer that makes sense for that file",
  });
});

test("a guest that does not answer is waited for only so long", async () => {
  const late = readText(
    guestThat(() => new Promise(() => undefined)),
    PATH,
    clock,
  );
  await clock.advance(10_000);
  expect(await late).toEqual({ kind: "not-seen", sentence: "the VM did not answer within 10 s" });
});

test("a guest that is no sandbox is not even asked: its files are this machine's", async () => {
  const guest = new FakeGuest({ vmName: "vm1", folder: "/nowhere", rootfs: undefined });
  guest.on = true;
  for (const look of [listFolder, readText]) {
    expect(await look(guest, PATH, clock)).toEqual({
      kind: "not-seen",
      sentence: "its guest is no sandbox, so its files are those of this machine, and the page does not show them",
    });
  }
  expect(guest.calls).toEqual([]);
});
