// What the quick start shows beside its steps.
import { relative } from "node:path";
import { say } from "../progress.mjs";
import { repositoryRoot } from "../pulumi/versions.mjs";

const REMOVAL = "RemoveRunCommandLinuxExtension";

/** A text of somebody else's, set off. */
export function quote(text) {
  for (const line of text.trimEnd().split("\n")) say(`    ${line}`);
  say("");
}

/** A path as the user may type it in the root of the repository. */
export function shown(path) {
  return relative(repositoryRoot, path);
}

/** @throws when the extension is still in the VM. */
export async function showOperations(simulator) {
  const operations = await simulator.operations();
  say("\nWhat the simulated Azure was asked to do, by its own list of operations:\n");
  quote(
    operations.map(({ postedAt, commandId, vm, status }) => `${postedAt}  ${vm}  ${commandId}  ${status}`).join("\n"),
  );
  const removal = operations.at(-1);
  if (removal?.commandId !== REMOVAL || removal.status !== "Succeeded")
    throw new Error(`the last operation should be a ${REMOVAL} that succeeded: the extension is still in the VM`);
  say(`  ${REMOVAL} succeeded: the extension is gone from the VM.`);
}
