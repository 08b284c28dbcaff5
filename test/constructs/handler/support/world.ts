/** The handler in a world of its own: a model of one VM, AWS in memory, and time that passes only by waiting. */
import { AwsFailure } from "../../../../constructs/handler/aws-errors";
import type { IsCompleteAnswer, OnEventAnswer } from "../../../../constructs/handler/handed-on";
import { handlerWith } from "../../../../constructs/handler/handler";
import type { HandlerOutside, SecretQuestion, SecretVersion, StackEvent } from "../../../../constructs/handler/outside";
import { DeploymentFailure } from "../../../../constructs/handler/reason";
import type { Sessions } from "../../../../constructs/handler/session";
import { RunFailedError } from "../../../../core/failures/errors";
import type { GuestRequest, RunRequest } from "../../../../core/guest/protocol";
import type { Session } from "../../../../core/run/session";
import { scriptedVm, vmAnswer } from "../../../support/scripted-vm";
import type { Answer } from "../../../support/virtual-outside";
import type { Event } from "./events";
import { type Ending, type ModelVm, modelVm } from "./model-vm";

export interface WorldParts {
  /** What the scripts do. @default each ends after a second with exit code 0 */
  readonly ending?: (request: RunRequest) => Ending;
  /** The answer to each look at the VM; `count` begins with 1. @default it runs */
  readonly vm?: (count: number) => Answer;
  /** In the place of the runner's report; `undefined` for the report. */
  readonly trouble?: (request: GuestRequest, count: number) => RunFailedError | undefined;
  /** @default "CREATE_IN_PROGRESS" */
  readonly stackStatus?: (sinceMs: number) => string | undefined | AwsFailure;
  /** Newest first. @default none */
  readonly stackEvents?: (sinceMs: number) => readonly StackEvent[] | AwsFailure;
  /** Versions of each secret, the current one first: [version id, text]. */
  readonly secrets?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  readonly objects?: Readonly<Record<string, string | Uint8Array>>;
  readonly denied?: (what: string, sinceMs: number) => boolean;
}

export interface World {
  readonly vm: ModelVm;
  readonly outside: HandlerOutside;
  /** What was asked of the runner. */
  readonly requests: readonly GuestRequest[];
  /** Lines of the log, parsed. */
  readonly lines: readonly { readonly level: string; readonly message: string }[];
  readonly secretQuestions: readonly SecretQuestion[];
  readonly written: Map<string, string>;
  /** How often the session was given up. */
  discards(): number;
  /** Milliseconds since the world began. */
  sinceMs(): number;
  sleep(seconds: number): Promise<void>;
  onEvent(event: Event, remainingSeconds?: number): Promise<OnEventAnswer>;
  isComplete(event: Event, answer: OnEventAnswer, remainingSeconds?: number): Promise<IsCompleteAnswer>;
  /** As the framework does it: `isComplete` each 10 s until it is. */
  carryOut(event: Event): Promise<Carried>;
}

export interface Carried {
  readonly physicalId: string | undefined;
  readonly looks: number;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly failure: string | undefined;
  readonly noEcho: boolean;
}

export const LAMBDA_SECONDS = 900;
const QUERY_INTERVAL_MS = 10_000;
/** More than fit into CloudFormation's hour. */
const LOOKS_MAX = 400;

export function worldOf(parts: WorldParts = {}): World {
  const vm = modelVm(parts.ending ?? (() => ({})));
  const requests: GuestRequest[] = [];
  let submits = 0;
  const scripted = scriptedVm({
    vm: parts.vm ?? (() => vmAnswer()),
    submit: async (_count, virtual, request) => {
      submits += 1;
      requests.push(request);
      const trouble = parts.trouble?.(request, submits);
      if (trouble !== undefined) {
        await virtual.sleep(1_000);
        throw trouble;
      }
      return vm.answer(request, virtual);
    },
    command: { kind: "succeeded", message: "" },
  });
  const beganAtMs = scripted.outside.nowMs();
  const sinceMs = () => scripted.outside.nowMs() - beganAtMs;
  const aws = awsOf(parts, sinceMs);
  const outside: HandlerOutside = { ...scripted.outside, ...aws.door };
  const sessions = sessionsOf(scripted.session);
  const handler = handlerWith(outside, () => sessions.sessions);
  const contextOf = (remainingSeconds = LAMBDA_SECONDS) => {
    const endsAtMs = outside.nowMs() + remainingSeconds * 1_000;
    return { getRemainingTimeInMillis: () => endsAtMs - outside.nowMs() };
  };
  const world: World = {
    vm,
    outside,
    requests,
    lines: aws.lines,
    secretQuestions: aws.secretQuestions,
    written: aws.written,
    discards: sessions.discards,
    sinceMs,
    sleep: (seconds) => outside.sleep(seconds * 1_000),
    onEvent: (event, remaining) => handler.onEvent(event, contextOf(remaining)),
    isComplete: (event, answer, remaining) =>
      handler.isComplete(JSON.parse(JSON.stringify({ ...event, ...answer })), contextOf(remaining)),
    carryOut: (event) => carryOut(event, world),
  };
  return world;
}

