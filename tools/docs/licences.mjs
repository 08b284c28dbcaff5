// The page of licences: of what is installed together with this package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../pulumi/versions.mjs";

/**
 * Licences that ask for nothing but that their text and the authors' names are kept: what has one can be installed and passed on with
 * a package under Apache-2.0. Source: Apache Software Foundation, "3rd Party License Policy", category A.
 */
const COMPATIBLE = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

/** @throws when a package has another licence than these: somebody has to look at it. */
export function licencesPage(root = repositoryRoot) {
  const packages = installedPackages(root);
  const strange = packages.filter(({ licence }) => !COMPATIBLE.includes(licence));
  if (strange.length > 0)
    throw new Error(
      `these dependencies have licences that are not known to go with Apache-2.0: ${strange.map(({ name, licence }) => `${name} (${licence})`).join(", ")}; look at them, then take them out or add the licence to tools/docs/licences.mjs`,
    );
  const rows = COMPATIBLE.map((licence) => ({ licence, names: namesWith(packages, licence) }))
    .filter(({ names }) => names.length > 0)
    .map(({ licence, names }) => `| ${licence} | ${names.length} | ${names.map((name) => `\`${name}\``).join(", ")} |`);
  return `# Licences

<!-- Made by \`npm run docs\` from package-lock.json; a change by hand is lost. -->

\`azure-run-command\` is under [Apache-2.0](../LICENSE). \`npm install azure-run-command\` brings these packages along, of which none
asks for more than that its text and its authors' names are kept. Peers (\`@pulumi/pulumi\`, \`aws-cdk-lib\`, …) are your own choice.

| Licence | Packages | Which |
|---|---|---|
${rows.join("\n")}

The code of the Lambda functions, \`dist/constructs/lambda/index.js\`, has others within it: \`LICENSES.txt\` beside it has their names,
versions and texts. Versions and hashes of everything are in the bill of materials (CycloneDX) of each release.
`;
}

/** All but what is for development only, and peers. */
function installedPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([place, { dev, peer, devOptional }]) => place !== "" && !dev && !peer && !devOptional)
    .map(([place, { name, license }]) => ({
      name: name ?? place.replace(/^.*node_modules\//, ""),
      licence: license ?? "none",
    }));
}

function namesWith(packages, licence) {
  return [...new Set(packages.flatMap((one) => (one.licence === licence ? [one.name] : [])))].sort();
}
