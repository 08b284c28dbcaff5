/** Three kinds of tests; each folder mirrors a folder of the sources, beside `e2e` (the real Pulumi engine) and `package`. */
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript", decorators: true }, target: "es2022" }, module: { type: "commonjs" } }],
  },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/.quickstart/", "<rootDir>/.engine/"],
};
