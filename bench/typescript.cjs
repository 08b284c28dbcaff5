/** Lets Node load the TypeScript of this repository as it is, as jest does: one file, one transpiled module. */
const { readFileSync } = require("node:fs");
const { transformSync } = require("@swc/core");

const OPTIONS = {
  jsc: { parser: { syntax: "typescript", decorators: true }, target: "es2022" },
  module: { type: "commonjs", ignoreDynamic: true },
  sourceMaps: "inline",
};

require.extensions[".ts"] = (module, filename) => {
  module._compile(transformSync(readFileSync(filename, "utf8"), { ...OPTIONS, filename }).code, filename);
};
process.setSourceMapsEnabled(true);
