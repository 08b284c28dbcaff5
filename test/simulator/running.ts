/** A running simulator for tests: guests in memory, real HTTPS, and a client that trusts its root. */
import { request as httpsRequest } from "node:https";
import { checkOptions, type RawOptions } from "../../simulator/options";
import { type Doors, type Simulator, startSimulator } from "../../simulator/start";
import { FakeGuest } from "./fake-guest";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly host?: string;
}

export class Running {
  constructor(
    readonly simulator: Simulator,
    readonly guests: ReadonlyMap<string, FakeGuest>,
    readonly warnings: readonly string[],
  ) {}

  get subscription(): string {
    return `/subscriptions/${this.simulator.environment.ARM_SUBSCRIPTION_ID}`;
  }

  get machine(): string {
    return `${this.subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1`;
  }

  get guest(): FakeGuest {
    const guest = this.guests.get("vm1");
    if (guest === undefined) {
      throw new Error("vm1 has no guest");
    }
    return guest;
  }

  /** One exchange; `url` is a path or, for operations, the whole address. */
  call(url: string, { method = "GET", headers = {}, body, host = "localhost" }: Call = {}): Promise<Answer> {
    const target = new URL(url, `https://${host}:${this.simulator.port}`);
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        target,
        { method, headers, ca: this.simulator.rootCertificate, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Answer["headers"],
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      request.on("error", reject);
      request.end(body);
    });
  }

  /** A call to ARM with a good token; the api-version is added when the path has no query. */
  async arm(path: string, call: Call = {}): Promise<Answer> {
    const token = await this.simulator.tokens.issue("https://management.azure.com/");
    const url = path.includes("?") ? path : `${path}?api-version=2024-11-01`;
    return this.call(url, { ...call, headers: { authorization: `Bearer ${token}`, ...call.headers } });
  }

  post(path: string, body?: object): Promise<Answer> {
    return this.arm(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  runCommand(body: object = { commandId: "RunShellScript", script: ["true"] }): Promise<Answer> {
    return this.post(`${this.machine}/runCommand`, body);
  }

  admin(path: string, call: Call = {}): Promise<Answer> {
    const key = this.simulator.environment.AZURE_RUN_COMMAND_SIMULATOR_KEY ?? "";
    return this.call(`/_simulator${path}`, {
      ...call,
      headers: { "x-simulator-key": key, "content-type": "application/json", ...call.headers },
    });
  }
}

/** Ends with the test file, whatever happens in it. */
const started: Simulator[] = [];

export async function stopAll(): Promise<void> {
  await Promise.all(started.splice(0).map((simulator) => simulator.stop({ hurry: true })));
}

export async function run(raw: RawOptions = {}, doors: Doors = {}): Promise<Running> {
  const checked = checkOptions(raw);
  if (checked.kind === "problem") {
    throw new Error(`bad options in a test: ${checked.problem.kind}`);
  }
  const guests = new Map<string, FakeGuest>();
  const warnings: string[] = [];
  const simulator = await startSimulator(checked.options, {
    createGuest: (options) => {
      const guest = new FakeGuest(options);
      guests.set(options.vmName, guest);
      return guest;
    },
    environment: {},
    warn: (line) => warnings.push(line),
    ...doors,
  });
  started.push(simulator);
  return new Running(simulator, guests, warnings);
}
