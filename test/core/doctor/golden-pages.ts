/** The exact words of each checkup: `test/golden/doctor.txt`, a page for each test. One that differs is in the temporary folder. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Checkup } from "../../../core/doctor/checkup";

const FILE = "doctor.txt";
const PATH = join(__dirname, "../../golden", FILE);
const HEAD = "=== ";

export interface GoldenPages {
  /** Compares with the page of the test that runs. */
  expectGolden(checkup: Checkup): void;
  /** Keeps what differs, for reading and copying. */
  close(): void;
}

/** @param names what stands for ids that are new in each run. */
export function openGoldenPages(names: Readonly<Record<string, string>>): GoldenPages {
  const golden = existsSync(PATH) ? pagesOf(readFileSync(PATH, "utf8")) : new Map<string, string>();
  const seen = new Map<string, string>();
  return {
    expectGolden: (checkup) => {
      const title = expect.getState().currentTestName ?? "";
      const page = steady(pageOf(checkup), names);
      seen.set(title, page);
      expect(page).toBe(golden.get(title));
    },
    close: () => {
      if ([...seen].some(([title, page]) => golden.get(title) !== page)) {
        const text = [...seen].map(([title, page]) => `${HEAD}${title}\n${page}\n`).join("\n");
        writeFileSync(join(tmpdir(), FILE), text);
      }
    },
  };
}

/** Where something is wrong, what is well is told by its absence. */
function pageOf({ checks, cause }: Checkup): string {
  const lines = checks
    .filter(({ status, evidence }) => cause === undefined || status !== "ok" || evidence.length > 0)
    .flatMap(({ name, status, sentence, evidence, mend }) => [
      `${status} ${name}: ${sentence}`,
      ...evidence.map((line) => `  - ${line}`),
      ...mend.map((line) => `  $ ${line}`),
    ]);
  return [`cause: ${cause ?? "none"}`, ...lines].join("\n");
}

function steady(text: string, names: Readonly<Record<string, string>>): string {
  const known = Object.entries(names).reduce((before, [name, value]) => before.replaceAll(value, `<${name}>`), text);
  return known
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<guid>")
    .replace(/\d+\/\d+\/\d+ \d+:\d+:\d+ [AP]M|\d{8}T\d{6}Z/g, "<time>");
}

function pagesOf(text: string): ReadonlyMap<string, string> {
  const pages = text.split(new RegExp(`^${HEAD}`, "m")).filter((page) => page !== "");
  return new Map(
    pages.map((page) => [page.slice(0, page.indexOf("\n")), page.slice(page.indexOf("\n") + 1).trim()] as const),
  );
}
