/** What a simulated cloud is started with. */
import type { Unknowns } from "./engine/resource-actions";
import type { StackEvent } from "./engine/stack";

export interface CloudOptions {
  /**
   * So many seconds of the cloud pass in one of this machine: for its clock, its waits, and its Lambda processes. A whole
   * number. What this machine needs to compute does not get faster: a function's timeout must leave room for it.
   *
   * Default: 1.
   */
  readonly scale?: number;
  /** Default: `123456789012`. */
  readonly account?: string;
  /** Default: `eu-west-1`. */
  readonly region?: string;
  /** The environment of an Azure simulator: every function finds it, and `trustRoles` tells it of this account. */
  readonly azure?: Readonly<Record<string, string>>;
  /** Environment variables of every function, on top of those of its template. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a Lambda process that has answered gets the next event, as in Lambda. Default: true. */
  readonly reuseProcesses?: boolean;
  /** Default: old properties are resolved again; a replacement is not updated back. */
  readonly unknowns?: Partial<Unknowns>;
  /** The compiled `lambda/process/main.ts`. Default: it is compiled from its source beside this file, with esbuild. */
  readonly lambdaProcess?: string;
  /** Is told of each event of each stack when it happens. */
  readonly onEvent?: (event: StackEvent) => void;
}

export interface DeployOptions {
  /** Default: the only stack of the assembly. */
  readonly stackName?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}
