/** Remembers the last requests, for tests that count them. Never queries, headers or bodies: they hold secrets. */

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly time: string;
}

/** How many requests are kept. Source: our choice; a long test run stays below it. */
const KEPT = 10_000;

export class RequestLog {
  private readonly kept: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.kept.push(request);
    if (this.kept.length > KEPT) {
      this.kept.shift();
    }
  }

  list(): readonly LoggedRequest[] {
    return this.kept;
  }
}
