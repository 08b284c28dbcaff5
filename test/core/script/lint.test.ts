import { lintGuard, lintScript } from "../../../core/script/lint";

const NOTHING = { problems: [], warnings: [] };
const warningsOf = async (text: string, restartFails = true) =>
  (await lintScript("script", text, { restartFails })).warnings;

describe("a fault of syntax is a problem", () => {
  test("with line, column, the line itself and a caret under the place", async () => {
    expect(await lintScript("script", "#!/bin/bash\nif true; then\n\techo ä )\nfi\n")).toEqual({
      problems: [
        {
          property: "script",
          sentence:
            "script has a syntax error in line 3, column 9: a command can only contain words and redirects; encountered `)`\n     echo ä )\n            ^",
        },
      ],
      warnings: [],
    });
  });

  test("of the input that has it", async () => {
    const { problems } = await lintScript("update", "#!/bin/sh\nif true; then\n  a\n");
    expect(problems).toEqual([
      {
        property: "update",
        sentence:
          "update has a syntax error in line 2, column 1: `if` statement must end with `fi`\n    if true; then\n    ^",
      },
    ]);
  });

  test("of a long line the part around the place is shown", async () => {
    const { problems } = await lintScript("script", `#!/bin/bash\necho ${"a".repeat(300)} ) ${"b".repeat(300)}`);
    const [, line = "", caret = ""] = problems[0]?.sentence.split("\n") ?? [];
    expect(line).toBe(`    ${"a".repeat(49)} ) ${"b".repeat(48)}`);
    expect(line[caret.indexOf("^")]).toBe(")");
  });

  test("and nothing of a secret script is shown", async () => {
    const { problems } = await lintScript("script", "x\ncat hunter2 )\n", { isSecret: true });
    expect(problems).toEqual([
      {
        property: "script",
        sentence: "script has a syntax error in line 2, column 13 (not shown, since it is a secret)",
      },
    ]);
  });

  test.each([
    "#!/bin/sh",
    "#!/bin/dash",
    "#! /usr/bin/env bash",
    "#!/bin/bash -eu",
    "#!/bin/busybox sh",
    "#!/bin/ash",
    "echo",
  ])("in a script that begins with %s", async (first) => {
    expect((await lintScript("script", `${first}\nfi\n`)).problems).toHaveLength(1);
  });

  test.each(["#!/usr/bin/python3", "#!/usr/bin/env -S bash", "#!/bin/zsh", "#!/bin/ksh", "#!/bin/busybox awk", "#!"])(
    "but not in a script that begins with %s, which is not parsed",
    async (first) => {
      expect(await lintScript("script", `${first}\nfi; read x\n`)).toEqual(NOTHING);
    },
  );

  test("but not where the shells find it only when they come to it, or end it themselves", async () => {
    expect(await lintScript("script", "#!/bin/bash\ndeclare -A a; a[foo bar]=1\n")).toEqual({
      problems: [],
      warnings: [
        "script may have a syntax error in line 2, column 21: not a valid arithmetic operator: `bar`\n    declare -A a; a[foo bar]=1\n                        ^",
      ],
    });
    expect(await lintScript("script", "cat <<E\nfoo\n")).toEqual({
      problems: [],
      warnings: [
        "script may have a syntax error in line 1, column 5: unclosed here-document `E`\n    cat <<E\n        ^",
      ],
    });
  });

  test.each([
    "n=$((cat a; cat b) | wc -l)",
    "((a); b)",
    "declare -A m; m[http://a]=1",
    "m[web:80]=1",
    `echo "\${m[a:b]}"`,
    "m[/var/lib]=x",
    `echo "\${m[/var/lib]}"`,
    "m[%d]=1",
    "m[=a]=1",
    "m[a?b]=1",
    "m[a.b]=1",
    "! ! true",
    "eval a=(b)",
    "a=(b c) d",
    "a[1]=(b)",
    `cat <<E\n\${.Values.x} \${{ x }}\nE`,
    `cat <<E\n\${a.b}\nE`,
    `if false; then echo "\${a.b}"; fi`,
    `echo \${#a.b}`,
    `echo \${a@Z}`,
  ])("but only a warning where bash takes it: %s", async (text) => {
    const { problems, warnings } = await lintScript("script", `#!/bin/bash\n${text}\n`);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^script may have a syntax error in line [23], column \d+: /)]);
  });

  test.each([
    "[[ $line =~ ^<(.*)>$ ]]",
    "[[ $a =~ ;x ]]",
    "[[ $x = *.(a|b) ]]",
    "[[ a b ]]",
    "env a=(b)",
    `echo "\${HOME\n"`,
    "echo a(b",
  ])("and it is one where bash stops reading, also with the exit code 0: %s", async (text) => {
    expect((await lintScript("script", `#!/bin/bash\n${text}\n`)).problems).toHaveLength(1);
  });

  test.each(["exit 0", "exit", "echo a; exit 0 # done", "exec tail -n 1 f"])("but not behind '%s'", async (end) => {
    const name = end.includes("exec") ? "exec" : "exit";
    expect(await lintScript("script", `#!/bin/bash\n${end}\n)( ((\n`)).toEqual({
      problems: [],
      warnings: [
        `script is no shell text from line 3 on, which its '${name}' in line 2 keeps the shell from reading (data behind the script?)`,
      ],
    });
  });

  test.each([
    "if a; then exit 0; fi",
    "a || exit 0",
    "a &&\nexit 0",
    "f() { exit 0; }",
    "exec 3< f",
    "(exit 0)",
    "a | exit",
  ])("and it is one behind '%s', which may not end the script", async (end) => {
    expect((await lintScript("script", `#!/bin/bash\n${end}\n)( ((\n`)).problems).toHaveLength(1);
  });

  test("a script that the parser itself cannot cope with is not judged", async () => {
    expect(await lintScript("script", "$(".repeat(20_000))).toEqual(NOTHING);
    expect(await lintScript("script", `#!/bin/bash\n${"# x\n".repeat(70_000)}fi`)).toEqual(NOTHING);
  });
});

