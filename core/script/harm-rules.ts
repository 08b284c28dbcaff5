/** Commands that end this very run: they restart the VM, or take away what Azure's agent or our runner needs. Pure. */
import { has, hasShort, NO_TERMINAL, type Remark, type Rule, type Rules, remark } from "./rule";
import { EXPANSION } from "./shell-word";
import type { Called } from "./wrappers";

const restart: Rule = (called, command, { restartFails }) =>
  !restartFails || command.inBackground || !restartsNow(called)
    ? undefined
    : remark(
        called.name,
        "which restarts or stops the VM, and with rebootPolicy 'fail' that fails the deployment",
        "give rebootPolicy 'continue' or 'rerun', or let the VM restart after the script's end: 'shutdown -r +1'",
      );

function restartsNow(called: Called): boolean {
  const { name, words } = called;
  switch (name) {
    case "shutdown":
      return has(called, "now", "+0") && !hasShort(called, /[ck]/);
    case "init":
    case "telinit":
      return has(called, "0", "6");
    default:
      return !has(called, "--help", "--wtmp-only", "-w") && !words.some((word) => word.startsWith(EXPANSION));
  }
}

const AGENT = /^(?:walinuxagent|waagent)(?:-network-setup)?(?:[.]service)?$/;
const STOPS: readonly string[] = [
  "restart",
  "try-restart",
  "stop",
  "disable",
  "mask",
  "kill",
  "reload-or-restart",
  "condrestart",
];
const RESTARTS: readonly string[] = ["reboot", "poweroff", "halt", "kexec", "soft-reboot"];

function onAgent(name: string): Remark {
  return remark(
    name,
    "which is Azure's agent: it carries this very run and its report",
    "leave it alone, or do it from outside after the script's end",
  );
}

const systemctl: Rule = (called, command, circumstances) => {
  const verb = called.words.find((word) => !word.startsWith("-"));
  if (verb === "edit" && !command.hasInput && !has(called, "--stdin")) {
    return remark("systemctl edit", NO_TERMINAL, "write the file below /etc/systemd/system with 'cat > file <<EOF'");
  }
  if (verb !== undefined && RESTARTS.includes(verb)) {
    return restart({ ...called, name: `systemctl ${verb}` }, command, circumstances);
  }
  const agent = called.words.find((word) => AGENT.test(word));
  return verb !== undefined && STOPS.includes(verb) && agent !== undefined
    ? onAgent(`systemctl ${verb} ${agent}`)
    : undefined;
};

const service: Rule = ({ words: [name = "", verb = ""] }) =>
  AGENT.test(name) && STOPS.includes(verb) ? onAgent(`service ${name} ${verb}`) : undefined;

const waagent: Rule = ({ words }) =>
  words.some((word) => /^-{1,2}deprovision(?:[+]user)?$/.test(word))
    ? remark(
        "waagent -deprovision",
        "which makes an image of the VM: Azure's agent, which carries this very run, forgets the VM",
        "do it as the last step by hand or in an image builder",
      )
    : undefined;

const kills: Rule = ({ name, words }) => {
  const agent = words.find((word) => AGENT.test(word));
  return agent === undefined ? undefined : onAgent(`${name} ${agent}`);
};

/** `/etc/init.d/walinuxagent restart`. */
const initScript: Rule = ({ name, words: [verb = ""] }) =>
  STOPS.includes(verb) ? onAgent(`${name} ${verb}`) : undefined;

const FOLDERS = /^[/]var[/]lib[/](?:azure-run-command(?:[/].*)?|waagent[/]?[*]?)$/;

const rm: Rule = ({ words }) => {
  const folder = words.find((word) => FOLDERS.test(word));
  return folder === undefined
    ? undefined
    : remark(
        `rm ${folder.includes("waagent") ? "/var/lib/waagent" : "/var/lib/azure-run-command"}`,
        "where the files are that this very run needs",
        "leave them: deleting the resource removes what is its own",
      );
};

export const HARM_RULES: Rules = {
  reboot: restart,
  poweroff: restart,
  halt: restart,
  shutdown: restart,
  init: restart,
  telinit: restart,
  systemctl,
  service,
  walinuxagent: initScript,
  waagent,
  pkill: kills,
  killall: kills,
  rm,
};
