/** The part of `/_simulator` that makes scale sets, and lets their members come and go. */

import type { FastifyInstance, FastifyReply } from "fastify";
import { speakJson } from "./admin-json";
import { COMING_UP_PROPERTIES } from "./admin-vms";
import { removeMachine } from "./machine-removal";
import type { ComingUp } from "./machines";
import { reimageFromOutside } from "./power";
import { ORCHESTRATION_MODES, type ScaleSet, type WantedScaleSet } from "./scale-set";
import { MEMBERS_MAX } from "./scale-set-flag";
import { removeScaleSet } from "./scale-sets";
import { isVmName, VM_NAME_RULE } from "./vm-name";
import type { VirtualMachine, World } from "./world";

export interface AdminScaleSetsOptions {
  readonly world: World;
  /** Makes a scale set, or gives one as many members as wanted. */
  readonly bringToScale: (wanted: WantedScaleSet, comingUp: ComingUp) => Promise<ScaleSet>;
}

interface ScaleSetRoute {
  Params: { name: string };
}

interface MemberRoute {
  /** A member by its name, or by its instance id. */
  Params: { name: string; member: string };
}

/** Without `capacity` a new scale set is empty, and one that is there keeps its members. */
type Body = Partial<Omit<WantedScaleSet, "name">> & ComingUp;

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    mode: { enum: ORCHESTRATION_MODES },
    capacity: { type: "integer", minimum: 0, maximum: MEMBERS_MAX },
    ...COMING_UP_PROPERTIES,
  },
} as const;

export async function adminScaleSetsPlugin(app: FastifyInstance, options: AdminScaleSetsOptions): Promise<void> {
  const { world } = options;
  speakJson(app);
  app.addHook("preValidation", async (request) => {
    request.body ??= {};
  });
  app.get("/", async () => listDocument(world));
  app.put<ScaleSetRoute & { Body: Body }>("/:name", { schema: { body: SCHEMA } }, ({ params, body }, reply) =>
    bring(options, params.name, body, reply),
  );
  app.delete<ScaleSetRoute>("/:name", async ({ params }, reply) => {
    const scaleSet = scaleSetNamed(world, params.name);
    if (scaleSet === undefined) {
      return refuse(reply, 404, noSuchScaleSet(world, params.name));
    }
    await removeScaleSet(world, scaleSet);
    return listDocument(world);
  });
  app.delete<MemberRoute>("/:name/members/:member", ({ params }, reply) =>
    withMember(world, params, reply, async (machine) => {
      await removeMachine(world, machine);
      world.options.onChange();
    }),
  );
  app.post<MemberRoute>("/:name/members/:member/reimage", ({ params }, reply) =>
    withMember(world, params, reply, (machine) => reimageFromOutside(world, machine)),
  );
}

async function bring(
  { world, bringToScale }: AdminScaleSetsOptions,
  name: string,
  { mode, capacity, ...comingUp }: Body,
  reply: FastifyReply,
): Promise<object> {
  if (!isVmName(name)) {
    return refuse(reply, 400, `the name is '${name}', expected ${VM_NAME_RULE}`);
  }
  const known = scaleSetNamed(world, name);
  if (known !== undefined && mode !== undefined && mode !== known.mode) {
    return refuse(reply, 409, `'${known.name}' is ${known.mode}, and a scale set keeps its mode`);
  }
  const wanted: WantedScaleSet = {
    name: known?.name ?? name,
    mode: known?.mode ?? mode ?? "Flexible",
    capacity: capacity ?? (known === undefined ? 0 : world.members(known).length),
  };
  return scaleSetDocument(world, await bringToScale(wanted, comingUp));
}

/** Does something to one member, and answers with what the scale set is then. */
async function withMember(
  world: World,
  { name, member }: MemberRoute["Params"],
  reply: FastifyReply,
  act: (machine: VirtualMachine) => Promise<void>,
): Promise<object> {
  const scaleSet = scaleSetNamed(world, name);
  if (scaleSet === undefined) {
    return refuse(reply, 404, noSuchScaleSet(world, name));
  }
  const members = world.members(scaleSet);
  const machine = members.find((candidate) => isCalled(candidate, member));
  if (machine === undefined) {
    const names = members.map((candidate) => candidate.name).join(", ") || "none";
    return refuse(reply, 404, `'${scaleSet.name}' has no member '${member}'; there are: ${names}`);
  }
  await act(machine);
  return scaleSetDocument(world, scaleSet);
}

function listDocument(world: World): readonly object[] {
  return world.listScaleSets().map((scaleSet) => scaleSetDocument(world, scaleSet));
}

function scaleSetDocument(world: World, scaleSet: ScaleSet): object {
  const { name, resourceGroup, mode } = scaleSet;
  const members = world.members(scaleSet).map((machine) => ({
    name: machine.name,
    instanceId: machine.member?.instanceId ?? null,
    vmId: machine.vmId,
    power: machine.power,
  }));
  return { name, resourceGroup, mode, members };
}

/** Whatever its group; Azure's names do not differ by case. */
function scaleSetNamed(world: World, name: string): ScaleSet | undefined {
  return world.listScaleSets().find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

function noSuchScaleSet(world: World, name: string): string {
  const names = world.listScaleSets().map((scaleSet) => scaleSet.name);
  return `there is no scale set '${name}'; there are: ${names.join(", ") || "none"}`;
}

function isCalled({ name, member }: VirtualMachine, given: string): boolean {
  return name.toLowerCase() === given.toLowerCase() || member?.instanceId === given;
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error });
}
