/** All answers of Azure with their sentences, as the golden file has them. */
import { type Asked, ask } from "./ask-azure";
import { AZURE_ANSWERS, type AzureAnswer } from "./azure-answers";

export async function answersText(): Promise<string> {
  const blocks: string[] = [];
  for (const row of AZURE_ANSWERS) {
    blocks.push(block(row, await ask(row)));
  }
  return blocks.join("\n");
}

function block(row: AzureAnswer, asked: Asked): string {
  const { error, commands, questions, seconds } = asked;
  return `${row.to}: when ${row.when}
  Azure: ${"lost" in row.answer ? row.answer.lost : `${row.answer.status} ${text(row.answer.body)}`}
  kind: ${error.failure.kind}, commands sent: ${commands}, questions: ${questions}, in ${seconds} s
  ${error.message}
`;
}

function text(body: unknown): string {
  return typeof body === "string" ? body : (JSON.stringify(body) ?? "");
}
