/** The part of `/_simulator` that makes VMs, and says how their guest agents do. */
import type { FastifyInstance } from "fastify";
import { speakJson } from "./admin-json";
import type { AgentStatus, VmAgent } from "./agent-status";
import type { ComingUp } from "./machines";
import { changeAgent } from "./vm-agent";
import { isVmName, VM_NAME_RULE } from "./vm-name";
import type { VirtualMachine, World } from "./world";

export interface AdminVmsOptions {
  readonly world: World;
  /** Makes a VM; one with the same name goes first. */
  readonly replaceMachine: (name: string, comingUp: ComingUp) => Promise<VirtualMachine>;
}

interface MachineRoute {
  Params: { name: string };
}

interface AgentBody {
  readonly status?: Exclude<AgentStatus, "Absent">;
  readonly version?: string;
  readonly outbound443?: VmAgent["outbound443"];
  readonly agentTimeoutMs?: number;
  readonly allowExtensionOperations?: boolean;
}

/** Longest delay that a Node timer can hold. Source: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const MS_MAX = 2_147_483_647;
const MILLISECONDS = { type: "integer", minimum: 0, maximum: MS_MAX } as const;
/** JSON schemas of the fields of `ComingUp`. */
export const COMING_UP_PROPERTIES = {
  startsAfterMs: MILLISECONDS,
  agentReadyAfterMs: MILLISECONDS,
  allowExtensionOperations: { type: "boolean" },
} as const;
const COMING_UP_SCHEMA = { type: "object", additionalProperties: false, properties: COMING_UP_PROPERTIES } as const;
const AGENT_SCHEMA = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: {
    status: { enum: ["Ready", "NotReady", "Silent"] },
    version: { type: "string", minLength: 1 },
    outbound443: { enum: ["open", "closed"] },
    agentTimeoutMs: MILLISECONDS,
    allowExtensionOperations: { type: "boolean" },
  },
} as const;

export async function adminVmsPlugin(app: FastifyInstance, options: AdminVmsOptions): Promise<void> {
  const { world } = options;
  speakJson(app);
  app.addHook("preValidation", async (request) => {
    request.body ??= {};
  });
  app.get("/", async () => world.list().map(machineDocument));
  app.put<MachineRoute & { Body: ComingUp }>(
    "/:name",
    { schema: { body: COMING_UP_SCHEMA } },
    async ({ params, body }, reply) => {
      if (!isVmName(params.name)) {
        return reply.code(400).send({ error: `the name is '${params.name}', expected ${VM_NAME_RULE}` });
      }
      return machineDocument(await options.replaceMachine(params.name, body));
    },
  );
  app.put<MachineRoute & { Body: AgentBody }>(
    "/:name/agent",
    { schema: { body: AGENT_SCHEMA } },
    async ({ params, body }, reply) => {
      const machine = machineNamed(world, params.name);
      if (machine === undefined) {
        return reply.code(404).send({ error: noSuchMachine(world, params.name) });
      }
      const { agentTimeoutMs, allowExtensionOperations, ...change } = body;
      machine.allowExtensionOperations = allowExtensionOperations ?? machine.allowExtensionOperations;
      changeAgent(world, machine, {
        ...change,
        ...(agentTimeoutMs === undefined ? {} : { timeoutMs: agentTimeoutMs }),
      });
      return machineDocument(machine);
    },
  );
}

function machineDocument(machine: VirtualMachine): object {
  const { name, resourceGroup, vmId, power, allowExtensionOperations } = machine;
  const { timeoutMs: agentTimeoutMs, ...agent } = machine.agent;
  return { name, resourceGroup, vmId, power, agent: { ...agent, agentTimeoutMs }, allowExtensionOperations };
}

/** Whatever its group; Azure's names do not differ by case. */
export function machineNamed(world: World, name: string): VirtualMachine | undefined {
  return world.list().find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

export function noSuchMachine(world: World, name: string): string {
  const names = world.list().map((machine) => machine.name);
  return `there is no VM '${name}'; there are: ${names.join(", ") || "none"}`;
}
