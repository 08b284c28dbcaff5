/** What the bench ran on, without anything that names the machine. */
import { arch, availableParallelism, cpus, totalmem, type } from "node:os";

export function describeMachine(): string {
  const model = cpus()[0]?.model.replace(/\s+/g, " ").trim() || "unknown processor";
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${model}, ${memoryGib} GiB of memory, ${type()} on ${arch()}, Node.js ${process.versions.node}`;
}
