/** The text in every user's state: how large it is, that it does not change, and that it calls the installed package. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const SHIM = join(ROOT, "dist/provider/shim.js");

/** Serialises the built shim as the SDK's `dynamic.Resource` does, in a process of its own: jest would change the code. */
function serialisedShim(): string {
  const program = `
    const pulumi = require("@pulumi/pulumi");
    const { provider } = require(${JSON.stringify(SHIM)});
    pulumi.runtime.serializeFunction(() => provider, { allowSecrets: true }).then(({ text }) => process.stdout.write(text));
  `;
  return execFileSync(process.execPath, ["-e", program], { cwd: ROOT }).toString();
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shim-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads the serialised text in a new process, in the folder of a program, as a provider process does. */
function callReloaded(expression: string): unknown {
  writeFileSync(join(folder, "state.js"), serialisedShim());
  const program = `
    const provider = require("./state.js").handler();
    Promise.resolve().then(() => ${expression}).then(
      (value) => process.stdout.write(JSON.stringify({ value })),
      (error) => process.stdout.write(JSON.stringify({ error: error.message })),
    );
  `;
  return JSON.parse(execFileSync(process.execPath, ["-e", program], { cwd: folder }).toString());
}

test("its text has at most 2,300 characters", () => {
  expect(serialisedShim().length).toBeLessThanOrEqual(2_300);
});

test("its text is the one that states out there hold; change it only with a very good reason", () => {
  expect(createHash("sha256").update(serialisedShim()).digest("hex")).toBe(
    "816f0e3e3468ca3136ee91609caf9631528272e43d5544df5cd7cbfc8b16f0ad",
  );
});

test("reloaded from a state, each of its methods calls the function of that name in the program's own package", () => {
  const installed = join(folder, "node_modules/azure-run-command");
  mkdirSync(join(installed, "provider"), { recursive: true });
  writeFileSync(join(installed, "package.json"), JSON.stringify({ name: "azure-run-command" }));
  writeFileSync(
    join(installed, "provider/lifecycle.js"),
    "module.exports = new Proxy({}, { get: (_, name) => async (...given) => [name, ...given] });",
  );
  expect(
    callReloaded(`Promise.all([
      provider.configure("request"), provider.check("olds", "news"), provider.diff("id", "olds", "news"),
      provider.create("inputs"), provider.read("id", "props"), provider.update("id", "olds", "news"),
      provider.delete("id", "props"),
    ])`),
  ).toEqual({
    value: [
      ["configure", "request"],
      ["check", "olds", "news"],
      ["diff", "id", "olds", "news"],
      ["create", "inputs"],
      ["read", "id", "props"],
      ["update", "id", "olds", "news"],
      ["delete", "id", "props"],
    ],
  });
});

test("reloaded from a state, it finds every function in the real package", () => {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/azure-run-command"));
  const [vm, script] = ["/subscriptions/x", ""];
  expect(
    callReloaded(`provider.check({}, ${JSON.stringify({ virtualMachineId: vm, script, key: "k", resourceUrn: "u" })})`),
  ).toEqual({
    value: {
      inputs: { virtualMachineId: vm, script, key: "k", resourceUrn: "u" },
      failures: [
        {
          property: "",
          reason:
            "virtualMachineId is \"/subscriptions/x\", which is no id of a VM; expected '/subscriptions/{guid}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}'",
        },
        { property: "", reason: "script is empty; give the text to run" },
      ],
    },
  });
});

test("where the package is not installed, it says what to do", () => {
  expect(callReloaded("provider.delete('id', {})")).toEqual({
    error:
      "azure-run-command: run 'npm install' where Pulumi.yaml is, then again: Error: Cannot find module 'azure-run-command/provider/lifecycle'",
  });
});
