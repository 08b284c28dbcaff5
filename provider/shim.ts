/**
 * The provider object that Pulumi serialises into the state of every resource, twice.
 *
 * Its text must stay as it is: old states keep calling what it calls. It does one thing: load
 * `azure-run-command/provider/lifecycle` from the program's folder, in the version that is installed there now.
 * Names are short because each of these characters is in every user's state.
 */
import type { dynamic } from "@pulumi/pulumi";

const load = () => {
  try {
    return require("node:module").createRequire(`${process.cwd()}/`)("azure-run-command/provider/lifecycle");
  } catch (e) {
    throw Error(`azure-run-command: run 'npm install' where Pulumi.yaml is, then again: ${String(e).split("\n")[0]}`);
  }
};

export const provider: dynamic.ResourceProvider = {
  configure: (...a) => load().configure(...a),
  check: (...a) => load().check(...a),
  diff: (...a) => load().diff(...a),
  create: (...a) => load().create(...a),
  read: (...a) => load().read(...a),
  update: (...a) => load().update(...a),
  delete: (...a) => load().delete(...a),
};
