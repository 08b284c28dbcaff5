/** AWS Step Functions: the state machines that there are, and StartExecution. */
import { randomUUID } from "node:crypto";
import { type Account, arn } from "../account";
import { json, jsonError, readJson, targetOf } from "../services/protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "../services/service";
import { type Execution, type ExecutionDoors, execute, type StateMachine } from "./execution";

/** Source: Step Functions quotas. Unit: bytes of UTF-8. */
const DATA_MAX_BYTES = 262_144;

export interface StateMachinesOptions extends ExecutionDoors {
  readonly account: Account;
}

export class StateMachines {
  readonly executions: Execution[] = [];
  readonly #machines = new Map<string, StateMachine>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly options: StateMachinesOptions) {}

  put(machine: StateMachine): void {
    this.#machines.set(machine.arn, machine);
  }

  /** Its executions go on. Source: assumed; AWS stops them some time later. */
  delete(arn: string): void {
    this.#machines.delete(arn);
  }

  get underWay(): readonly Promise<unknown>[] {
    return [...this.#underWay];
  }

  service(): Service {
    return {
      refuse: jsonError,
      handle: (request) => {
        const operation = targetOf(request);
        if (operation !== "StartExecution") {
          throw unknownOperation("states", operation);
        }
        return this.#start(request);
      },
    };
  }

  #start({ body, authorize }: ServiceRequest): ServiceReply {
    const { stateMachineArn, input = "{}", name = randomUUID() } = readJson(body);
    authorize("states:StartExecution", String(stateMachineArn));
    const machine = this.#machines.get(String(stateMachineArn));
    if (machine === undefined) {
      throw new AwsError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${String(stateMachineArn)}'`);
    }
    if (Buffer.byteLength(String(input)) > DATA_MAX_BYTES) {
      throw new AwsError(
        "ValidationException",
        `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${DATA_MAX_BYTES}`,
      );
    }
    const execution = this.#newExecution(machine, String(input), String(name));
    const work = execute(machine, execution, this.options);
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return json({ executionArn: execution.arn, startDate: this.options.clock.nowMs() / 1_000 });
  }

  #newExecution(machine: StateMachine, input: string, name: string): Execution {
    const machineName = machine.arn.split(":").at(-1);
    const execution: Execution = {
      arn: arn(this.options.account, "states", `execution:${machineName}:${name}`),
      stateMachineArn: machine.arn,
      input,
      history: [],
      status: "RUNNING",
    };
    this.executions.push(execution);
    return execution;
  }
}