describe("what only bash understands is a warning in a script for /bin/sh", () => {
  test("with the place", async () => {
    expect(await lintScript("script", "#!/bin/sh\na=(1 2)\n")).toEqual({
      problems: [],
      warnings: [
        "script has what only bash understands in line 2, column 3: arrays are a bash/mksh/zsh feature; /bin/sh is dash on Debian and Ubuntu, and ends there with a syntax error: begin the script with '#!/bin/bash'\n    a=(1 2)\n      ^",
      ],
    });
  });

  test.each(["cat <(ls)", "x <<< y", "echo a &> f", `echo \${a//b/c}`, "f-g() { :; }", "for ((;;)); do :; done"])(
    "%s",
    async (text) => {
      const [warning = "", ...others] = await warningsOf(text);
      expect(warning).toMatch(/^script has what only bash understands in line 1, column \d+: /);
      expect(others).toEqual([]);
    },
  );

  test("commands of bash's own are named with their lines", async () => {
    expect(await warningsOf("set -euo pipefail\n[[ -f x ]] && source f\n[[ b ]]\n((i++))\n")).toEqual(
      [
        ["set -o pipefail", "line 1"],
        ["[[", "lines 2 and 3"],
        ["source", "line 2"],
        ["((", "line 4"],
      ].map(
        ([name, lines]) =>
          `script uses bash's '${name}' in ${lines}; /bin/sh is dash on Debian and Ubuntu, which has it not: begin the script with '#!/bin/bash'`,
      ),
    );
  });

  test.each(["#!/bin/bash", "#!/bin/busybox sh"])("and none behind %s", async (first) => {
    expect(await lintScript("script", `${first}\na=(1 2)\n[[ -f x ]]\nset -o pipefail\n`)).toEqual(NOTHING);
  });

  test("a secret script is not shown there either", async () => {
    const { warnings } = await lintScript("script", "hunter2=(1)", { isSecret: true });
    expect(warnings).toEqual([
      "script has what only bash understands in line 1, column 9 (not shown, since it is a secret); /bin/sh is dash on Debian and Ubuntu, and ends there with a syntax error: begin the script with '#!/bin/bash'",
    ]);
  });
});

