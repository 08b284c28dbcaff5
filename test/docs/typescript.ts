/** Compiles the TypeScript blocks of the pages as a user's program would be: against the types of the built package. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleOf } from "./given";
import { type Page, ROOT } from "./pages";

/** As `pulumi new typescript` has them, with the resolution that Node.js has. */
const OPTIONS = {
  strict: true,
  target: "es2022",
  module: "node16",
  moduleResolution: "node16",
  types: ["node"],
  skipLibCheck: true,
  noEmit: true,
  noFallthroughCasesInSwitch: true,
  noImplicitReturns: true,
};
const PACKAGES = ["@azure", "@pulumi", "@types", "aws-cdk-lib", "constructs"];

/** One line for each fault: page, line of the block, what the compiler says. */
export function typeFaults(pages: readonly Page[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "blocks-"));
  try {
    const blocks = pages.flatMap((page) =>
      page.blocks.filter(({ language }) => language === "ts").map((block) => ({ page: page.path, block })),
    );
    linkPackages(folder);
    const files = blocks.map(({ block }, index) => {
      // The compiler tells of files in the order of their names.
      const name = `${String(index).padStart(4, "0")}.ts`;
      writeFileSync(join(folder, name), moduleOf(block));
      return name;
    });
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: OPTIONS, files }));
    return compile(folder).map((line) =>
      line.replace(/^(\d+)[.]ts\(\d+,\d+\)/, (place, index) => {
        const found = blocks[Number(index)];
        return found === undefined ? place : `${found.page}:${found.block.line}`;
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function linkPackages(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/azure-run-command"));
  for (const name of PACKAGES) symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
}

function compile(folder: string): readonly string[] {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
}
