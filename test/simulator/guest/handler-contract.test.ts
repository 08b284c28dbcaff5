/** What azure-wire.md 4.2–4.8 says of the real handler, each point in a real guest. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { type Guest, GuestOffError } from "../../../simulator/guest/guest";
import { Guests, requireRoot, runScript, sh, succeeds, TEST_TIMEOUT_MS, until } from "./guests";

const DOWNLOADS = "/var/lib/waagent/run-command/download";
const EXTENSION = "/var/lib/waagent/Microsoft.CPlat.Core.RunCommandLinux-1.0.12";
const LOG = "/var/log/azure/run-command/handler.log";
const UNFINISHED = { status: "success", message: "Enable succeeded: Last script execution didn't finish." };

requireRoot();
jest.setTimeout(TEST_TIMEOUT_MS);
const guests = new Guests();
let guest: Guest;
beforeAll(async () => {
  guest = await guests.started("vm");
});
afterAll(() => guests.end());

/** The folder of the run that comes next. */
async function nextFolder(): Promise<string> {
  const last = await sh(guest, `cat ${EXTENSION}/mrseq 2>/dev/null || echo -1`);
  return `${DOWNLOADS}/${Number(last) + 1}`;
}

describe("a script's surroundings", () => {
  test("the script lies in its numbered folder, readable and executable for root alone", async () => {
    const folder = await nextFolder();
    const { stdout } = await runScript(guest, 'echo "$0"; pwd; stat -c "%a %U %n" . script.sh stdout stderr');
    expect(stdout).toBe(
      `${folder}/script.sh\n${folder}\n700 root .\n500 root script.sh\n600 root stdout\n600 root stderr\n`,
    );
  });

  test("the environment is what the agent has, without HOME and USER", async () => {
    const folder = await nextFolder();
    const { stdout } = await runScript(guest, "#!/usr/bin/env -S sh\nexec printenv");
    expect(stdout.trim().split("\n").sort()).toEqual(
      [
        "AZURE_GUEST_AGENT_EXTENSION_PATH=/var/lib/waagent/Microsoft.CPlat.Core.RunCommandLinux-1.0.12",
        "AZURE_GUEST_AGENT_EXTENSION_SUPPORTED_FEATURES=[]",
        "AZURE_GUEST_AGENT_EXTENSION_VERSION=1.0.12",
        "AZURE_GUEST_AGENT_WIRE_PROTOCOL_ADDRESS=168.63.129.16",
        `ConfigSequenceNumber=${folder.split("/").pop()}`,
        "LANG=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        `PWD=${folder}`,
        "SHLVL=0",
        "_=/usr/bin/nohup",
      ].sort(),
    );
  });

  test("stdin is /dev/null and there is no terminal", async () => {
    const { stdout } = await runScript(
      guest,
      "readlink /proc/self/fd/0; cat | wc -c; (: </dev/tty) 2>/dev/null || echo none",
    );
    expect(stdout).toBe("/dev/null\n0\nnone\n");
  });

  test("SIGHUP and SIGINT are ignored, and no other signal is", async () => {
    const { stdout } = await runScript(guest, "grep SigIgn /proc/self/status");
    expect(stdout).toBe("SigIgn:\t0000000000000003\n");
  });

  test("a script without a shebang is run by /bin/sh, one with a shebang by its interpreter", async () => {
    const script = 'test -n "$BASH_VERSION" && echo bash || echo sh';
    expect((await runScript(guest, script)).stdout).toBe("sh\n");
    expect((await runScript(guest, `#!/bin/bash\n${script}`)).stdout).toBe("bash\n");
  });

  test("a missing interpreter is /bin/sh's 'not found'", async () => {
    const folder = await nextFolder();
    const { stderr } = await runScript(guest, "#!/no/such\necho a");
    expect(stderr).toBe(`/bin/sh: 1: ${folder}/script.sh: not found\n`);
    expect(await sh(guest, `tail -4 ${LOG} | head -1`)).toContain("exit status=127");
  });

  test("CRLF becomes LF with a shebang too, and NUL bytes are dropped by dash", async () => {
    expect((await runScript(guest, "#!/bin/sh\r\necho a\r\n")).stdout).toBe("a\n");
    expect((await runScript(guest, "\necho a\u0000b\n")).stdout).toBe("ab\n");
  });
});

