/** What the README tells somebody new to write and to type, taken out of it. */
import type { Block, Page } from "../docs/pages";

export interface FirstSteps {
  /** By name, in an empty folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Starts the simulator, and stays in the foreground. */
  readonly simulate: string;
  /** Typed in the other terminal, first of all. */
  readonly enter: string;
  /** What comes after that. */
  readonly deploy: string;
  /** What the README says that the script prints. */
  readonly stdout: string;
}

export function firstSteps({ blocks }: Page): FirstSteps {
  const typed = find(blocks, "sh", /^[.] [.]\/azure[.]env/).split("\n");
  const ups = typed.findIndex((line) => line.startsWith("pulumi"));
  const shown = find(blocks, "text", /^Outputs:/m);
  return {
    files: {
      "index.ts": find(blocks, "ts", /FileAsset\("prepare[.]sh"\)/),
      "Pulumi.yaml": find(blocks, "yaml", /^runtime: nodejs$/m),
      "prepare.sh": find(blocks, "sh", /^#!\/bin\/sh/),
    },
    simulate: find(blocks, "sh", /^npx azure-run-command simulate -e azure[.]env$/),
    enter: typed.slice(0, ups).join("\n"),
    deploy: typed.slice(ups).join("\n"),
    stdout: JSON.parse(/stdout\s+: (".*")/.exec(shown)?.[1] ?? '""'),
  };
}

/** The first one. */
function find(blocks: readonly Block[], language: string, pattern: RegExp): string {
  const found = blocks.find((block) => block.language === language && pattern.test(block.text));
  if (found === undefined) throw new Error(`the README has no ${language} block with ${pattern}`);
  return found.text;
}
