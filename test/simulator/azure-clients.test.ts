/** Microsoft's own clients against the simulator: @azure/identity and @azure/arm-compute, in a process that only has the variables. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { succeeded } from "./fake-guest";
import { type Running, run, stopAll } from "./running";

let sim: Running;
beforeAll(async () => {
  sim = await run();
});
afterAll(stopAll);

const client = (...args: string[]) => clientOf(sim, ...args);

function clientOf({ simulator }: Running, ...args: string[]): Promise<Record<string, unknown>> {
  const env = { PATH: process.env.PATH, ...simulator.environment };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ["--", join(__dirname, "azure-clients.mjs"), ...args],
      { env, timeout: 20_000 },
      (error, stdout, stderr) => {
        try {
          resolve(JSON.parse(stdout));
        } catch {
          reject(error ?? new Error(stderr));
        }
      },
    );
  });
}

test("ClientSecretCredential without instance discovery gets a token that ARM takes", async () => {
  const answer = await client("token", "true");
  expect(answer).toMatchObject({ status: 200 });
  expect(Number(answer.lifetimeSeconds)).toBeGreaterThan(3_500);
}, 30_000);

test("arm-compute runs a command, looks at the VM, lists commands, deallocates, and understands refusals", async () => {
  sim.guest.answer = () => succeeded("hello\n");
  expect(await client("compute")).toEqual({
    message: "Enable succeeded: \n[stdout]\nhello\n\n[stderr]\n",
    vmId: sim.simulator.world.list()[0]?.vmId,
    power: "PowerState/running",
    unknown: { statusCode: 404, code: "ResourceNotFound" },
    commands: 15,
    off: { statusCode: 409, code: "OperationNotAllowed" },
  });
  expect(sim.guest.scripts).toEqual(["echo hello\n"]);
}, 30_000);

test("arm-compute lists both kinds of scale sets page by page, and runs a command on an instance", async () => {
  const other = await run({ scaleSet: ["web:count=2", "pool:mode=uniform,count=60"] });
  const guest = other.guests.get("pool_1");
  if (guest !== undefined) {
    guest.answer = () => succeeded("hello\n");
  }
  expect(await clientOf(other, "scaleSets")).toEqual({
    modes: ["Flexible", "Uniform"],
    members: [
      [true, "PowerState/running"],
      [true, "PowerState/running"],
    ],
    instances: 60,
    ids: [
      ["pool_0", "0", "PowerState/running"],
      ["pool_1", "1", "PowerState/running"],
    ],
    message: "Enable succeeded: \n[stdout]\nhello\n\n[stderr]\n",
    handlers: ["Microsoft.CPlat.Core.RunCommandLinux"],
    notActive: { statusCode: 400, code: "InvalidParameter" },
    reimaged: true,
  });
}, 30_000);

test("DefaultAzureCredential finds the variables", async () => {
  expect(await client("default")).toEqual({ parts: 3 });
}, 30_000);