describe("the bytes of a script", () => {
  const HOW = `save it with LF line ends (tr -d '\\r' makes them), or give text.replaceAll("\\r\\n", "\\n")`;

  test("Windows line ends", async () => {
    expect(await warningsOf("#!/bin/bash\r\necho\r\n")).toEqual([
      `script has Windows line ends (CR LF): Linux looks for an interpreter whose name ends with a CR, and does not find it; ${HOW}`,
    ]);
    expect(await warningsOf("echo\nif a; then\r\nb\r\nfi\r\n")).toEqual([
      `script has Windows line ends (CR LF) from line 2 on: the shell takes the CR for a part of the last word of the line; ${HOW}`,
    ]);
    expect(await warningsOf("#!/usr/bin/python3\nprint(1)\r\n")).toEqual([]);
    expect(await warningsOf("#!/usr/bin/python3\r\nprint(1)\r\n")).toHaveLength(1);
  });

  test("a byte order mark", async () => {
    expect(await warningsOf("\uFEFF#!/bin/bash\n[[ a ]]")).toEqual([
      "script has a byte order mark (U+FEFF) before its '#!', so that Linux does not see that line and /bin/sh runs the script; save it as UTF-8 without one",
    ]);
    expect(await warningsOf("\uFEFFecho\n")).toEqual([
      "script has a byte order mark (U+FEFF) before its first word, so that the shell looks for a command of another name; save it as UTF-8 without one",
    ]);
  });

  test("a '#!' line that is not the first", async () => {
    expect(await warningsOf("\n  #!/bin/bash\necho")).toEqual([
      "script has its '#!' line not at the very beginning, so that it is a comment and /bin/sh runs the script; remove the blanks and line breaks before it",
    ]);
  });
});

