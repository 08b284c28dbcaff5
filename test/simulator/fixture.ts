/** Reads a recorded exchange with Azure. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Fixture {
  readonly source: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: string };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

export function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(__dirname, "fixtures", `${name}.json`), "utf8")) as Fixture;
}
