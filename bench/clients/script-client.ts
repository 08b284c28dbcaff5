/** What all clients of the bench have in common. */
import type { Job } from "./messages";

export interface Printed {
  readonly stdout: string;
  readonly exitCode: number | undefined;
  readonly stdoutSha256: string | undefined;
}

export interface ScriptClient {
  /** Does what comes before a deployment begins; one job after the other. */
  prepare(job: Job): Promise<PreparedJob>;
}

export interface PreparedJob {
  readonly job: Job;
  /** Runs the script to its end. */
  run(): Promise<Printed>;
}

/** Azure refused a run because another one is out on the VM. */
export class Conflict extends Error {}

/** The text between the marks of the handler's message. Source: run-command-extension-linux, main/cmds.go. */
export function stdoutOf(message: string): string {
  const begin = message.indexOf("[stdout]\n") + "[stdout]\n".length;
  return message.slice(begin, message.lastIndexOf("\n[stderr]\n"));
}

/** An input of all clients. */
export function need(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`the environment variable ${name} is not set`);
  }
  return value;
}
