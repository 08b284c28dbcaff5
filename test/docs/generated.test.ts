/** The pages that are made from the code say what the code says now. Runs `npm run docs -- --check`, which writes nothing. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./pages";

jest.setTimeout(300_000);

const ENTRY_POINTS = [
  { entry: "provider/index.ts", page: "docs/reference/pulumi.md" },
  { entry: "azure-native/index.ts", page: "docs/reference/azure-native.md" },
  { entry: "constructs/index.ts", page: "docs/reference/cdk.md" },
];

test("npm run docs would change nothing, and TypeDoc complains about no comment", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/docs.mjs"), "--check"], {
    encoding: "utf8",
  });
  expect(`${stdout}${stderr}`).toBe("");
  expect(status).toBe(0);
});

test.each(ENTRY_POINTS)("the reference has all that $entry exports", ({ entry, page }) => {
  const source = read(entry).replace(/\/\*[\s\S]*?\*\//g, "");
  const exported = [...source.matchAll(/export (?:type )?{([^}]*)}/g)].flatMap(([, names = ""]) =>
    names.split(",").flatMap((name) => /(\w+)\s*$/.exec(name)?.[1] ?? []),
  );
  const headings = [...read(page).matchAll(/^### (?:`abstract` )?(\w+)/gm)].map(([, name]) => name);
  expect(exported.length).toBeGreaterThan(2);
  expect(exported.filter((name) => !headings.includes(name))).toEqual([]);
});

/** What a module below `tools/docs` does with a folder that is there for this only. */
function inFolder(module: string, call: string, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "made-pages-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
    const script = `const root = ${JSON.stringify(root)}; import(${JSON.stringify(join(ROOT, "tools/docs", module))}).then(${call})`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ["--eval", script], { encoding: "utf8" });
    return { status, stdout, stderr };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

test("pages that are old or missing are named, and end npm run docs -- --check with 1", () => {
  const pages = { "new.md": "as it is", "old.md": "as it is now", "none/none.md": "" };
  const call = `({ checkPages }) => checkPages(${JSON.stringify(pages)}, root)`;
  expect(inFolder("made-pages.mjs", call, { "new.md": "as it is", "old.md": "as it was" })).toEqual({
    status: 1,
    stdout: "",
    stderr: "docs: not what the code says now: old.md, none/none.md; run 'npm run docs'\n",
  });
});

test("what npm run docs wrote is not old", () => {
  const pages = { "a.md": "a", "b/c/d.md": "d" };
  const call = `({ checkPages, writePages }) => [writePages, checkPages].map((each) => each(${JSON.stringify(pages)}, root))`;
  expect(inFolder("made-pages.mjs", call, { "a.md": "as it was" })).toEqual({
    status: 0,
    stdout: "",
    stderr: "wrote a.md\nwrote b/c/d.md\n",
  });
});

test("a dependency whose licence may not go with Apache-2.0 stops npm run docs, and names itself", () => {
  const packages = {
    "": { license: "Apache-2.0" },
    "node_modules/kind": { license: "MIT" },
    "node_modules/kind/node_modules/@un/kind": { license: "AGPL-3.0" },
    "node_modules/silent": {},
    "node_modules/ours-alone": { license: "AGPL-3.0", dev: true },
    "node_modules/theirs": { license: "BUSL-1.1", peer: true },
    "node_modules/ours-or-theirs": { license: "BUSL-1.1", devOptional: true },
  };
  const call = "({ licencesPage }) => licencesPage(root)";
  const { status, stderr } = inFolder("licences.mjs", call, { "package-lock.json": JSON.stringify({ packages }) });
  expect(stderr).toContain(
    "Error: these dependencies have licences that are not known to go with Apache-2.0: @un/kind (AGPL-3.0), silent (none); look at them, then take them out or add the licence to tools/docs/licences.mjs\n",
  );
  expect(status).toBe(1);
});

describe("the reference of what a program gives", () => {
  /** Of functions, a change is no more than another call. */
  const INPUTS = /^(?!Get).*(?:Args|Props|Options)$/;
  const properties = ENTRY_POINTS.flatMap(({ page }) => propertiesIn(page)).filter(({ type }) => INPUTS.test(type));

  test("has something about each property, and the default of each that may be left out", () => {
    expect(properties.length).toBeGreaterThan(80);
    expect(properties.filter(({ text }) => text.length < 20).map(nameOf)).toEqual([]);
    const open = properties.filter(({ isOptional, text }) => isOptional && !/\*\*Default:\*\*/.test(text));
    expect(open.map(nameOf)).toEqual([]);
  });

  test("says of each property what a change of it does", () => {
    const silent = properties.filter(
      ({ text, ofType }) => ![text, ofType].some((said) => /\bchang|\breplac|\banother\b|\bnew value\b/i.test(said)),
    );
    expect(silent.map(nameOf)).toEqual([]);
  });

  test("names no place on the machine that it was made on, and no time", () => {
    const texts = ENTRY_POINTS.map(({ page }) => read(page)).join();
    expect(texts).not.toContain(ROOT);
    expect(texts).not.toMatch(/\b20\d\d-\d\d-\d\dT|\b[0-9a-f]{40}\b/);
  });
});

interface Property {
  readonly type: string;
  readonly name: string;
  readonly isOptional: boolean;
  readonly text: string;
  /** What is said of its type as a whole. */
  readonly ofType: string;
}

/** `### Type`, in it `##### name?`, the signature as a quotation, and the text up to the next heading. */
function propertiesIn(page: string): readonly Property[] {
  return read(page)
    .split(/^### /m)
    .slice(1)
    .flatMap((section) => {
      const [type = ""] = section.split("\n");
      const [ofType = ""] = section.split("#### ");
      const members = section.split("#### Properties\n")[1]?.split(/^#### /m)[0] ?? "";
      return members
        .split(/^##### /m)
        .slice(1)
        .map((member) => {
          const [heading = "", ...lines] = member.split("\n");
          const text = lines
            .filter((line) => !line.startsWith(">"))
            .join("\n")
            .trim();
          return { type, name: heading.replace(/\?$/, ""), isOptional: heading.endsWith("?"), text, ofType };
        });
    });
}

function nameOf({ type, name }: Property): string {
  return `${type}.${name}`;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
