// Bundles the code of the Lambda functions into one file, with all that it needs: AWS Lambda installs nothing.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { licencesOf } from "./licences.mjs";

/** Where `constructs/handler-folder.ts` looks for it, in the folder that was compiled to. */
export const HANDLER_BUNDLE = "constructs/lambda/index.js";

/** What an update of a package may do to the time that a cold start takes is to be seen. Source: our own choice. */
const BUNDLE_MAX_BYTES = 700_000;

/**
 * The same sources give the same bytes, in whichever folder: the CDK takes the hash of the file for the version of the functions.
 *
 * @param {string} folder the folder that was compiled to
 * @returns {Promise<{ bytes: number, sha256: string, inputs: string[] }>} `inputs`: what is in it, as paths from the root.
 */
export async function bundleHandler(folder, root = repositoryRoot) {
  // Not at the top: on a fresh clone this file is loaded before the packages are there.
  const { build } = await import("esbuild");
  const outfile = join(folder, HANDLER_BUNDLE);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ["constructs/handler/index.ts"],
    outfile,
    bundle: true,
    platform: "node",
    // The older one of the two that AWS Lambda has.
    target: "node22",
    format: "cjs",
    // The AWS clients as modules, of which only what is used comes along.
    mainFields: ["module", "main"],
    minify: true,
    // The licences are in a file of their own.
    legalComments: "none",
    logLevel: "silent",
    metafile: true,
    plugins: [textBesideModule, credentialsOfFunction],
  });
  const text = readFileSync(outfile);
  if (text.length > BUNDLE_MAX_BYTES)
    throw new Error(
      `the code of the Lambda functions has ${text.length} bytes, more than ${BUNDLE_MAX_BYTES}: see what has come along (esbuild's metafile), or raise the limit`,
    );
  const inputs = Object.keys(metafile.inputs).sort();
  writeFileSync(join(folder, dirname(HANDLER_BUNDLE), "LICENSES.txt"), licencesOf(inputs, root));
  return { bytes: text.length, sha256: createHash("sha256").update(text).digest("hex"), inputs };
}

/**
 * AWS Lambda gives a function its role's credentials in environment variables. The other ways in which the clients look for some
 * (profiles, single sign-on, roles within roles) would be a seventh of the bundle.
 *
 * Source: AWS Lambda, "Defined runtime environment variables".
 */
const credentialsOfFunction = {
  name: "credentials-of-function",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@aws-sdk[/\\]credential-provider-node[/\\]dist-es[/\\]index[.]js$/ }, ({ path }) => ({
      contents: 'export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";',
      resolveDir: dirname(path),
    }));
  },
};

/** The runner is read from a file beside its module, which there is none of in a bundle: its text takes the place of the reading. */
const textBesideModule = {
  name: "text-beside-module",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]core[/\\]guest[/\\]runner-text[.]ts$/ }, ({ path }) => {
      const reading = /readFileSync\(join\(__dirname, "([^"]+)"\), "utf8"\)/;
      const source = readFileSync(path, "utf8");
      const [, name] = reading.exec(source) ?? [];
      if (name === undefined) throw new Error(`${path} does not read its text as tools/set-up/handler.mjs expects it`);
      const text = readFileSync(join(dirname(path), name), "utf8");
      return { contents: source.replace(reading, () => JSON.stringify(text)), loader: "ts", watchFiles: [path] };
    });
  },
};
