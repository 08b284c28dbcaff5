/** What is read from a program inside a guest; here, programs of this machine. */
import { runInside, startInside } from "../../../simulator/guest/inside";

jest.setTimeout(60_000);

function shell(text: string, start = startInside): ReturnType<typeof runInside> {
  return runInside({ file: "/bin/sh", args: ["-c", text], env: { PATH: "/usr/bin:/bin" } }, Buffer.alloc(0), start);
}

test("what a child prints after the end of the command is read, if it ends too", async () => {
  const { exitCode, stdout } = await shell("(sleep 1; echo late) & echo early; exit 3");
  expect({ exitCode, stdout: stdout.toString() }).toEqual({ exitCode: 3, stdout: "early\nlate\n" });
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
