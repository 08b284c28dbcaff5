/** One GET of something that is not ARM: a cloud's endpoints, a token of another issuer, a script. */
import type { Outside } from "../outside";

/** How often the library tries again by itself after a lost answer, 408, 429 or 5xx. Source: its own default. */
const RETRIES_DEFAULT = 3;

export interface GetOptions {
  /** How long one try may take. */
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 3 */
  readonly maxRetries?: number;
}

/** @throws the library's error when no try was answered. */
export async function httpGet(
  url: string,
  outside: Outside,
  { timeoutMs, headers = {}, maxRetries = RETRIES_DEFAULT }: GetOptions,
): Promise<{ readonly status: number; readonly body: string }> {
  const { createHttpHeaders, createPipelineFromOptions, createPipelineRequest } = await import(
    "@azure/core-rest-pipeline"
  );
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries } });
  const request = createPipelineRequest({
    url,
    method: "GET",
    headers: createHttpHeaders(headers),
    timeout: timeoutMs,
  });
  const reply = await pipeline.sendRequest(await outside.httpClient(), request);
  return { status: reply.status, body: reply.bodyAsText ?? "" };
}
