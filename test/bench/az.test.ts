import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { azClient } from "../../bench/clients/az";

const NAMES = ["PATH", "ARM_METADATA_HOSTNAME", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID"] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);
const folder = mkdtempSync(join(tmpdir(), "bench-az-test-"));

afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(folder, { recursive: true });
});

test("az is told of the simulator's cloud, signs in, and is called once for a script", async () => {
  const calls = join(folder, "calls");
  const answer = { value: [{ message: "Enable succeeded: \n[stdout]\nhello\n\n[stderr]\n" }] };
  writeFileSync(join(folder, "answer"), JSON.stringify(answer));
  writeFileSync(join(folder, "az"), `#!/bin/sh\necho "$*" >>'${calls}'\n[ "$1" != vm ] || cat '${folder}/answer'\n`);
  chmodSync(join(folder, "az"), 0o755);
  const given = [`${folder}:${process.env.PATH}`, "localhost:1", "me", "secret", "tenant"];
  NAMES.forEach((name, index) => {
    process.env[name] = given[index];
  });
  const client = await azClient();
  const job = { name: "script-1", vmName: "vm1", virtualMachineId: "/vms/vm1", script: "echo hello" };
  const prepared = await client.prepare(job);
  expect(await prepared.run()).toEqual({ stdout: "hello\n", exitCode: undefined, stdoutSha256: undefined });
  expect(readFileSync(calls, "utf8").trimEnd().split("\n")).toEqual([
    "cloud register --name bench --endpoint-resource-manager https://localhost:1 --output json",
    "cloud set --name bench --output json",
    "login --service-principal --username me --password secret --tenant tenant --output json",
    "vm run-command invoke --ids /vms/vm1 --command-id RunShellScript --scripts echo hello --output json",
  ]);
});
