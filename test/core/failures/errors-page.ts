/** Makes docs/errors.md: from Azure's answers as the real code takes them, and from an example of every other kind. */
import { describeFailure } from "../../../core/failures/errors";
import type { RunFailure } from "../../../core/failures/run-failure";
import type { Answer } from "../../support/virtual-outside";
import { type Asked, ask } from "./ask-azure";
import { AZURE_ANSWERS, type AzureAnswer, type Question } from "./azure-answers";
import { EXAMPLES } from "./examples";
import { PROSE } from "./prose";

const INTRODUCTION = `# Errors

<!-- Made by \`npm run docs\` from test/core/failures; a change by hand is lost. -->

Every failure is one sentence: what, on which VM, what was seen, what to do, and what is still true ("nothing was run", "may
have run"). Below it stands what could be found out about it in at most 30 seconds, a line each:

\`\`\`text
the agent of 'web1' does not report to Azure: see that the VM's system is up, …
  - the VM's power state is 'running', its provisioning state 'Succeeded'
  - the agent's status is 'Not Ready', version 2.15.1.3: "VM status blob is found but not yet populated."
\`\`\`

| Evidence | With which failures | What it takes |
|---|---|---|
| power state, provisioning state, status and version of the agent, status of the extension RunCommandLinux | when a command was refused for the VM's state, failed, or was not heard of again | \`Microsoft.Compute/virtualMachines/read\` |
| the last five lines of \`/var/log/azure/run-command/handler.log\` | when the runner's report is missing and the VM still answers | a run command of its own |
| name, level and place of the locks | when a lock is in the way | \`Microsoft.Authorization/locks/read\` |
| the commands that are there | when Azure does not know a command | \`Microsoft.Compute/locations/runCommands/read\` |

Secrets are masked in all of it. A deletion that fails says "delete again: it goes on where it stopped", and a look for drift "the
next refresh checks again", where a run says what the next deployment does.
`;

const TITLES: Readonly<Record<Question, string>> = {
  command: "When a command is sent",
  operation: "When a command is in progress",
  look: "When the VM is looked at, before anything is sent",
};

/** Kinds that no answer of Azure's alone brings about. */
export function otherKinds(): readonly RunFailure["kind"][] {
  const answered = new Set(AZURE_ANSWERS.map(({ kind }) => kind));
  return Object.values(EXAMPLES)
    .map(({ kind }) => kind)
    .filter((kind) => !answered.has(kind));
}

export async function errorsPage(): Promise<string> {
  const sections: string[] = [INTRODUCTION];
  for (const question of ["look", "command", "operation"] as const) {
    sections.push(`## ${TITLES[question]}\n`);
    for (const row of AZURE_ANSWERS.filter(({ to }) => to === question)) {
      sections.push(answerSection(row, await ask(row)));
    }
  }
  sections.push("## Everything else\n");
  sections.push(...otherKinds().map(otherSection));
  return sections.join("\n");
}

function answerSection(row: AzureAnswer, asked: Asked): string {
  const { error } = asked;
  const { means, todo, retried } = PROSE[error.failure.kind];
  return `### When ${row.when}

Azure's answer: ${said(row.answer)}

\`\`\`text
${error.message}
\`\`\`

- **Means** (\`${error.failure.kind}\`): ${row.means === undefined ? means : `${means} ${row.means}`}
- **Do**: ${todo}
- **Tried again**: ${retried}${effort(row, asked)}
`;
}

function otherSection(kind: RunFailure["kind"]): string {
  const { means, todo, retried } = PROSE[kind];
  return `### \`${kind}\`

\`\`\`text
${describeFailure(EXAMPLES[kind])}
\`\`\`

- **Means**: ${means}
- **Do**: ${todo}
- **Tried again**: ${retried}
`;
}

/** Status, headers that matter, and body, as they come. */
function said(answer: Answer): string {
  if ("lost" in answer) {
    return `nothing; the connection ends with \`${answer.lost}\``;
  }
  const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => `\`${name}: ${value}\``);
  const body = typeof answer.body === "string" ? answer.body : (JSON.stringify(answer.body) ?? "");
  const what = body === "" ? "no body" : `\`${body}\``;
  return [`status ${answer.status}`, ...headers, what].join(", ");
}

/** What it took, where one request was not all. */
function effort({ to }: AzureAnswer, { commands, questions, seconds }: Asked): string {
  const many = (count: number, what: string) => (count === 1 ? `one ${what}` : `${count} ${what}s`);
  const sent = to === "look" ? many(questions, "look") : many(commands, "command");
  return seconds === 0
    ? ""
    : ` Here: ${sent}${to === "operation" ? `, ${many(questions, "question")}` : ""} in ${seconds} s.`;
}
