/** Scripts that write down in the guest each time that they run, so that a test can count. */
import { RunCommandScript } from "../../../constructs/script";
import type { SimulatorProcess } from "../../e2e/support/simulator-process";

const FOLDER = "/var/tmp/ledgers";

/**
 * A script that adds a line to a ledger when it starts: why it runs, and its own mark.
 *
 * @param mark tells it from others that write into the same ledger; no quotes.
 * @param lines what it does then.
 */
export function counting(ledger: string, mark: string, ...lines: string[]): RunCommandScript {
  return RunCommandScript.fromInline(`mkdir -p ${FOLDER}`, note(ledger, `$AZURE_RUN_COMMAND_REASON ${mark}`), ...lines);
}

/** A line of a script that adds a line to a ledger. */
export function note(ledger: string, text: string): string {
  return `echo "${text}" >> ${FOLDER}/${ledger}`;
}

/** Lines of a script that wait until a test lets them go on, by `release`; they end by themselves after ten minutes. */
export function held(gate: string): string[] {
  return [
    `tries=0; until [ -e ${FOLDER}/${gate}.open ] || [ "$tries" -ge 6000 ]; do tries=$((tries + 1)); sleep 0.1; done`,
  ];
}

/** The lines of a ledger, first to last. */
export async function ledgerOf(simulator: SimulatorProcess, vm: string, ledger: string): Promise<readonly string[]> {
  const { stdout } = await simulator.exec(vm, ["/bin/sh", "-c", `cat ${FOLDER}/${ledger} 2>/dev/null`]);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Lets the scripts go on that are held at a gate, now and later. */
export async function release(simulator: SimulatorProcess, vm: string, gate: string): Promise<void> {
  await simulator.exec(vm, ["/bin/sh", "-c", `mkdir -p ${FOLDER}; touch ${FOLDER}/${gate}.open`]);
}
