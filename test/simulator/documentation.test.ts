/** docs/simulator.md names what there is: each route of the admin endpoint, each fault, each option, and nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { simulateCommand } from "../../cli/simulate";
import { type AdminOptions, adminPlugin } from "../../simulator/admin";
import { createRegistrations } from "../../simulator/entra/registrations";
import { FaultChoice } from "../../simulator/faults/choice";
import { FAULT_NAMES } from "../../simulator/faults/names";
import { RequestLog } from "../../simulator/request-log";
import { createTiming } from "../../simulator/timing";
import { World } from "../../simulator/world";
import { VirtualClock } from "./virtual-clock";

const PAGE = readFileSync(join(__dirname, "../../docs/simulator.md"), "utf8");

/** The codes in the first column of the table under a title. */
function firstColumn(title: string): readonly string[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
  const cells = section.split("\n").flatMap((line) => /^\| (`[^|]*) \|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? ""));
}

async function routes(): Promise<readonly string[]> {
  const clock = new VirtualClock(0);
  const world = new World({
    subscriptionId: "s",
    tenantId: "t",
    clock,
    timing: createTiming("fast", () => 0),
    onChange: () => undefined,
    onTrouble: () => undefined,
  });
  const never = (): never => {
    throw new Error("nothing is asked here");
  };
  const options: AdminOptions = {
    key: "k",
    pageKey: "p",
    world,
    requests: new RequestLog(),
    secret: { expired: false },
    faults: new FaultChoice(1),
    registrations: createRegistrations(),
    replaceMachine: never,
    bringToScale: never,
  };
  const found: string[] = [];
  const app = Fastify({ ajv: { customOptions: { allowUnionTypes: true } } });
  app.addHook("onRoute", ({ method, url }) => {
    for (const each of [method].flat().filter((name) => name !== "HEAD")) {
      found.push(`${each} ${url.replace(/\/$/, "")}`);
    }
  });
  await app.register(adminPlugin, options);
  await app.close();
  return [...new Set(found)];
}

test("each route of the admin endpoint is described, and no other", async () => {
  expect([...firstColumn("The admin endpoint")].sort()).toEqual([...(await routes())].sort());
});

test("each fault is described, and no other", () => {
  expect([...firstColumn("Faults")].sort()).toEqual([...FAULT_NAMES].sort());
});

test("each option is described, and no other", () => {
  const described = firstColumn("Start it").flatMap((code) => /^--[a-z-]+/.exec(code)?.[0] ?? []);
  const options = simulateCommand().options.map(({ long }) => long);
  // The one that is in the example above the table.
  expect([...described, "--env-file"].sort()).toEqual([...options].sort());
});
