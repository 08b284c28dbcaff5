/** Remembers the last requests, for tests that count them. Never queries, headers or bodies: they hold secrets. */

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** Null: the connection ended without an answer. */
  readonly status: number | null;
  readonly time: string;
  /** The fault that struck it. */
  readonly fault?: string;
}

/** One exchange, as the server knows it. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly nowMs: number;
}

/** How many requests are kept. Source: our choice; a long test run stays below it. */
const KEPT = 10_000;

/** Configuration of routes that are asked all the time, by the page, and are not remembered. */
export const UNLOGGED = { unlogged: true } as const;

export function isUnlogged(config: object | undefined): boolean {
  return config !== undefined && "unlogged" in config && config.unlogged === true;
}

export class RequestLog {
  private readonly kept: LoggedRequest[] = [];
  private readonly faults = new WeakMap<object, string>();

  /** Says which fault struck a request that is not in the log yet. */
  noteFault(request: object, fault: string): void {
    this.faults.set(request, fault);
  }

  add(request: object, { method, url, status, nowMs }: Exchange): void {
    const fault = this.faults.get(request);
    const path = url.split("?")[0] ?? "";
    const time = new Date(nowMs).toISOString();
    this.kept.push({ method, path, status, time, ...(fault === undefined ? {} : { fault }) });
    if (this.kept.length > KEPT) {
      this.kept.shift();
    }
  }

  list(): readonly LoggedRequest[] {
    return this.kept;
  }
}
