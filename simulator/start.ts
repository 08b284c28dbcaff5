/** Starts a simulator: puts its parts together, and takes them apart again. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { createOperationUrls } from "./arm/operation-urls";
import { createCertificates } from "./certificates";
import { type Clock, systemClock } from "./clock";
import { createTokens, type Tokens } from "./entra/tokens";
import { environmentVariables, planTrust, readText, writeEnvironment, writeTrustFiles } from "./environment-file";
import { FaultChoice } from "./faults/choice";
import { Striker } from "./faults/strike";
import { endGuests } from "./machine-removal";
import { bootMachines, type CreateGuest, createMachine } from "./machines";
import { DEFAULT_VM_NAME, type SimulatorOptions } from "./options";
import { CannotStart } from "./problem";
import { RequestLog } from "./request-log";
import { bringToScale } from "./scale-sets";
import { createServer } from "./server";
import { lockFolder, readState, type StoredMachine, type StoredState, writeState } from "./state";
import { makeTemporaryFolder, removeLeftFolders } from "./temporary-folder";
import { createTiming, type Random } from "./timing";
import { Turns } from "./turns";
import { type VirtualMachine, World } from "./world";

/** What tests put in place of the real thing. */
export interface Doors {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly createGuest?: CreateGuest;
  /** The simulator's own environment: only read for certificates of a proxy. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where warnings go, one line each. */
  readonly warn?: (line: string) => void;
}

