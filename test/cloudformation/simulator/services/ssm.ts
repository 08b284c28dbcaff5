/** AWS Systems Manager: hybrid activations and managed instances, and the parameters that templates make or ask for. */
import { randomUUID } from "node:crypto";
import { type Account, arn, iamArn, randomText } from "../account";
import { json, jsonError, readJson, targetOf } from "./protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "./service";

export interface Activation {
  readonly id: string;
  readonly code: string;
  readonly iamRole: string;
  readonly registrationLimit: number;
}

/** One call that was allowed. No activation code is in it. */
export interface SsmCall {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const CODE_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** Source: SSM API Reference, CreateActivation. */
const CODE_LENGTH = 20;
/** Source: SSM API Reference, DeleteActivation, ActivationId. */
const ACTIVATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Source: SSM API Reference, DeregisterManagedInstance, InstanceId. */
const INSTANCE_ID = /^mi-[0-9a-f]{17}$/;

export class SystemsManager {
  readonly activations = new Map<string, Activation>();
  /** By name. */
  readonly parameters = new Map<string, string>();
  readonly calls: SsmCall[] = [];
  readonly #deregistered = new Set<string>();

  constructor(private readonly account: Account) {}

  service(): Service {
    return { refuse: jsonError, handle: (request) => this.#handle(request) };
  }

  #handle(request: ServiceRequest): ServiceReply {
    const operation = targetOf(request);
    const parameters = readJson(request.body);
    const act = this.#operations[operation];
    if (act === undefined) {
      throw unknownOperation("ssm", operation);
    }
    const answer = act(parameters, request);
    this.calls.push({ operation, parameters });
    return json(answer);
  }

  readonly #operations: Readonly<Record<string, Operation>> = {
    CreateActivation: ({ IamRole, RegistrationLimit }, { authorize }) => {
      const role = String(IamRole);
      authorize("ssm:CreateActivation", arn(this.account, "ssm", "*"));
      authorize("iam:PassRole", iamArn(this.account, `role/${role}`), { "iam:PassedToService": ["ssm.amazonaws.com"] });
      const code = randomText(CODE_ALPHABET, CODE_LENGTH);
      const registrationLimit = Number(RegistrationLimit ?? 1);
      const activation = { id: randomUUID(), code, iamRole: role, registrationLimit };
      this.activations.set(activation.id, activation);
      return { ActivationId: activation.id, ActivationCode: activation.code };
    },
    DeleteActivation: ({ ActivationId }, { authorize }) => {
      const id = String(ActivationId);
      authorize("ssm:DeleteActivation", arn(this.account, "ssm", "*"));
      if (!ACTIVATION_ID.test(id)) {
        throw new AwsError(
          "ValidationException",
          `1 validation error detected: Value '${id}' at 'activationId' failed to satisfy constraint: Member must satisfy regular expression pattern: ${ACTIVATION_ID.source}`,
        );
      }
      if (!this.activations.delete(id)) {
        throw new AwsError("InvalidActivation", "The activation isn't valid. The activation might have been deleted.");
      }
      return {};
    },
    AddTagsToResource: ({ ResourceId }, { authorize }) => {
      const id = String(ResourceId);
      authorize("ssm:AddTagsToResource", arn(this.account, "ssm", `managed-instance/${id}`));
      if (!this.#isRegistered(id)) {
        throw new AwsError("InvalidResourceId", `The resource ID isn't valid: ${id}`);
      }
      return {};
    },
    DeregisterManagedInstance: ({ InstanceId }, { authorize }) => {
      const id = String(InstanceId);
      authorize("ssm:DeregisterManagedInstance", arn(this.account, "ssm", `managed-instance/${id}`));
      if (!this.#isRegistered(id)) {
        throw new AwsError("InvalidInstanceId", `The managed node ID isn't valid: ${id}`);
      }
      this.#deregistered.add(id);
      return {};
    },
  };

  /** The agent on the machine is not simulated: every id of the right form is assumed to be registered until it is deregistered. */
  #isRegistered(id: string): boolean {
    return INSTANCE_ID.test(id) && !this.#deregistered.has(id);
  }
}

type Operation = (parameters: Readonly<Record<string, unknown>>, request: ServiceRequest) => object;
