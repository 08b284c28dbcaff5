/** Commands that ask somebody at a terminal, where there is none. Pure. */
import { has, hasShort, NO_INPUT, NO_TERMINAL, type Rule, type Rules, remark } from "./rule";
import { EXPANSION } from "./shell-word";

const read: Rule = (called, command) =>
  command.hasInput || (command.inFunction && !hasShort(called, /p/)) || hasShort(called, /u/)
    ? undefined
    : remark("read", NO_INPUT, "give the value in 'parameters', or its input with '<'");

function installs(subcommands: readonly string[], yes: RegExp, long: readonly string[], how: string): Rule {
  return (called, command) => {
    const subcommand = called.words.find((word) => subcommands.includes(word));
    return subcommand === undefined || command.hasInput || hasShort(called, yes) || has(called, ...long)
      ? undefined
      : remark(
          `${called.name} ${subcommand}`,
          `without '${how}', so that it asks and, with nobody there, gives up`,
          `add '${how}'`,
        );
  };
}

const APT: readonly string[] = [
  "install",
  "reinstall",
  "upgrade",
  "dist-upgrade",
  "full-upgrade",
  "remove",
  "purge",
  "autoremove",
  "build-dep",
];
const APT_WITHOUT_QUESTION = [
  "--yes",
  "--assume-yes",
  "--assume-no",
  "--force-yes",
  "--simulate",
  "--dry-run",
  "--download-only",
  "--print-uris",
  "--trivial-only",
  "--help",
];
const DNF: readonly string[] = [
  "install",
  "reinstall",
  "update",
  "upgrade",
  "downgrade",
  "remove",
  "erase",
  "autoremove",
  "groupinstall",
  "localinstall",
  "distro-sync",
];
const DNF_WITHOUT_QUESTION = ["--assumeyes", "--assumeno", "--downloadonly", "--help"];
const ZYPPER: readonly string[] = ["install", "in", "update", "up", "remove", "rm", "patch", "dup", "dist-upgrade"];
const ZYPPER_WITHOUT_QUESTION = ["--non-interactive", "--no-confirm", "--dry-run", "--download-only", "--help"];

/** `-qq` implies `-y`. Source: apt-get(8). */
const apt: Rule = (called, ...others) =>
  called.words.some((word) => /Assume-Yes/i.test(word))
    ? undefined
    : installs(APT, /y|qq|q.*q|s|d/, APT_WITHOUT_QUESTION, "-y")(called, ...others);
const dnf = installs(DNF, /y/, DNF_WITHOUT_QUESTION, "-y");
const zypper = installs(ZYPPER, /y|n/, ZYPPER_WITHOUT_QUESTION, "-y");

const passwd: Rule = (called, command) =>
  command.hasInput || hasShort(called, /[aSldexnwi]/) || called.words.some((word) => word.startsWith("--"))
    ? undefined
    : remark("passwd", NO_INPUT, "use 'chpasswd', with the password from 'protectedParameters'");

/** What does something else than to make a key. Source: ssh-keygen(1), OpenBSD 7.6. */
const KEYGEN_OTHER = /[ABcDeFHiIKklLMopQRrsUuYyZ]/;

const sshKeygen: Rule = (called, command) =>
  command.hasInput || hasShort(called, KEYGEN_OTHER) || (hasShort(called, /f/) && hasShort(called, /N/))
    ? undefined
    : remark("ssh-keygen", NO_INPUT, "give the file with '-f' and the passphrase with '-N'");

/** Editors that are told what to do by options do without a terminal. */
const editor: Rule = (called, command) =>
  command.hasInput ||
  called.words.some(
    (word) =>
      word.startsWith(EXPANSION) || /^(?:-[a-zA-Z]*[esEcS]|--?batch|--?script|--eval|--help|--version|[+])/.test(word),
  )
    ? undefined
    : remark(called.name, NO_TERMINAL, "change files with 'sed', or write them whole with 'cat > file <<EOF'");

const pager: Rule = (called) =>
  has(called, "--help", "--version") || called.words.length === 0
    ? undefined
    : remark(called.name, "which shows pages to somebody at a terminal, and there is none", "use 'cat'");

const forPeople =
  (what: string, unless: RegExp): Rule =>
  (called, command) =>
    command.hasInput || called.words.some((word) => unless.test(word) || word.startsWith(EXPANSION))
      ? undefined
      : remark(called.name, NO_TERMINAL, what);

const crontab: Rule = (called, command) =>
  hasShort(called, /e/) && has(called, "-e") && !command.hasInput
    ? remark("crontab -e", NO_TERMINAL, "give the table as a file: 'crontab file'")
    : undefined;

export const TERMINAL_RULES: Rules = {
  read,
  apt,
  "apt-get": apt,
  aptitude: apt,
  dnf,
  yum: dnf,
  tdnf: dnf,
  microdnf: dnf,
  zypper,
  passwd,
  "ssh-keygen": sshKeygen,
  vi: editor,
  vim: editor,
  nvim: editor,
  nano: editor,
  pico: editor,
  emacs: editor,
  less: pager,
  more: pager,
  mysql_secure_installation: forPeople(
    "use the statements that it stands for, with 'mysql -e'",
    /^-{1,2}(?:use-default|D|help|p)/,
  ),
  visudo: forPeople(
    "write a file below /etc/sudoers.d, and look at it with 'visudo -cf'",
    /^-{1,2}[a-zA-Z]*[cVh]|^--check/,
  ),
  vipw: forPeople("use 'usermod'", /^-{1,2}(?:h|help)/),
  htop: forPeople("use 'ps'", /^-{1,2}(?:h|help|V|version)/),
  top: forPeople("use 'top -b -n 1'", /^-?[a-zA-Z]*[bhv]/),
  crontab,
};