describe("the reported streams", () => {
  test.each(["exit 3", "exit 255", "kill -9 $$"])(
    "'%s' is a success, and the message does not tell",
    async (script) => {
      const { status, message } = await guest.enable(Buffer.from(`echo a\n${script}`));
      expect(status).toBe("success");
      expect(message.replace("Killed\n", "")).toBe("Enable succeeded: \n[stdout]\na\n\n[stderr]\n");
    },
  );

  test("only handler.log has the exit code", async () => {
    await runScript(guest, "exit 3");
    expect(await sh(guest, `tail -4 ${LOG}`)).toContain('error="command terminated with exit status=3"');
  });

  test("a script that kills itself leaves 'Killed' at the end of stderr", async () => {
    expect((await runScript(guest, "echo b >&2; kill -9 $$")).stderr).toBe("b\nKilled\n");
  });

  test("no newline is added or removed", async () => {
    expect(await runScript(guest, "printf out; printf err >&2")).toEqual({ stdout: "out", stderr: "err" });
  });

  test("of each stream the last 4,096 bytes come, without a mark", async () => {
    const { stdout, stderr } = await runScript(guest, "seq 1 5000; seq 6000 9000 >&2; printf z");
    const all = Array.from({ length: 5000 }, (_, i) => `${i + 1}\n`).join("");
    expect(stdout).toBe(`${all}z`.slice(-4096));
    expect(stderr).toHaveLength(4096);
    expect(stderr.endsWith("9000\n")).toBe(true);
  });

  test("a character cut in two by the tail gives a mark for each byte left of it", async () => {
    const { stdout } = await runScript(guest, "printf '\\360\\237\\230\\200'; head -c 4093 /dev/zero | tr '\\0' a");
    expect(stdout).toBe(`\ufffd\ufffd\ufffd${"a".repeat(4093)}`);
  });

  test("each invalid byte is its own mark, and NUL arrives", async () => {
    expect((await runScript(guest, "printf 'a\\360\\237\\230\\000b\\377'")).stdout).toBe("a���\u0000b�");
  });

  test("output that looks like a marker is passed through", async () => {
    const { message } = await guest.enable(Buffer.from("printf 'a\\n[stderr]\\nb'"));
    expect(message).toBe("Enable succeeded: \n[stdout]\na\n[stderr]\nb\n[stderr]\n");
  });

  test("the whole output stays on the disk", async () => {
    const folder = await nextFolder();
    await runScript(guest, "seq 1 5000");
    expect(await sh(guest, `wc -c <${folder}/stdout`)).toBe("23893\n");
  });

  test("a script that truncates its stdout leaves leading NULs", async () => {
    const { stdout } = await runScript(guest, "printf 12345; : >stdout; printf 67");
    expect(stdout).toBe("\u0000\u0000\u0000\u0000\u000067");
  });

  test("a script that replaces its stdout is reported by the new file", async () => {
    expect((await runScript(guest, "echo a; rm stdout; printf new >stdout")).stdout).toBe("new");
  });

  test("a script that deletes its folder has no output", async () => {
    expect(await runScript(guest, 'echo a; rm -rf "$PWD"')).toEqual({ stdout: "", stderr: "" });
  });

  test("children in the background do not hold up the end, and what they print later is not reported", async () => {
    const folder = await nextFolder();
    const late = "while [ ! -e /tmp/go ]; do sleep 0.05; done; echo late";
    expect((await runScript(guest, `(${late}) & echo now`)).stdout).toBe("now\n");
    await sh(guest, "touch /tmp/go");
    await until("the late line is in the file", () => succeeds(guest, `grep -q late ${folder}/stdout`));
  });
});

describe("the size limit", () => {
  test("a script of 262,144 characters of base64 runs", async () => {
    const script = Buffer.concat([Buffer.from("echo ran; exit\n"), Buffer.alloc(196_608 - 15, "#")]);
    expect((await runScript(guest, script)).stdout).toBe("ran\n");
  });

  test.each([
    { what: "one byte more", script: Buffer.concat([Buffer.from("echo ran\n"), Buffer.alloc(196_600, "#")]) },
    { what: "broken gzip", script: gzipSync(randomBytes(100)).subarray(0, 40) },
  ])("$what is a success with empty output, without files, and with a line in the log", async ({ script }) => {
    const folder = await nextFolder();
    expect(await runScript(guest, script)).toEqual({ stdout: "", stderr: "" });
    expect(await sh(guest, `ls -A ${folder}`)).toBe("");
    const log = await sh(guest, `tail -3 ${LOG}`);
    expect(log).toContain('event="enable script failed"');
    expect(log).not.toContain("exceeded");
  });

  test("a compressed script is unpacked", async () => {
    const script = gzipSync(`echo ran; exit\n${"#".repeat(1_000_000)}`);
    expect((await runScript(guest, script)).stdout).toBe("ran\n");
  });

  test("an empty script is an error, and the next one runs", async () => {
    expect(await guest.enable(Buffer.alloc(0))).toEqual({
      status: "error",
      message: "Enable failed: failed to get configuration: invalid configuration: 'commandToExecute' is not specified",
    });
    expect(await runScript(guest, "\n")).toEqual({ stdout: "", stderr: "" });
    expect(await runScript(guest, "\ufeff")).toEqual({ stdout: "", stderr: "" });
  });
});

