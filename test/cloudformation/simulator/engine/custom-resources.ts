/** Custom resources: sends CloudFormation's requests to them, and waits for their answers. */
import { randomUUID } from "node:crypto";
import { type Account, generatedName } from "../account";
import { type Clock, SleepAborted } from "../clock";
import type { Faults } from "../faults";
import type { Functions } from "../lambda/functions";
import type { ServiceReply } from "../services/service";
import {
  type CustomResourceRequest,
  type RequestRecord,
  responseUrl,
  serviceTimeoutSeconds,
  stringify,
} from "./custom-resource-request";
import { readResponse } from "./custom-resource-response";
import {
  Cancelled,
  NotBegun,
  type Prior,
  type Properties,
  type Provisioned,
  ResourceFailure,
  type ResourceKind,
  type Subject,
} from "./kind";

export interface CustomResourcesOptions {
  readonly account: Account;
  readonly clock: Clock;
  readonly functions: Functions;
  readonly faults: Faults;
}

interface Asked {
  readonly type: CustomResourceRequest["RequestType"];
  readonly physicalId?: string;
  readonly properties: Properties;
  readonly oldProperties?: Properties;
}

export class CustomResources implements ResourceKind {
  readonly requests: RequestRecord[] = [];
  readonly #waiting = new Map<string, (body: string) => void>();

  constructor(private readonly options: CustomResourcesOptions) {}

  async create(subject: Subject, properties: Properties): Promise<Provisioned> {
    return this.#send(subject, { type: "Create", properties });
  }

  /**
   * The function behind a resource stays the same for as long as there is the resource.
   *
   * Source of the rule: AWS::CloudFormation::CustomResource, ServiceToken ("Updates are not supported"); of the text:
   * https://github.com/aws/aws-cdk/issues/25835
   */
  async update(subject: Subject, properties: Properties, prior: Prior): Promise<Provisioned> {
    const { physicalId, properties: oldProperties } = prior;
    if (properties.ServiceToken !== oldProperties.ServiceToken) {
      throw new NotBegun("Modifying service token is not allowed.");
    }
    return this.#send(subject, { type: "Update", physicalId, properties, oldProperties });
  }

  /**
   * An update like any other: nothing in it tells that it rolls back.
   *
   * Source: aws-cdk-lib/custom-resources/README.md, "Important cases to handle".
   */
  revert(subject: Subject, properties: Properties, prior: Prior): Promise<Provisioned> {
    return this.update(subject, properties, prior);
  }

  /**
   * Where CloudFormation has never learnt a physical id, it makes one up.
   *
   * Source: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1814
   */
  async delete(subject: Subject, properties: Properties, physicalId?: string): Promise<void> {
    const invented = generatedName(subject.stackName, subject.logicalId);
    await this.#send(subject, { type: "Delete", physicalId: physicalId ?? invented, properties });
  }

  async #send(subject: Subject, request: Asked): Promise<Provisioned> {
    const { clock, functions } = this.options;
    const event = this.#event(subject, request);
    const timeoutSeconds = serviceTimeoutSeconds(event.ResourceProperties);
    const lambda = functions.find(event.ServiceToken);
    if (lambda === undefined) {
      // The text, and that no Delete follows: assumed.
      throw new NotBegun(`Function not found: ${event.ServiceToken}`);
    }
    const record: RequestRecord = { sentMs: clock.nowMs(), event, responses: [] };
    this.requests.push(record);
    const answered = new Promise<string>((resolve) => this.#waiting.set(event.RequestId, resolve));
    const over = new AbortController();
    const timedOut = this.#wait(timeoutSeconds, subject.signal, over.signal);
    functions.invokeLater(lambda, JSON.stringify(event));
    try {
      const body = await Promise.race([answered, timedOut]);
      if (body === undefined) {
        throw new ResourceFailure(
          `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${event.RequestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that CloudFormation can attach the updated version.`,
        );
      }
      return readResponse(body, event);
    } finally {
      over.abort();
      this.#waiting.delete(event.RequestId);
    }
  }

  /** @throws {Cancelled} when `cancelled` is aborted; ends early when `over` is. */
  async #wait(seconds: number, cancelled: AbortSignal, over: AbortSignal): Promise<undefined> {
    try {
      await this.options.clock.sleep(seconds * 1_000, AbortSignal.any([cancelled, over]));
    } catch (error) {
      if (error instanceof SleepAborted && cancelled.aborted) {
        throw new Cancelled();
      }
    }
    return undefined;
  }

  #event({ stackId, logicalId, type }: Subject, asked: Asked): CustomResourceRequest {
    const { account, clock } = this.options;
    const requestId = randomUUID();
    const properties = stringify(asked.properties);
    return {
      RequestType: asked.type,
      ServiceToken: String(properties.ServiceToken),
      ResponseURL: responseUrl(account, `${stackId}|${logicalId}|${requestId}`, clock.now()),
      StackId: stackId,
      RequestId: requestId,
      LogicalResourceId: logicalId,
      ...(asked.physicalId !== undefined && { PhysicalResourceId: asked.physicalId }),
      ResourceType: type,
      ResourceProperties: properties,
      ...(asked.oldProperties !== undefined && { OldResourceProperties: stringify(asked.oldProperties) }),
    };
  }

  /** Takes what was put to a ResponseURL: S3 stores it whether or not anybody waits for it. */
  receive(path: string, body: string): ServiceReply {
    const [, logicalId = "", requestId = ""] = decodeURIComponent(path).split("|");
    const record = this.requests.find(({ event }) => event.RequestId === requestId);
    if (record === undefined) {
      return { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" };
    }
    if (this.options.faults.ofResponse(logicalId, record.event.RequestType) === undefined) {
      record.responses.push(body);
      this.#waiting.get(requestId)?.(body);
    }
    return { status: 200, body: "" };
  }
}
