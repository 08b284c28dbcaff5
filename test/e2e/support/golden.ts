/**
 * Golden files of the exact texts that a user sees: `test/golden/e2e-<file>.txt`, a page for each test.
 *
 * A page that differs fails its test; the new file is then in the folder of temporary files, to be read and copied.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./engine";
import { readable, readableDiff, steady } from "./engine-text";
import type { Ended } from "./processes";

export interface Page {
  /**
   * Adds what a command of the engine printed, by resource.
   *
   * @param only how the names of the resources begin that are of interest; default: all.
   */
  ran(command: string, ended: Ended | Promise<Ended>, only?: readonly string[]): Promise<Ended>;
  /** Adds any other text: what is on the VM, outputs. */
  add(title: string, text: string): void;
  /** Fails when the page is not that of the golden file. */
  expectGolden(): void;
}

export interface Golden {
  /** The page of the test that runs. */
  page(): Page;
}

const HEAD = "=== ";

/** @param file `preview` for `test/golden/e2e-preview.txt`. */
export function openGolden(file: string): Golden {
  const path = join(ROOT, "test/golden", `e2e-${file}.txt`);
  const golden = existsSync(path) ? pagesOf(readFileSync(path, "utf8")) : new Map<string, string>();
  const seen = new Map(golden);
  return {
    page: () => {
      const title = expect.getState().currentTestName ?? "";
      const parts: string[] = [];
      const add = (heading: string, text: string) => {
        parts.push(`--- ${heading}\n${steady(text).trimEnd() || "(nothing)"}`);
      };
      return {
        ran: async (command, running, only) => {
          const ended = await running;
          const title = `pulumi ${command} (exits with ${ended.exitCode ?? ended.signal})`;
          add(title, command.includes("--diff") ? readableDiff(ended.output, only) : readable(ended.output, only));
          return ended;
        },
        add,
        expectGolden: () => {
          const page = parts.join("\n\n");
          seen.set(title, page);
          if (page !== golden.get(title)) {
            keepForReading(`e2e-${file}.txt`, seen);
          }
          expect(page).toBe(golden.get(title));
        },
      };
    },
  };
}

function pagesOf(text: string): Map<string, string> {
  const pages = text.split(new RegExp(`^${HEAD}`, "m")).filter((page) => page !== "");
  return new Map(
    pages.map((page) => [page.slice(0, page.indexOf("\n")), page.slice(page.indexOf("\n") + 1).trim()] as const),
  );
}

function keepForReading(name: string, pages: ReadonlyMap<string, string>): void {
  const folder = join(tmpdir(), "azure-run-command-golden");
  mkdirSync(folder, { recursive: true });
  const text = [...pages].map(([title, page]) => `${HEAD}${title}\n\n${page}\n`).join("\n");
  writeFileSync(join(folder, name), text);
}
