/** What a provider process does with its engine: here a small gRPC server that speaks the engine's own protocol. */
import { createServer, type Server } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { openEngineLog } from "../../provider/engine-log";
import { untilEngineIsGone } from "../../provider/engine-watch";
import { virtualOutside } from "../support/virtual-outside";

interface Logged {
  readonly urn: string;
  readonly severity: number;
  readonly message: string;
  readonly ephemeral: boolean;
}

interface LogCall {
  readonly request: {
    getUrn(): string;
    getSeverity(): number;
    getMessage(): string;
    getEphemeral(): boolean;
  };
}

const nobody = () => virtualOutside(() => ({ lost: "nobody" }));

describe("messages to the engine", () => {
  let server: grpc.Server;
  let address: string;
  let logged: Logged[];
  /** Messages that the engine takes its time for. */
  let slowly: string[];

  beforeEach(async () => {
    logged = [];
    slowly = [];
    server = new grpc.Server();
    server.addService(EngineService as unknown as grpc.ServiceDefinition, {
      log: async ({ request }: LogCall, answer: (error: null, value: unknown) => void) => {
        if (slowly.includes(request.getMessage())) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        logged.push({
          urn: request.getUrn(),
          severity: request.getSeverity(),
          message: request.getMessage(),
          ephemeral: request.getEphemeral(),
        });
        const { Empty } = jest.requireActual("google-protobuf/google/protobuf/empty_pb.js");
        answer(null, new Empty());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    address = `127.0.0.1:${port}`;
  });

  afterEach(() => server.forceShutdown());

  test("arrive under the resource's URN: progress passes, info and warnings stay", async () => {
    const log = openEngineLog(address, nobody());
    const reporter = log.reporterFor("urn:1");
    reporter.progress("running for 1 s");
    reporter.info("done");
    reporter.warn("careful");
    await log.flush();
    expect(logged).toEqual([
      { urn: "urn:1", severity: 1, message: "running for 1 s", ephemeral: true },
      { urn: "urn:1", severity: 1, message: "done", ephemeral: false },
      { urn: "urn:1", severity: 2, message: "careful", ephemeral: false },
    ]);
  });

  test("that differ only in a number are sent every 10 s, since without a terminal each is a line", async () => {
    const outside = nobody();
    const log = openEngineLog(address, outside);
    const reporter = log.reporterFor("urn:1");
    for (let second = 0; second <= 20; second += 1) {
      reporter.progress(`running for ${second} s`);
      await outside.sleep(1_000);
    }
    reporter.progress("reading the output");
    await log.flush();
    expect(logged.map(({ message }) => message)).toEqual([
      "running for 0 s",
      "running for 10 s",
      "running for 20 s",
      "reading the output",
    ]);
  });

  test("that differ only in the script's last line are of one kind", async () => {
    const outside = nobody();
    const log = openEngineLog(address, outside);
    const reporter = log.reporterFor("urn:1");
    for (let second = 0; second <= 12; second += 1) {
      reporter.progress(`running on 'vm1' for ${second} s: unpacking ${"abcdefghijklmnopq"[second]}: and\nmore`);
      await outside.sleep(1_000);
    }
    await log.flush();
    expect(logged.map(({ message }) => message)).toEqual([
      "running on 'vm1' for 0 s: unpacking a: and\nmore",
      "running on 'vm1' for 10 s: unpacking k: and\nmore",
    ]);
  });

  test("of another kind are sent at once, but no more than one in a second", async () => {
    const outside = nobody();
    const log = openEngineLog(address, outside);
    const reporter = log.reporterFor("urn:1");
    reporter.progress("sent to 'vm1' 0 s ago");
    await outside.sleep(999);
    reporter.progress("waiting on 'vm1' for 1 s behind 'other'");
    await outside.sleep(1);
    reporter.progress("waiting on 'vm1' for 1 s behind 'other'");
    await outside.sleep(1_000);
    reporter.progress("running on 'vm1' for 2 s: x");
    reporter.progress("reading the output from 'vm1': 0 of 10 bytes");
    await log.flush();
    expect(logged.map(({ message }) => message)).toEqual([
      "sent to 'vm1' 0 s ago",
      "waiting on 'vm1' for 1 s behind 'other'",
      "running on 'vm1' for 2 s: x",
    ]);
  });

  test("of two resources do not wait for each other", async () => {
    const log = openEngineLog(address, nobody());
    log.reporterFor("urn:1").progress("a");
    log.reporterFor("urn:2").progress("a");
    await log.flush();
    expect(logged.map(({ urn }) => urn)).toEqual(["urn:1", "urn:2"]);
  });

  test("arrive in their order, though the engine takes longer over the first", async () => {
    slowly = ["first"];
    const log = openEngineLog(address, nobody());
    const reporter = log.reporterFor("urn:1");
    for (const message of ["first", "second", "third"]) {
      reporter.info(message);
    }
    await log.flush();
    expect(logged.map(({ message }) => message)).toEqual(["first", "second", "third"]);
  });

  test("to an engine that is gone are lost without harm", async () => {
    const log = openEngineLog("127.0.0.1:1", nobody());
    log.reporterFor("urn:1").info("anybody there?");
    await log.flush();
  });
});

describe("an engine that ends", () => {
  let engine: Server;
  let address: string;

  beforeEach(async () => {
    engine = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const bound = engine.address();
    address = typeof bound === "object" && bound !== null ? `127.0.0.1:${bound.port}` : "";
  });

  test("is noticed after it has refused twice, and not while it listens", async () => {
    const outside = nobody();
    let looks = 0;
    const watched = {
      ...outside,
      sleep: async (ms: number) => {
        looks += 1;
        if (looks === 4) {
          await new Promise((resolve) => engine.close(resolve));
        }
        return outside.sleep(ms);
      },
    };
    await untilEngineIsGone(address, watched);
    expect(looks).toBe(5);
    expect(outside.sleptMs).toEqual([5_000, 5_000, 5_000, 5_000, 5_000]);
  });
});
