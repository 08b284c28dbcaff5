/**
 * A stand-in for the `docker` program: notes its arguments, and runs containers in namespaces over this machine's root with
 * /usr, /var/lib, /var/log and /root of their own. It knows only what `container-sandbox.ts` uses.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PROGRAM = `#!${process.execPath}
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const [verb, ...words] = process.argv.slice(2);
const folder = ${JSON.stringify("@FOLDER@")};
fs.appendFileSync(folder + "/calls", [verb, ...words].join(" ").split("\\n")[0] + "\\n");
const of = (name, file) => folder + "/" + name + "/" + file;
const read = (path) => { try { return fs.readFileSync(path, "utf8").trim(); } catch { return ""; } };
const fail = (text) => { console.error("Error: " + text); process.exit(1); };
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const alive = (name) => fs.existsSync("/proc/" + (read(of(name, "outer")) || "none"));
function initPid(name) {
  const outer = read(of(name, "outer"));
  return read("/proc/" + outer + "/task/" + outer + "/children").split(" ")[0];
}
const SETUP = 'cd "$1"; for d in usr var/lib var/log root; do mkdir -p disk/$d work/$d; mount -n -t overlay -o lowerdir=/$d,upperdir=disk/$d,workdir=work/$d overlay /$d; done; hostname "$2"; : >ready; exec sh -c "$3"';
function launch(name) {
  fs.rmSync(of(name, "ready"), { force: true });
  const { host, init } = JSON.parse(read(of(name, "config")));
  const unshare = ["unshare", "--mount", "--propagation", "private", "--pid", "--uts", "--net", "--fork", "--kill-child", "--mount-proc"];
  const script = unshare.join(" ") + ' sh -c \\'' + SETUP + '\\' setup "$@"; echo $? >"$1/code"';
  const child = spawn("sh", ["-c", "rm -f \\"$1/code\\"; " + script, "x", folder + "/" + name, host, init], { detached: true, stdio: "ignore" });
  child.unref();
  while (!fs.existsSync(of(name, "ready"))) sleep(5);
  fs.writeFileSync(of(name, "outer"), read("/proc/" + child.pid + "/task/" + child.pid + "/children").split(" ")[0]);
}
switch (verb) {
  case "version": console.log("0-fake"); break;
  case "inspect": {
    const name = words.at(-1);
    if (!fs.existsSync(of(name, "config"))) fail("no such object: " + name);
    console.log(alive(name) ? "true" : "false");
    break;
  }
  case "run": {
    const name = words[words.indexOf("--name") + 1];
    fs.mkdirSync(folder + "/" + name, { recursive: true });
    fs.writeFileSync(of(name, "config"), JSON.stringify({ host: words[words.indexOf("--hostname") + 1], init: words.at(-1) }));
    launch(name);
    console.log("id");
    break;
  }
  case "start": launch(words[0]); break;
  case "kill":
    if (!alive(words[0])) fail("container is not running");
    process.kill(Number(initPid(words[0])), "SIGKILL");
    break;
  case "wait":
    while (alive(words[0]) || !fs.existsSync(of(words[0], "code"))) sleep(10);
    console.log(read(of(words[0], "code")));
    break;
  case "rm":
    if (alive(words.at(-1))) process.kill(Number(initPid(words.at(-1))), "SIGKILL");
    while (alive(words.at(-1))) sleep(5);
    spawnSync("rm", ["-rf", folder + "/" + words.at(-1)]);
    break;
  case "exec": {
    const env = [];
    words.shift();
    while (words[0] === "-e") { words.shift(); env.push(words.shift()); }
    const name = words.shift();
    if (!alive(name)) fail("container is not running");
    const args = ["-t", initPid(name), "-m", "-p", "-u", "-n", "setsid", "--wait", "env", "-i", "PATH=" + process.env.PATH, ...env, ...words];
    const { status, signal } = spawnSync("nsenter", args, { stdio: "inherit" });
    process.exit(signal ? 137 : status);
  }
}
`;

/** Puts the stand-in into a folder. @returns the folder that must come first in PATH. */
export function makeFakeDocker(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "docker"), PROGRAM.replace("@FOLDER@", folder));
  chmodSync(join(bin, "docker"), 0o755);
  return bin;
}

/** The first line of each call, in order. */
export function dockerCalls(folder: string): string[] {
  return readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
}