describe("commands", () => {
  const NO_INPUT = "which reads from a terminal or from its input, and there is neither (its input is /dev/null)";
  const NO_TERMINAL = "which needs somebody at a terminal, and there is none";
  const ASKS = "without '-y', so that it asks and, with nobody there, gives up; add '-y'";
  const AGENT =
    "which is Azure's agent: it carries this very run and its report; leave it alone, or do it from outside after the script's end";
  const RESTARTS =
    "which restarts or stops the VM, and with rebootPolicy 'fail' that fails the deployment; give rebootPolicy 'continue' or 'rerun', or let the VM restart after the script's end: 'shutdown -r +1'";
  const FILES =
    "where the files are that this very run needs; leave them: deleting the resource removes what is its own";

  test.each([
    ["read x", "read", `${NO_INPUT}; give the value in 'parameters', or its input with '<'`],
    ["f() { read -rp 'Sure? ' x; }", "read", `${NO_INPUT}; give the value in 'parameters', or its input with '<'`],
    [
      "sudo -S apt-get -y install a",
      "sudo -S",
      `${NO_INPUT}; the script runs as root unless 'runAsUser' says otherwise, and root needs no password`,
    ],
    ["apt-get install a", "apt-get install", ASKS],
    ["DEBIAN_FRONTEND=noninteractive sudo -E /usr/bin/apt-get -o A=b dist-upgrade", "apt-get dist-upgrade", ASKS],
    ["if a; then apt install b; fi", "apt install", ASKS],
    ["timeout -k 5 60 nice -n 5 dnf install a", "dnf install", ASKS],
    ["yum update", "yum update", ASKS],
    ["zypper in a", "zypper in", ASKS],
    ["passwd bob", "passwd", `${NO_INPUT}; use 'chpasswd', with the password from 'protectedParameters'`],
    ["ssh-keygen -t ed25519 -f k", "ssh-keygen", `${NO_INPUT}; give the file with '-f' and the passphrase with '-N'`],
    ["vim f", "vim", `${NO_TERMINAL}; change files with 'sed', or write them whole with 'cat > file <<EOF'`],
    ["less f", "less", "which shows pages to somebody at a terminal, and there is none; use 'cat'"],
    [
      "mysql_secure_installation",
      "mysql_secure_installation",
      `${NO_TERMINAL}; use the statements that it stands for, with 'mysql -e'`,
    ],
    ["crontab -e", "crontab -e", `${NO_TERMINAL}; give the table as a file: 'crontab file'`],
    [
      "systemctl edit x",
      "systemctl edit",
      `${NO_TERMINAL}; write the file below /etc/systemd/system with 'cat > file <<EOF'`,
    ],
    ["reboot", "reboot", RESTARTS],
    ["shutdown -r now", "shutdown", RESTARTS],
    ["systemctl reboot", "systemctl reboot", RESTARTS],
    ["init 6", "init", RESTARTS],
    ["systemctl restart walinuxagent", "systemctl restart walinuxagent", AGENT],
    ["service waagent stop", "service waagent stop", AGENT],
    ["/etc/init.d/walinuxagent restart", "walinuxagent restart", AGENT],
    ["pkill -f waagent", "pkill waagent", AGENT],
    [
      "waagent -force -deprovision+user",
      "waagent -deprovision",
      "which makes an image of the VM: Azure's agent, which carries this very run, forgets the VM; do it as the last step by hand or in an image builder",
    ],
    ["rm -rf /var/lib/waagent/", "rm /var/lib/waagent", FILES],
    ["rm -rf /var/lib/azure-run-command/x", "rm /var/lib/azure-run-command", FILES],
  ])("%s", async (text, name, sentence) => {
    expect(await warningsOf(`#!/bin/bash\n\n${text}\n`)).toEqual([`script runs '${name}' in line 3, ${sentence}`]);
  });

  test.each([
    "while read -r a; do b; done < f",
    "a | while read -r b; do c; done",
    "read a <<< b",
    "read -u 3 a",
    "f() { read a; }\nb | f",
    "echo read a # read b",
    "echo 'read a'",
    "cat <<E\nread a\napt install b\nE",
    "echo x | sudo -S a",
    "apt-get -y install a",
    "apt-get install -qq a",
    "apt-get install --yes a",
    "apt-get -o APT::Get::Assume-Yes=true install a",
    "yes | apt-get install a",
    "apt-get $OPTIONS install a",
    "apt-get update",
    "apt-cache search install",
    "yum install -y a",
    "zypper -n in a",
    "passwd -l bob",
    "passwd --stdin bob < f",
    "ssh-keygen -t rsa -f k -N ''",
    "ssh-keygen -lf k",
    "ssh-keygen -R host",
    "vim -es -c wq f",
    "vi --version",
    "journalctl | less",
    "crontab f",
    "command -v vim",
    "which nano",
    "shutdown -r +1",
    "shutdown -c",
    "(sleep 5; reboot) &",
    "systemctl restart nginx",
    "systemctl status walinuxagent",
    "waagent -version",
    "rm -rf /var/lib/waagent/custom-script",
    "rm -rf /var/lib/other",
    "reboot=1",
    "case $a in reboot) b;; esac",
  ])("%s is no warning", async (text) => {
    expect(await lintScript("script", `#!/bin/bash\n${text}\n`, { restartFails: true })).toEqual(NOTHING);
  });

  test("a restart is no warning when the run goes on after it", async () => {
    expect(await warningsOf("reboot", false)).toEqual([]);
  });

  test("the same in many lines is one warning", async () => {
    expect(await warningsOf("reboot\n".repeat(2))).toEqual([`script runs 'reboot' in lines 1 and 2, ${RESTARTS}`]);
    expect(await warningsOf("reboot\n".repeat(7))).toEqual([
      `script runs 'reboot' in lines 1, 2, 3, 4 and 3 others, ${RESTARTS}`,
    ]);
  });
});

describe("a guard", () => {
  test("with a fault is a problem", async () => {
    expect(await lintGuard("unless", "test -f x &&")).toEqual({
      problems: [
        {
          property: "unless",
          sentence:
            "unless has a syntax error in line 1, column 11: `&&` must be followed by a statement\n    test -f x &&\n              ^",
        },
      ],
      warnings: [],
    });
  });

  test("is for /bin/sh, whatever it begins with", async () => {
    expect(await lintGuard("onlyIf", "[[ -f x ]]")).toEqual({
      problems: [],
      warnings: [
        "onlyIf uses bash's '[[' in line 1; /bin/sh is dash on Debian and Ubuntu, which has it not: write it for every shell, or as bash -c '…'",
      ],
    });
    expect(await lintGuard("onlyIf", "test -f x")).toEqual(NOTHING);
    expect(await lintGuard("onlyIf", "#!/bin/sh\ntest -f x")).toEqual(NOTHING);
    expect(await lintGuard("unless", "#!/usr/bin/python3\nexit 1")).toEqual({
      problems: [],
      warnings: ["unless begins with '#!', which is only a comment there: it is a shell command, which /bin/sh runs"],
    });
  });
});
