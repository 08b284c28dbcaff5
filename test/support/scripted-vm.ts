/** A session with one VM whose lane answers from what a test gives: no shell, no network, and virtual time. */
import { createArmClient } from "../../core/arm/arm-client";
import type { RunCommandBody } from "../../core/arm/invocation";
import type { InvokeEnd } from "../../core/arm/invoke";
import { RunFailedError } from "../../core/failures/errors";
import type { GuestRequest, PurgeReport, Report } from "../../core/guest/protocol";
import { type CommandOptions, Lane, type SubmitOptions } from "../../core/run/lane";
import type { Session } from "../../core/run/session";
import { cloudByName } from "../../core/sign-in/clouds";
import { readSettings } from "../../core/sign-in/settings";
import { TARGET } from "./examples";
import { type Answer, type Exchange, type VirtualOutside, virtualOutside } from "./virtual-outside";

export const VM_GUID = "guid";

export const PURGED: PurgeReport = {
  kind: "purge",
  key: "key",
  canceledReceipts: 0,
  purgedReceipts: 1,
  remainingKeys: 0,
  runningReceipts: 0,
  newerReceipts: 0,
};

/** More than any test needs: a loop without end is to fail, not to hang. */
const REQUESTS_MAX = 20_000;

export interface ScriptedVm {
  readonly session: Session;
  readonly outside: VirtualOutside;
  readonly requests: readonly GuestRequest[];
  /** How each request was submitted. */
  readonly submits: readonly (SubmitOptions | undefined)[];
  readonly commands: readonly RunCommandBody[];
}

export interface Answers {
  /** The report of each request; `count` begins with 1. */
  readonly submit?: (
    count: number,
    outside: VirtualOutside,
    request: GuestRequest,
  ) => Report | RunFailedError | Promise<Report>;
  /** How a command ends; without it the real lane sends it. */
  readonly command?: InvokeEnd | ((body: RunCommandBody, options: CommandOptions) => Promise<InvokeEnd>);
  /** The answers to everything but a look at the VM. */
  readonly arm?: (exchange: Exchange) => Answer;
  /** The answer to each look at the VM; `count` begins with 1. */
  readonly vm?: (count: number) => Answer;
}

export function scriptedVm(answers: Answers): ScriptedVm {
  const requests: GuestRequest[] = [];
  const submits: (SubmitOptions | undefined)[] = [];
  const commands: RunCommandBody[] = [];
  let looks = 0;
  const outside = virtualOutside((exchange) => {
    if (exchange.url.includes("expand=instanceView")) {
      looks += 1;
      return answers.vm?.(looks) ?? vmAnswer();
    }
    if (answers.arm === undefined) {
      throw new Error(`nobody answers ${exchange.method} ${exchange.url}`);
    }
    return answers.arm(exchange);
  });
  const cloud = cloudByName("public");
  if (cloud === undefined) {
    throw new Error("the public cloud is not known");
  }
  const credential = { getToken: async () => ({ token: "t", expiresOnTimestamp: outside.nowMs() + 10 ** 12 }) };
  const client = createArmClient({ cloud, credential, outside, userAgent: "test" });
  const lane = new Lane({ client, outside, target: TARGET, waitSliceSeconds: 60 });
  lane.submit = async (request, _watcher, options) => {
    requests.push(request);
    submits.push(options);
    if (requests.length > REQUESTS_MAX) {
      throw new Error("requests without end");
    }
    const answer = await answers.submit?.(requests.length, outside, request);
    if (answer === undefined || answer instanceof RunFailedError) {
      throw answer ?? new Error(`nobody answers request ${requests.length}`);
    }
    return answer;
  };
  const { command } = answers;
  if (command !== undefined) {
    lane.command = async (body, _watcher, options) => {
      commands.push(body);
      return typeof command === "function" ? command(body, options) : command;
    };
  }
  const nothing = () => undefined;
  const session: Session = {
    settings: readSettings(nothing, nothing),
    outside,
    client: async () => client,
    lane: async () => lane,
    startNothing: () => lane.startNothing(),
    interruption: () => new AbortController().signal,
    complete: (target) => target,
  };
  return { session, outside, requests, submits, commands };
}

export interface VmState {
  readonly powerState?: string | undefined;
  readonly provisioningState?: string;
  readonly osType?: string;
  readonly vmId?: string;
  /** The display status of its agent; `undefined` where Azure does not tell. */
  readonly agentStatus?: string | undefined;
  readonly extensionInstalled?: boolean;
}

export const VM_GONE: Answer = {
  status: 404,
  body: { error: { code: "ResourceNotFound", message: "was not found." } },
};

/** The document of a VM; one that runs unless something else is said. */
export function vmAnswer(state: VmState = {}): Answer {
  const {
    powerState,
    extensionInstalled = true,
    agentStatus,
    osType = "Linux",
    vmId = VM_GUID,
  } = {
    powerState: "running",
    ...state,
  };
  const { provisioningState } = state;
  const extensionHandlers = extensionInstalled ? [{ type: "Microsoft.CPlat.Core.RunCommandLinux" }] : [];
  const statuses = agentStatus === undefined ? [] : [{ displayStatus: agentStatus }];
  return {
    status: 200,
    body: {
      properties: {
        vmId,
        provisioningState,
        storageProfile: { osDisk: { osType } },
        instanceView: {
          statuses: powerState === undefined ? [] : [{ code: `PowerState/${powerState}` }],
          vmAgent: { statuses, extensionHandlers },
        },
      },
    },
  };
}
