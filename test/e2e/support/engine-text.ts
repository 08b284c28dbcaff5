/** What the engine printed for one command, in a form that is the same each time: by resource, without times and ids. Pure. */

/** A line of the display: ` +- pulumi-nodejs:dynamic/azure-run-command:RunCommand name replaced (2s) [diff: ~script]; ...`. */
const ROW = /^ (?:[-+~<>=]{2}|[-+~<>=] | {2}) (\S+:\S+) (\S+) (.*)$/;

/** What a row says of an operation that is planned or has ended; of one that is under way it says more, and differs. */
const OPERATION =
  /^((?:create|delete|update|replace|refresh|read|discard)d?(?: replacement| original)?|\*\*[a-z ]+ failed\*\*)(?: \([\d.]+m?s\))? ?((?:\[[^\]]*\])*)/;

const HEADING = /^(?:(?:Previewing|Updating|Refreshing|Destroying) .*|Diagnostics:|Outputs:|Resources:|Duration: .*)$/;

/** How a resource begins in the output with `--diff`. */
const DIFF_HEADING = /^ *[-+~<>=]* *\S+:\S+: \((?:create|update|delete|replace|same|read|refresh)\)/;

/** Hidden inputs, and what the engine knows a resource by. */
const DIFF_HIDDEN = /^\s*[-+~]?\s*(?:\[(?:id|urn|provider)=.*\]|(?:key|resourceUrn)\s*: ".*")$/;

const STACK = "pulumi:pulumi:Stack";
const WHOLE = "the deployment";

/**
 * @param only how the names of the resources begin that are of interest; then there are no numbers.
 * @returns for each resource what happens to it, then what is said of it; then the numbers.
 */
export function readable(output: string, only?: readonly string[]): string {
  const sections = sectionsOf(steady(output));
  const named = (name: RegExp) => sections.filter(({ heading }) => name.test(heading)).flatMap(({ lines }) => lines);
  const resources = byResource(operations(named(/ing /)), diagnostics(named(/^Diagnostics:/)), (name) =>
    wanted(only, name),
  );
  const counts = named(/^Resources:/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return [...withoutOrder(resources), ...(only === undefined ? counts : [])].join("\n");
}

function wanted(only: readonly string[] | undefined, name: string): boolean {
  return only === undefined || only.some((start) => name.startsWith(start));
}

/** The same for a command with `--diff`: each resource with its inputs. What is said there does not tell of which it is. */
export function readableDiff(output: string, only?: readonly string[]): string {
  const text = steady(output).replace(/^ *(?:--outputs:--|Resources:)\n[\s\S]*/m, "");
  const blocks: { name: string; lines: string[] }[] = [];
  for (const line of text.split("\n").slice(1)) {
    if (DIFF_HEADING.test(line)) {
      blocks.push({ name: "", lines: [line] });
    } else if (/^\s+\S/.test(line)) {
      const block = blocks.at(-1);
      const name = /\[urn=.*::(.+)\]$/.exec(line)?.[1];
      if (block !== undefined && name !== undefined) {
        block.name = name;
        block.lines[0] = `${name}: ${block.lines[0]?.trim().replace(/^([-+~<>=]*) *\S+: /, "$1 ")}`;
      }
      if (!DIFF_HIDDEN.test(line)) {
        block?.lines.push(line);
      }
    }
  }
  return blocks
    .filter(({ name, lines }) => wanted(only, name) && !/\(same\)/.test(lines[0] ?? ""))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ lines }) => lines)
    .join("\n");
}

/** Without what differs from one time to the next. */
export function steady(text: string): string {
  return (
    text
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<guid>")
      .replace(/\b(\d+-(?:create|update|repair|delete|check))-[0-9a-f]{12,14}\b/g, "$1-<hash>")
      .replace(/(\/var\/lib\/azure-run-command\/)[0-9a-f]{20}\b/g, "$1<key>")
      .replace(/\blocalhost:\d+/g, "localhost:<port>")
      // It holds the runner, which changes.
      .replace(/\brequest of [\d,]+ bytes/g, "request of <n> bytes")
      .replace(/\/[^\s'"]*\/pulumi-project-[A-Za-z0-9]{6}/g, "<project>")
      .replace(/(\S)\1{39,}/g, (same, character) => `<${same.length} times ${character}>`)
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "<time>")
  );
}

interface Section {
  readonly heading: string;
  readonly lines: string[];
}

function sectionsOf(output: string): readonly Section[] {
  const sections: Section[] = [{ heading: "", lines: [] }];
  for (const line of output.split("\n")) {
    if (HEADING.test(line)) {
      sections.push({ heading: line, lines: [] });
    } else {
      sections.at(-1)?.lines.push(line);
    }
  }
  return sections;
}

type ByResource = ReadonlyMap<string, readonly string[]>;

function operations(rows: readonly string[]): ByResource {
  const found = new Map<string, readonly string[]>();
  for (const row of rows) {
    const [, type = "", name = "", rest = ""] = ROW.exec(row) ?? [];
    const [, operation, more = ""] = OPERATION.exec(rest) ?? [];
    if (type === "" || type === STACK || operation === undefined) {
      continue;
    }
    const said = `${operation.replaceAll("*", "")}${more === "" ? "" : ` ${more}`}`;
    const before = found.get(name) ?? [];
    found.set(name, before.includes(said) ? before : [...before, said]);
  }
  return found;
}

/** Paragraphs under `type (name):`; that of the stack is what is said of the whole. */
function diagnostics(lines: readonly string[]): ByResource {
  const found = new Map<string, string[]>();
  let present: string[] = [];
  for (const line of lines) {
    const [, type, name = ""] = /^ {2}(\S+:\S+) \((.+)\):$/.exec(line) ?? [];
    if (type !== undefined) {
      const resource = type === STACK ? WHOLE : name;
      present = found.get(resource) ?? [];
      found.set(resource, present);
    } else if (line.trim() !== "") {
      present.push(line.replace(/^ {4}/, "").replace(/\t/g, "    ").trimEnd());
    }
  }
  const whole = found.get(WHOLE);
  return whole === undefined ? found : found.set(WHOLE, sortedParagraphs(whole));
}

/** What is said of the whole comes from two processes. */
function sortedParagraphs(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .split(/\n(?=\S)/)
    .sort()
    .flatMap((paragraph) => paragraph.split("\n"));
}

function byResource(operations: ByResource, said: ByResource, isWanted: (name: string) => boolean): readonly string[] {
  const names = [...new Set([...operations.keys(), ...said.keys()])].filter(isWanted).sort();
  return names.flatMap((name) => [
    `${name}: ${(operations.get(name) ?? []).join(", ")}`.trimEnd(),
    ...(said.get(name) ?? []).map((line) => `    ${line}`),
  ]);
}

/** Of resources that are deleted together, any may be the last, and how many are left at each differs. */
function withoutOrder(lines: readonly string[]): readonly string[] {
  const left = /(?:another resource has|\d+ other resources have) runs there/;
  return lines.filter((line) => left.test(line)).length < 2
    ? lines
    : lines.map((line) => line.replace(left, "<other resources> have runs there"));
}