async function carryOut(event: Event, world: World): Promise<Carried> {
  let physicalId: string | undefined;
  let looks = 0;
  try {
    const answer = await world.onEvent(event);
    physicalId = answer.PhysicalResourceId;
    for (; looks < LOOKS_MAX; await world.outside.sleep(QUERY_INTERVAL_MS)) {
      looks += 1;
      const complete = await world.isComplete(event, answer);
      if (complete.IsComplete) {
        const noEcho = answer.NoEcho === true && complete.NoEcho === true;
        return { physicalId, looks, attributes: complete.Data, failure: undefined, noEcho };
      }
    }
    throw new Error("looked without end");
  } catch (error) {
    if (error instanceof DeploymentFailure) {
      return { physicalId, looks, attributes: undefined, failure: error.message, noEcho: false };
    }
    throw error;
  }
}

/** As those of the handler, with a session that can be told to start nothing. */
function sessionsOf(base: Session): { readonly sessions: Sessions; discards(): number } {
  let open: Session | undefined;
  let discards = 0;
  return {
    discards: () => discards,
    sessions: {
      current: () => {
        open ??= interruptible(base);
        return open;
      },
      discard: () => {
        discards += 1;
        open = undefined;
      },
      explained: (error) => error,
    },
  };
}

function interruptible(base: Session): Session {
  const interruptions: AbortController[] = [];
  let startsNothing = false;
  const abort = (controller: AbortController, vmName: string) =>
    controller.abort(new RunFailedError({ kind: "InterruptedBefore", vmName }));
  return {
    ...base,
    lane: async (target) => {
      const lane = await base.lane(target);
      return Object.assign(Object.create(lane), {
        submit: (...[request, watcher, options]: Parameters<typeof lane.submit>) =>
          startsNothing && request.verb === "run"
            ? Promise.reject(new RunFailedError({ kind: "InterruptedBefore", vmName: target.vmName }))
            : Promise.race([lane.submit(request, watcher, options), rejection(options?.signal)]),
      });
    },
    startNothing: () => {
      startsNothing = true;
      for (const controller of interruptions) abort(controller, "web1");
    },
    interruption: (vmName) => {
      const controller = new AbortController();
      interruptions.push(controller);
      if (startsNothing) {
        abort(controller, vmName);
      }
      return controller.signal;
    },
  };
}

/** What is out when the waiting ends may have been carried out. */
function rejection(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const leave = () => {
      const reason: unknown = signal?.reason;
      reject(reason instanceof RunFailedError ? reason.afterItMayHaveRun() : reason);
    };
    if (signal?.aborted === true) {
      leave();
    }
    signal?.addEventListener("abort", leave, { once: true });
  });
}

function awsOf({ secrets = {}, objects = {}, stackStatus, stackEvents, denied }: WorldParts, sinceMs: () => number) {
  const lines: { level: string; message: string }[] = [];
  const secretQuestions: SecretQuestion[] = [];
  const written = new Map<string, string>();
  const refuse = (what: string) => {
    if (denied?.(what, sinceMs()) === true) {
      throw new AwsFailure(`'${what}' cannot be had: not allowed`, false, "denied");
    }
  };
  const door: Omit<HandlerOutside, keyof import("../../../../core/outside").Outside> = {
    readSecret: async (question): Promise<SecretVersion> => {
      secretQuestions.push(question);
      refuse(question.id);
      const versions = secrets[question.id] ?? [];
      const [versionId, text] =
        versions.find(([id], index) =>
          question.versionId === undefined
            ? index === (question.stage === undefined ? 0 : 1)
            : id === question.versionId,
        ) ?? [];
      if (versionId === undefined) {
        throw new AwsFailure(`the secret '${question.id}' cannot be read: there is no such secret`, false, "missing");
      }
      return { text, versionId };
    },
    readObject: async ({ bucket, key }) => {
      refuse(`${bucket}/${key}`);
      const object = objects[`${bucket}/${key}`];
      if (object === undefined) {
        throw new AwsFailure(`the script 's3://${bucket}/${key}' cannot be read: it is not there`, false, "missing");
      }
      return Buffer.from(object as string);
    },
    writeObject: async ({ bucket, key }, text) => {
      refuse(`${bucket}/${key}`);
      written.set(`${bucket}/${key}`, text);
    },
    webIdentityToken: async () => "token",
    stackStatus: async () => {
      const status = stackStatus === undefined ? "CREATE_IN_PROGRESS" : stackStatus(sinceMs());
      if (status instanceof AwsFailure) {
        throw status;
      }
      return status;
    },
    stackEvents: async () => {
      const events = stackEvents?.(sinceMs()) ?? [];
      if (events instanceof AwsFailure) {
        throw events;
      }
      return events;
    },
    writeLine: (line) => lines.push(JSON.parse(line)),
  };
  return { door, lines, secretQuestions, written };
}
