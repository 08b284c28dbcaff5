/** Makes a program of a guest slow: whoever calls it there waits until it is let go. */
import { inGuest } from "./run-commands";
import type { SimulatorProcess } from "./simulator-process";

export interface SlowProgram {
  /** Whether somebody waits for it. */
  isCalled(): Promise<boolean>;
  letGo(): Promise<void>;
}

/** A script of its name stands before it in the PATH, on the guest's own disk. */
export async function slowProgram(simulator: SimulatorProcess, vm: string, name: string): Promise<SlowProgram> {
  const [stand, called] = [`/usr/local/sbin/${name}`, `/var/tmp/called-${name}`];
  const text = `#!/bin/sh\\n: >${called}\\nwhile [ -e ${stand} ]; do sleep 0.1; done\\nexec /usr/bin/${name} "$@"\\n`;
  const { exitCode, stderr } = await simulator.exec(vm, ["/bin/sh", "-c", SET_UP, text, stand]);
  if (exitCode !== 0) throw new Error(`'${name}' cannot be made slow in '${vm}': ${stderr}`);
  return {
    isCalled: async () => (await inGuest(simulator, vm, `ls ${called} 2>/dev/null`)) !== "",
    letGo: async () => void (await inGuest(simulator, vm, `rm -f ${stand}`)),
  };
}

const SET_UP = 'printf "$0" >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"';
