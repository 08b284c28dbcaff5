/** The two streams of a run, as Azure keeps them: in one message, with marks that a script can print too. Pure. */

/** Source: run-command-extension-linux main/cmds.go `enable`; azure-wire.md section 4.2. */
const STDOUT_MARK = "Enable succeeded: \n[stdout]\n";
const STDERR_MARK = "\n[stderr]\n";

export interface Streams {
  readonly stdout: string;
  readonly stderr: string;
  /** False: the mark of stderr is in the message more than once, and which one is the handler's is a guess. */
  readonly exact: boolean;
}

/** @returns undefined for a message that is no script's. */
export function splitStreams(message: string): Streams | undefined {
  if (!message.startsWith(STDOUT_MARK)) {
    return undefined;
  }
  const rest = message.slice(STDOUT_MARK.length);
  const at = rest.lastIndexOf(STDERR_MARK);
  return at < 0
    ? undefined
    : {
        stdout: rest.slice(0, at),
        stderr: rest.slice(at + STDERR_MARK.length),
        exact: rest.indexOf(STDERR_MARK) === at,
      };
}