describe("files and numbers", () => {
  test("status file and mrseq tell the last run", async () => {
    await runScript(guest, "echo told");
    const seq = await sh(guest, `cat ${EXTENSION}/mrseq`);
    const [entry] = JSON.parse(await sh(guest, `cat ${EXTENSION}/status/${seq}.status`));
    expect(entry.status).toEqual({
      operation: "Enable",
      status: "success",
      formattedMessage: { lang: "en", message: "Enable succeeded: \n[stdout]\ntold\n\n[stderr]\n" },
    });
  });

  test("while a script runs, the status file says 'Enable in progress'", async () => {
    const { stdout } = await runScript(guest, `cat ${EXTENSION}/status/$ConfigSequenceNumber.status`);
    expect(JSON.parse(stdout)[0].status).toMatchObject({
      status: "transitioning",
      formattedMessage: { message: "Enable in progress" },
    });
  });

  test("the lines of a run in handler.log are those of the recorded log", async () => {
    await sh(guest, `: >${LOG}`);
    await runScript(guest, "true");
    const events = (await sh(guest, `cat ${LOG}`)).match(/(event|files|message)=("[^"]*"|\S+)/g);
    expect(events).toEqual([
      "event=start",
      "event=pre-check",
      'event="comparing seqnum"',
      'event="seqnum saved"',
      'event="reading configuration"',
      'event="read configuration"',
      'event="validating json schema"',
      'event="json schema valid"',
      'event="parsing configuration json"',
      'event="parsed configuration json"',
      'event="validating configuration logically"',
      'event="validated configuration"',
      'event="creating output directory"',
      'event="created output directory"',
      "files=0",
      'event="executing command"',
      'event="executing protected script"',
      'event="executed command"',
      "event=enabled",
      'message="config folder cleared successfully"',
      "event=end",
    ]);
  });

  test("removal deletes scripts and outputs, and the next run has number 0 again", async () => {
    await runScript(guest, "true");
    expect(guest.extensionInstalled).toBe(true);
    await guest.uninstall();
    expect(guest.extensionInstalled).toBe(false);
    expect(await sh(guest, "ls /var/lib/waagent")).toBe("");
    expect(await sh(guest, `tail -1 ${LOG}`)).toMatch(/operation=uninstall .* event=end/);
    expect((await runScript(guest, 'echo "$ConfigSequenceNumber"')).stdout).toBe("0\n");
    expect((await runScript(guest, 'echo "$ConfigSequenceNumber"')).stdout).toBe("1\n");
  });

  test("removal ends a script that runs", async () => {
    const run = guest.enable(Buffer.from("echo $$ >/tmp/removed; sleep 60"));
    await until("the script runs", () => succeeds(guest, "test -s /tmp/removed"));
    await guest.uninstall();
    expect(await run).toEqual(UNFINISHED);
    expect(await succeeds(guest, 'kill -0 "$(cat /tmp/removed)"')).toBe(false);
    expect(guest.extensionInstalled).toBe(false);
  });

  test("a script can run at once after a removal that ended another", async () => {
    for (let round = 0; round < 10; round += 1) {
      const run = guest.enable(Buffer.from("touch /tmp/interrupted; sleep 60"));
      await until("the script runs", () => succeeds(guest, "test -e /tmp/interrupted"));
      await guest.uninstall();
      expect((await runScript(guest, "rm /tmp/interrupted; echo hi")).stdout).toBe("hi\n");
      expect(await run).toEqual(UNFINISHED);
    }
  });

  test("removal of what is not there does nothing", async () => {
    await guest.uninstall();
    await guest.uninstall();
    expect(guest.extensionInstalled).toBe(false);
  });

  test("a captured image's mrseq makes the first numbers count as processed", async () => {
    await guest.uninstall();
    await sh(guest, `mkdir -p ${EXTENSION} && printf 1 >${EXTENSION}/mrseq`);
    expect(await guest.enable(Buffer.from("echo ran >/tmp/ran"))).toEqual(UNFINISHED);
    expect(await succeeds(guest, "test -e /tmp/ran")).toBe(false);
    expect(await sh(guest, `cat ${LOG}`)).toContain(
      "this script configuration is already processed, will not run again",
    );
    await guest.enable(Buffer.from("true"));
    expect((await runScript(guest, "echo ran")).stdout).toBe("ran\n");
  });
});

describe("a handler that dies", () => {
  test.each([
    { what: "the script kills its process group", script: "kill -9 0" },
    { what: "the script kills everything", script: "kill -9 -1" },
  ])("reports that the script did not finish when $what", async ({ script }) => {
    expect(await guest.enable(Buffer.from(`echo a\n${script}\necho b\n`))).toEqual(UNFINISHED);
    const seq = await sh(guest, `cat ${EXTENSION}/mrseq`);
    expect(await sh(guest, `cat ${EXTENSION}/status/${seq}.status`)).toContain("Last script execution didn't finish.");
    expect((await runScript(guest, "echo next")).stdout).toBe("next\n");
  });

  test("a script that kills its parent goes on, and is not waited for", async () => {
    const folder = await nextFolder();
    await runScript(guest, 'kill -9 "$PPID"; sleep 0.3; echo after');
    await until("the script went on", () => succeeds(guest, `grep -q after ${folder}/stdout`));
  });

  test("a stopped script stays in progress until it is continued", async () => {
    let ended = false;
    const run = guest.enable(Buffer.from("echo $$ >/tmp/stopped; kill -STOP $$; echo on")).finally(() => {
      ended = true;
    });
    await until("it is stopped", () => succeeds(guest, 'grep -q "State:.T" /proc/$(cat /tmp/stopped)/status'));
    expect(ended).toBe(false);
    await sh(guest, 'kill -CONT "$(cat /tmp/stopped)"');
    expect((await run).message).toContain("[stdout]\non\n");
  });

  test("a reboot in mid-script ends the script, and the run reports after it that it did not finish", async () => {
    const before = await sh(guest, "cat /proc/sys/kernel/random/boot_id");
    expect(await guest.enable(Buffer.from("reboot; sleep 60; echo b"))).toEqual(UNFINISHED);
    expect(await sh(guest, "cat /proc/sys/kernel/random/boot_id")).not.toBe(before);
    expect((await runScript(guest, "echo up")).stdout).toBe("up\n");
  });
});

describe("power", () => {
  test("two runs at once are a fault of the caller", async () => {
    const first = guest.enable(Buffer.from("echo first"));
    await expect(guest.enable(Buffer.from("echo second"))).rejects.toThrow("a script runs on 'vm' already");
    expect((await first).message).toContain("first");
  });

  test("a guest that is stopped in mid-script rejects the run; its number is used up", async () => {
    const folder = await nextFolder();
    const run = guest.enable(Buffer.from("touch /root/began; sleep 60")).catch((error: unknown) => error);
    await until("the script runs", () => succeeds(guest, "test -e /root/began"));
    await guest.stop();
    expect(await run).toBeInstanceOf(GuestOffError);
    await guest.start();
    const seq = folder.split("/").pop();
    expect(await sh(guest, `cat ${EXTENSION}/status/${seq}.status`)).toContain("Last script execution didn't finish.");
    expect((await runScript(guest, 'echo "$ConfigSequenceNumber"')).stdout).toBe(`${Number(seq) + 1}\n`);
  });

  test("a script that powers the VM off rejects, and so does everything until the next start", async () => {
    await expect(guest.enable(Buffer.from("poweroff; sleep 60"))).rejects.toBeInstanceOf(GuestOffError);
    await expect(guest.enable(Buffer.from("true"))).rejects.toThrow("the guest of 'vm' is powered off");
    await expect(guest.exec(["true"])).rejects.toBeInstanceOf(GuestOffError);
    await expect(guest.uninstall()).rejects.toBeInstanceOf(GuestOffError);
    await guest.stop();
    await guest.start();
    expect((await runScript(guest, "echo up")).stdout).toBe("up\n");
  });
});
