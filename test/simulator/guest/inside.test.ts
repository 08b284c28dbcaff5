/** What is read from a program inside a guest; here, programs of this machine. */
import { runInside, startInside } from "../../../simulator/guest/inside";

jest.setTimeout(60_000);

function shell(text: string, start = startInside, maxBytes?: number): ReturnType<typeof runInside> {
  const invocation = { file: "/bin/sh", args: ["-c", text], env: { PATH: "/usr/bin:/bin" } };
  return runInside(invocation, Buffer.alloc(0), start, maxBytes);
}

test("what a child prints after the end of the command is read, if it ends too", async () => {
  const { exitCode, stdout } = await shell("(sleep 1; echo late) & echo early; exit 3");
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 3, stdout: "early\nlate\n" });
});

test("of what prints without end, no more is taken than was asked for, and it ends", async () => {
  const { stdout, signal } = await shell("exec cat /dev/zero", startInside, 1_000_000);
  expect(signal).toBe("SIGPIPE");
  expect(stdout.length).toBeLessThanOrEqual(1_000_000);
});

test("a daemon that keeps the streams does not hold up the command for ever", async () => {
  let group = 0;
  const { stdout } = await shell("sleep 600 & echo done", (invocation) => {
    const child = startInside(invocation);
    group = child.pid ?? 0;
    return child;
  });
  process.kill(-group, "SIGKILL");
  expect(stdout.toString()).toBe("done\n");
});
