/** The part of `/_simulator` that does what an administrator of the subscription does: locks, rights, groups, commands. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { speakJson } from "./admin-json";
import { ACTIONS } from "./arm/actions";
import { type CommandDefinition, commandDocument } from "./arm/catalogue";
import { LOCK_LEVELS, type LockLevel } from "./arm/locks";
import { removeGroup } from "./machine-removal";
import type { World } from "./world";

interface NamedRoute {
  Params: { name: string };
}

/** Source: Learn "Management locks - create or update by scope": notes have at most 512 characters. */
const NOTES_MAX_CHARACTERS = 512;
const LOCK_SCHEMA = {
  type: "object",
  required: ["scope", "level"],
  additionalProperties: false,
  properties: {
    scope: { type: "string" },
    level: { enum: LOCK_LEVELS },
    notes: { type: "string", maxLength: NOTES_MAX_CHARACTERS },
  },
} as const;
const TEXTS = { type: "array", items: { type: "string" } } as const;
const ACTIONS_SCHEMA = {
  type: "object",
  required: ["actions"],
  additionalProperties: false,
  properties: { actions: TEXTS },
} as const;
const COMMAND_SCHEMA = {
  type: "object",
  required: ["id", "script"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^[A-Za-z0-9_]+$" },
    script: { ...TEXTS, minItems: 1 },
    parameters: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: { name: { type: "string", minLength: 1 }, required: { type: "boolean" } },
      },
    },
  },
} as const;

interface LockBody {
  readonly scope: string;
  readonly level: LockLevel;
  readonly notes?: string;
}

interface CommandBody {
  readonly id: string;
  readonly script: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly required?: boolean }[];
}

export async function adminAzurePlugin(app: FastifyInstance, { world }: { world: World }): Promise<void> {
  speakJson(app);
  lockRoutes(app, world);
  app.get("/denied-actions", async () => ({ actions: deniedActions(world) }));
  app.put<{ Body: { actions: string[] } }>(
    "/denied-actions",
    { schema: { body: ACTIONS_SCHEMA } },
    async ({ body }, reply) => {
      const unknown = body.actions.find((given) => !ACTIONS.some((action) => sameText(action, given)));
      if (unknown !== undefined) {
        return refuse(reply, 400, `'${unknown}' is no action of the simulator, expected some of ${ACTIONS.join(", ")}`);
      }
      world.deniedActions = new Set(body.actions.map((action) => action.toLowerCase()));
      return { actions: deniedActions(world) };
    },
  );
  app.delete<NamedRoute>("/groups/:name", async ({ params }, reply) => {
    const group = world.group(params.name);
    if (group === undefined) {
      const names = [...world.groups.values()].map(({ name }) => name).join(", ");
      return refuse(reply, 404, `there is no resource group '${params.name}'; there are: ${names || "none"}`);
    }
    await removeGroup(world, group);
    return [...world.groups.values()];
  });
  app.get("/run-commands", async () => world.catalogue.list().map(({ id, osType }) => ({ id, osType })));
  app.post<{ Body: CommandBody }>("/run-commands", { schema: { body: COMMAND_SCHEMA } }, async ({ body }, reply) => {
    const { id, script, parameters = [] } = body;
    const definition: CommandDefinition = {
      script,
      parameters: parameters.map(({ name, required = false }) => ({ name, required })),
    };
    const entry = world.catalogue.add(id, definition);
    return entry === undefined
      ? refuse(reply, 409, `'${id}' is a command of Azure's own, expected another id`)
      : commandDocument(entry);
  });
}

function lockRoutes(app: FastifyInstance, world: World): void {
  const { subscriptionId } = world.options;
  const list = (): object[] => [...world.locks.values()];
  const lockable = new RegExp(
    `^/subscriptions/${subscriptionId}(/resourceGroups/[^/]+(/providers/Microsoft\\.Compute/(virtualMachines|virtualMachineScaleSets)/[^/]+)?)?$`,
    "i",
  );
  app.get("/locks", async () => list());
  app.put<NamedRoute & { Body: LockBody }>(
    "/locks/:name",
    { schema: { body: LOCK_SCHEMA } },
    async ({ params, body }, reply) => {
      const { scope, level, notes } = body;
      if (!lockable.test(scope)) {
        return refuse(
          reply,
          400,
          `scope is '${scope}', expected the id of the subscription '${subscriptionId}', of a resource group, or of a VM or a scale set in it`,
        );
      }
      world.locks.set(params.name, { name: params.name, scope, level, notes });
      world.options.onChange();
      return list();
    },
  );
  app.delete<NamedRoute>("/locks/:name", async ({ params }, reply) => {
    if (!world.locks.delete(params.name)) {
      const names = [...world.locks.keys()].join(", ");
      return refuse(reply, 404, `there is no lock '${params.name}'; there are: ${names || "none"}`);
    }
    world.options.onChange();
    return list();
  });
}

function deniedActions(world: World): readonly string[] {
  return ACTIONS.filter((action) => world.deniedActions.has(action.toLowerCase()));
}

function refuse(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).send({ error: sentence });
}

function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
