/** What is to be said of a command: which rule is for it. Pure. */
import { HARM_RULES } from "./harm-rules";
import { type Circumstances, NO_INPUT, type Remark, type Rules, remark } from "./rule";
import type { Command } from "./shell-commands";
import { TERMINAL_RULES } from "./terminal-rules";
import { calledBy } from "./wrappers";

const RULES: Rules = { ...TERMINAL_RULES, ...HARM_RULES };

export function remarkOn(command: Command, circumstances: Circumstances): Remark | undefined {
  const called = calledBy(command.words);
  if (called.sudoReadsPassword && !command.hasInput) {
    return remark(
      "sudo -S",
      NO_INPUT,
      "the script runs as root unless 'runAsUser' says otherwise, and root needs no password",
    );
  }
  const rule = Object.hasOwn(RULES, called.name) ? RULES[called.name] : undefined;
  return rule?.(called, command, circumstances);
}
