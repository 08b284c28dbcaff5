/** Reads what `core/guest/requests.ts` writes behind the runner's text. Pure. */

export type StubRequest =
  | {
      readonly verb: "run";
      readonly key: string;
      readonly runId: string;
      readonly outputMaxBytes: number;
      readonly script: string;
      /** Does not wait for other jobs of this VM, and lets none wait for itself. */
      readonly beside: boolean;
    }
  | { readonly verb: "wait" | "cancel"; readonly key: string; readonly runId: string; readonly outputMaxBytes: number }
  | { readonly verb: "read"; readonly key: string; readonly runId: string; readonly offset: number }
  | { readonly verb: "purge"; readonly key: string; readonly generation: number }
  | { readonly verb: "list"; readonly key: string };

export interface StubCall {
  readonly nonce: string;
  readonly waitSliceSeconds: number;
  readonly requests: readonly StubRequest[];
}

/** @returns `undefined` for a script that is no call of the runner. */
export function readCall(text: string): StubCall | undefined {
  const begin = text.lastIndexOf("\n{ begin ");
  if (begin < 0) {
    return undefined;
  }
  const [first = "", ...lines] = text.slice(begin + 1).split("\n");
  const [, , nonce = "", waitSlice] = first.split(" ");
  return {
    nonce,
    waitSliceSeconds: Number(waitSlice),
    requests: lines.slice(0, lines.indexOf("finish")).map(readRequest),
  };
}

function readRequest(line: string): StubRequest {
  const [verb, key = "", runId = "", ...words] = line.split(" ");
  switch (verb) {
    case "r_run": {
      // <vmId> <resume window> <output> <timeout> <continues> '<script>' '<prelude>' <last> <how> <retry>
      const [, , outputMaxBytes, , , script = "", , , how = ""] = words;
      const text = Buffer.from(script.slice(1, -1), "base64").toString("utf8");
      const beside = how.includes("b");
      return { verb: "run", key, runId, outputMaxBytes: Number(outputMaxBytes), script: text, beside };
    }
    case "r_wait":
      return { verb: "wait", key, runId, outputMaxBytes: Number(words[0]) };
    case "r_cancel":
      return { verb: "cancel", key, runId, outputMaxBytes: Number(words[0]) };
    case "r_read":
      return { verb: "read", key, runId, offset: Number(words[0]) };
    case "r_purge":
      return { verb: "purge", key, generation: Number(runId) };
    case "r_list":
      return { verb: "list", key };
    default:
      throw new Error(`a stub guest does not know the runner's request '${line.slice(0, 40)}'`);
  }
}
