/** The first ^C, as it reaches a provider process: through the SDK's own service, called as the engine calls it. */
import * as grpc from "@grpc/grpc-js";
import { EngineClient, EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { onEngineCancel } from "../../provider/engine-cancel";
import { tellOfCancel } from "../../provider/work";
import { recordedReporter } from "../support/virtual-outside";

const { Empty } = jest.requireActual("google-protobuf/google/protobuf/empty_pb.js");
const decode = Empty.deserializeBinary;

type Answer = (error: null, value: unknown) => void;

describe("with the SDK's own service", () => {
  let server: grpc.Server;
  let address: string;

  beforeEach(async () => {
    server = new grpc.Server();
    server.addService(ResourceProviderService as unknown as grpc.ServiceDefinition, {
      cancel: (_call: unknown, answer: Answer) => answer(null, new Empty()),
    });
    server.addService(EngineService as unknown as grpc.ServiceDefinition, {
      log: (_call: unknown, answer: Answer) => answer(null, new Empty()),
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    address = `127.0.0.1:${port}`;
  });

  afterEach(() => {
    server.forceShutdown();
    Empty.deserializeBinary = decode;
  });

  /** As the engine does, which decodes the answer in its own process: here without the SDK. */
  async function cancel(): Promise<void> {
    const client = new grpc.Client(address, grpc.credentials.createInsecure());
    const bytes = (message: Buffer) => message;
    await new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest("/pulumirpc.ResourceProvider/Cancel", bytes, bytes, Buffer.alloc(0), (error) =>
        error === null ? resolve() : reject(error),
      ),
    );
  }

  test("a Cancel is noticed, and answered as before", async () => {
    const listener = jest.fn();
    onEngineCancel(listener);
    expect(listener).not.toHaveBeenCalled();
    await cancel();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test("an answer of the engine to a message is no Cancel", async () => {
    const listener = jest.fn();
    onEngineCancel(listener);
    const client = new EngineClient(address, grpc.credentials.createInsecure());
    await new Promise((resolve) => client.log(new LogRequest(), resolve));
    expect(listener).not.toHaveBeenCalled();
  });

  test("a listener that fails does not spoil the call", async () => {
    onEngineCancel(() => {
      throw new Error("listener");
    });
    await cancel();
  });
});

test.each<{ sdk: string; load: () => never }>([
  {
    sdk: "is not there",
    load: () => {
      throw new Error("Cannot find module");
    },
  },
  { sdk: "has no such class", load: () => undefined as never },
  { sdk: "has another decoder", load: () => ({ deserializeBinary: undefined }) as never },
  { sdk: "does not let itself be changed", load: () => Object.freeze({ deserializeBinary: () => undefined }) as never },
])("where the SDK $sdk, nothing happens", ({ load }) => {
  onEngineCancel(() => undefined, load);
});

test("each run that is under way says at its own line what ^C means", () => {
  const [first, second] = [recordedReporter(), recordedReporter()];
  tellOfCancel([
    { where: () => "'vm1'", reporter: first },
    { where: () => "'vm2'", reporter: second },
  ]);
  expect(first.messages).toEqual([
    "warn: ^C: waiting for the script on 'vm1' to end; a second ^C leaves it running there, and the next 'pulumi up' takes it up",
  ]);
  expect(second.messages).toEqual([
    "warn: ^C: waiting for the script on 'vm2' to end; a second ^C leaves it running there, and the next 'pulumi up' takes it up",
  ]);
});
