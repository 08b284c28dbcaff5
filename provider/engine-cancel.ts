/**
 * Notices that the engine was interrupted (the first ^C, or SIGTERM). Best effort: without it nothing is lost but a message.
 *
 * The engine sends the RPC `Cancel`, which the SDK answers without telling anybody. Its request is an `Empty`, whose
 * decoding is all of it that can be seen from outside; the caller tells it from the answers that are `Empty`, too.
 * Source: tried with engine 3.220.0 and SDK 3.270.0. (`GetPluginInfo` looks alike, but comes before anything is under way.)
 */

interface EmptyClass {
  deserializeBinary(bytes: Uint8Array): unknown;
}

/** The file of the SDK that decodes what the engine asks of a provider. */
const DECODER_OF_REQUESTS = "provider_grpc_pb";

/**
 * Does nothing where the SDK is another than expected, and never throws.
 *
 * @param listener called each time; what it throws is dropped, since it must not spoil the engine's call.
 * @param load gives the class that the SDK decodes an `Empty` with.
 */
export function onEngineCancel(listener: () => void, load: () => EmptyClass = loadEmpty): void {
  try {
    const empty = load();
    const decode = empty.deserializeBinary;
    if (typeof decode !== "function") {
      return;
    }
    empty.deserializeBinary = (bytes) => {
      tellIfRequested(listener);
      return decode.call(empty, bytes);
    };
  } catch {
    // Another SDK: there is nothing to listen to.
  }
}

function tellIfRequested(listener: () => void): void {
  try {
    if (new Error().stack?.includes(DECODER_OF_REQUESTS) === true) {
      listener();
    }
  } catch {
    // See `listener`.
  }
}

/** The one that the SDK itself loads, wherever that is installed. */
function loadEmpty(): EmptyClass {
  const path = require.resolve("google-protobuf/google/protobuf/empty_pb.js", {
    paths: [require.resolve("@pulumi/pulumi")],
  });
  return require(path).Empty;
}
