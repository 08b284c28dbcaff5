// The reference of the package's TypeScript, a page for each entry point, made by TypeDoc from the comments beside the code.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import GithubSlugger from "github-slugger";
import { Application, Converter, ReflectionKind } from "typedoc";
import { repositoryRoot } from "../pulumi/versions.mjs";

/** In the order of the index. */
const PAGES = [
  {
    name: "pulumi",
    source: "provider/index.ts",
    module: "azure-run-command",
    about: "The Pulumi resources and functions.",
  },
  {
    name: "azure-native",
    source: "azure-native/index.ts",
    module: "azure-run-command/azure-native",
    about: "What goes with `@pulumi/azure-native`.",
  },
  {
    name: "cdk",
    source: "constructs/index.ts",
    module: "azure-run-command/constructs",
    about: "The AWS CDK constructs.",
  },
];
const MADE = "<!-- Made by `npm run docs` from the comments in the code; a change by hand is lost. -->";

/** What the tags mean that TypeDoc does not know. `@attribute` is the CDK's: an attribute of the CloudFormation resource. */
const BLOCK_TAGS = ["@attribute", "@default", "@example", "@param", "@remarks", "@returns", "@see", "@throws"];

const OPTIONS = {
  router: "module",
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeTags: ["@attribute"],
  blockTags: BLOCK_TAGS,
  hideGenerator: true,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: "table",
  classPropertiesFormat: "list",
  interfacePropertiesFormat: "list",
  enumMembersFormat: "table",
  sort: ["source-order"],
  // `npm run types` checks the types.
  skipErrorChecking: true,
  logLevel: "Warn",
};

/** @returns {Promise<Record<string, string>>} texts by path; the same sources give the same ones in any folder. */
export async function referencePages(root = repositoryRoot) {
  // Never the default: TypeDoc empties the folder that it writes to.
  const out = mkdtempSync(join(tmpdir(), "reference-"));
  try {
    await generate(root, out);
    const texts = PAGES.map((page) => [`docs/reference/${page.name}.md`, pageText(page, out)]);
    return { "docs/reference/README.md": indexText(), ...Object.fromEntries(texts) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function generate(root, out) {
  const tsconfig = join(out, "tsconfig.json");
  const files = PAGES.map(({ source }) => join(root, source));
  const compilerOptions = { types: ["node"], typeRoots: [join(root, "node_modules/@types")] };
  writeFileSync(
    tsconfig,
    JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }),
  );
  const app = await Application.bootstrapWithPlugins({
    ...OPTIONS,
    entryPoints: files,
    basePath: root,
    tsconfig,
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: join(out, "pages") }],
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => tidy(project));
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the sources: see what it printed");
  byName(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error("TypeDoc complained about the comments: mend what it printed, then try again");
}

/** Names the pages, and leaves out what a type has from another one of which it says that it extends it. */
function tidy(project) {
  for (const [index, module] of (project.children ?? []).entries()) module.name = PAGES[index]?.name ?? module.name;
  const inherited = project
    .getReflectionsByKind(ReflectionKind.ClassOrInterface)
    .flatMap(({ children }) => children ?? [])
    .filter(({ inheritedFrom, kind }) => inheritedFrom !== undefined && kind !== ReflectionKind.Constructor);
  for (const reflection of inherited) project.removeReflection(reflection);
}

/** What a module has, by name; the members of each stay in the order of the source. */
function byName({ children: modules = [] }) {
  for (const { groups = [] } of modules)
    for (const { children } of groups) children.sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function pageText({ name, module }, out) {
  const text = readFileSync(join(out, "pages", `${name}.md`), "utf8");
  const [, body] = /^# .*\n([\s\S]*)$/.exec(text) ?? [];
  if (body === undefined) throw new Error(`TypeDoc's page for ${module} does not begin as expected`);
  const members = withoutNoise(body).trimEnd();
  const withContents = members.replace(/^## /m, (heading) => `${contentsOf(members)}\n\n${heading}`);
  return `# ${module}\n\n${MADE}\n${withContents}\n\nAll pages: [reference](README.md).\n`;
}

/** The groups of a page, and what is in them. */
function contentsOf(body) {
  const slugger = new GithubSlugger();
  const lines = [];
  for (const [, level, heading] of body.matchAll(/^(#+) (.+)$/gm)) {
    const anchor = slugger.slug(heading.replaceAll("`", ""));
    if (level === "##") lines.push(`- ${heading}:`);
    if (level === "###") lines.push(`${lines.pop()} [${heading.replace(/^`abstract` |\(\)$/g, "")}](#${anchor})`);
  }
  return lines.map((line) => line.replaceAll(") [", "), [")).join("\n");
}

/** Defaults are mostly words, not code; and which constructor of Pulumi's or the CDK's is overridden is nobody's concern. */
function withoutNoise(body) {
  return body
    .replace(/^#+ Default\n\n```ts\n([\s\S]*?)\n```$/gm, (_, text) => `**Default:** ${text.replace(/^- /, "")}`)
    .replace(/^#+ Default\n\n(?=\S)/gm, "**Default:** ")
    .replace(/^#+ (?:Overrides|Implementation of)\n\n.*\n\n/gm, "")
    .replace(/^##### Constructor\n\n/gm, "")
    .replaceAll("`OutputInstance`", "`Output`")
    .replaceAll("__namedParameters", "args");
}

function indexText() {
  const rows = PAGES.map(({ name, module, about }) => `| [\`${module}\`](${name}.md) | ${about} |`);
  const table = ["| Import from | What is there |", "|---|---|", ...rows].join("\n");
  return `# Reference\n\n${MADE}\n\n${table}\n\nWhat these do, and when, is told in the [documents](../README.md).\n`;
}