export interface Simulator {
  /** `https://localhost:43210` */
  readonly endpoint: string;
  readonly port: number;
  /** The address of the page, with the key as fragment, which browsers send to nobody. */
  readonly page: string;
  /** What a client needs: the variables of the env-file. */
  readonly environment: Readonly<Record<string, string>>;
  readonly rootCertificate: string;
  readonly world: World;
  readonly tokens: Tokens;
  /** Ends the server, the guests, and (without `--state`) deletes the folder. Harmless when called again. */
  stop(options?: { readonly hurry: boolean }): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions, doors: Doors = {}): Promise<Simulator> {
  if (options.rootfs !== undefined && !isFolder(options.rootfs)) {
    throw new CannotStart({ kind: "RootfsMissing", folder: options.rootfs });
  }
  if (options.stateFolder === undefined) {
    await removeLeftFolders();
  }
  const folder = options.stateFolder ?? makeTemporaryFolder();
  const unlock = lockFolder(folder);
  const undo: (() => unknown)[] = [
    () => {
      unlock();
      if (options.stateFolder === undefined) {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  ];
  try {
    return await assemble(options, doors, folder, undo);
  } catch (error) {
    await unwind(undo);
    throw error;
  }
}

async function assemble(
  options: SimulatorOptions,
  doors: Doors,
  folder: string,
  undo: (() => unknown)[],
): Promise<Simulator> {
  const clock = doors.clock ?? systemClock;
  const warn = doors.warn ?? (() => undefined);
  const stored = options.stateFolder === undefined ? undefined : readState(folder);
  const identity = { tenantId: stored?.tenantId ?? randomUUID(), clientId: randomUUID(), objectId: randomUUID() };
  const world = new World({
    subscriptionId: chooseSubscription(options, stored),
    tenantId: identity.tenantId,
    clock,
    timing: createTiming(options.timing, doors.random ?? Math.random),
    onChange: () => options.stateFolder !== undefined && writeState(folder, storedState(world)),
    onTrouble: warn,
  });
  const secret = { value: randomBytes(24).toString("base64url"), expired: false };
  const [key, pageKey] = [randomBytes(24).toString("base64url"), randomBytes(24).toString("base64url")];
  let port = 0;
  const endpoint = (): string => `https://localhost:${port}`;
  // The keys take most of the time of a start.
  const [certificates, tokens] = await Promise.all([
    createCertificates(Date.now()),
    createTokens({ ...identity, endpoint, clock }),
  ]);
  const context = {
    world,
    options,
    createGuest: doors.createGuest ?? (await loadRealGuests(options, warn)),
    guestFolder: join(folder, "guests"),
  };
  mkdirSync(context.guestFolder, { recursive: true, mode: 0o700 });
  const requests = new RequestLog();
  const faults = new FaultChoice(options.seed);
  faults.add(options.faults);
  const striker = new Striker(faults, clock, requests);
  const turns = new Turns();
  const server = await createServer({
    certificates,
    port: options.port,
    clock,
    requests,
    striker,
    entra: { identity, tokens, clock, endpoint, secret, striker },
    arm: {
      striker,
      throttling: options.throttling,
      world,
      identity,
      tokens,
      endpoint,
      location: options.location,
      urls: createOperationUrls({
        endpoint,
        subscriptionId: world.options.subscriptionId,
        certificate: certificates.operationCertificate,
        key: certificates.operationKey,
      }),
    },
    admin: {
      key,
      pageKey,
      world,
      secret,
      faults,
      replaceMachine: (name, comingUp) =>
        turns.take(name.toLowerCase(), () => createMachine(context, { name }, comingUp)),
      bringToScale: (wanted, comingUp) =>
        turns.take(`scale set ${wanted.name.toLowerCase()}`, () => bringToScale(context, wanted, comingUp)),
    },
  });
  undo.push(() => server.close());
  port = await server.listen();
  undo.push(() => endGuests(world, options.stateFolder !== undefined));
  const isEmpty = options.vmNames.length === 0 && options.scaleSets.length === 0 && stored === undefined;
  await bootMachines(context, stored, isEmpty ? [DEFAULT_VM_NAME] : options.vmNames);
  const missing = options.scaleSets.filter(({ name }) => world.scaleSet(options.resourceGroup, name) === undefined);
  await Promise.all(missing.map((wanted) => bringToScale(context, wanted)));
  world.options.onChange();
  const plan = planTrust(certificates.rootPem, doors.environment ?? process.env, readText);
  plan.warnings.forEach(warn);
  const facts = {
    subscriptionId: world.options.subscriptionId,
    ...identity,
    clientSecret: secret.value,
    endpoint: endpoint(),
    key,
  };
  const environment =
    options.environmentFile === undefined
      ? environmentVariables({ ...facts, trust: writeTrustFiles(join(folder, "/"), plan) })
      : writeEnvironment(options.environmentFile, facts, plan);
  let stopping: Promise<void> | undefined;
  return {
    endpoint: endpoint(),
    port,
    page: `${endpoint()}/_simulator/#key=${pageKey}`,
    environment,
    rootCertificate: certificates.rootPem,
    world,
    tokens,
    stop: (how = { hurry: false }) => {
      if (how.hurry) {
        server.dropConnections();
      }
      stopping ??= unwind(undo);
      return stopping;
    },
  };
}

/** Undoes in the opposite order; one failure does not keep the others from being tried. */
async function unwind(undo: (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of undo.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw new AggregateError(failures, "the simulator could not clean up everything");
  }
}

function chooseSubscription(options: SimulatorOptions, stored: StoredState | undefined): string {
  if (
    stored !== undefined &&
    options.subscriptionId !== undefined &&
    stored.subscriptionId !== options.subscriptionId
  ) {
    throw new CannotStart({ kind: "OtherSubscription", given: options.subscriptionId, kept: stored.subscriptionId });
  }
  return stored?.subscriptionId ?? options.subscriptionId ?? randomUUID();
}

function storedState(world: World): StoredState {
  return {
    version: 1,
    subscriptionId: world.options.subscriptionId,
    tenantId: world.options.tenantId,
    groups: [...world.groups.values()],
    locks: [...world.locks.values()],
    scaleSets: world.listScaleSets(),
    machines: world.list().map(storedMachine),
  };
}

function storedMachine(machine: VirtualMachine): StoredMachine {
  const { name, resourceGroup, location, vmId, createdAt, power, generation } = machine;
  const { agent, allowExtensionOperations } = machine;
  return {
    ...{ name, resourceGroup, location, vmId, createdAt, power, generation, allowExtensionOperations },
    ...(machine.member === undefined ? {} : { member: machine.member }),
    // What is coming has come by the next start.
    agent: agent.status === "Absent" ? { ...agent, status: "Ready" } : agent,
  };
}

/** Loaded only when needed, so that tests with guests of their own neither load nor probe anything. */
function loadRealGuests(options: SimulatorOptions, warn: (line: string) => void): Promise<CreateGuest> {
  const { prepareGuests } = require("./real-guests") as typeof import("./real-guests");
  return prepareGuests(options.guest, warn);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
