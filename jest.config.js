const { availableParallelism } = require("node:os");

/** Three kinds of tests; each folder mirrors a folder of the sources, beside `e2e` (the real Pulumi engine) and `package`. */
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript", decorators: true }, target: "es2022" },
        module: { type: "commonjs" },
      },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/dist\\.", "<rootDir>/.quickstart/"],
  // A machine that is busy is no fault: what hangs is found all the same.
  testTimeout: 60_000,
  testSequencer: "<rootDir>/test/support/slowest-first.cjs",
  // The end-to-end tests have processes of their own, which need the other cores, and wait for about a third of their time.
  maxWorkers: Math.max(3, Math.floor(availableParallelism() / 2) + 1),
};
