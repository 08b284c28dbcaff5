/** Who may import whom. Why: core is shared by every front end, and the product must not know that a simulator exists. */
module.exports = {
  forbidden: [
    {
      name: "core-stands-alone",
      comment:
        "core is what both front ends share: it imports neither of them, nor the simulator, nor the command line",
      severity: "error",
      from: { path: "^core/" },
      to: { path: "^(provider|constructs|azure-native|simulator|cli)/" },
    },
    {
      name: "core-knows-no-engine",
      comment: "whoever uses one front end does not install the engine of the other",
      severity: "error",
      from: { path: "^core/" },
      to: {
        path: "(^|/)node_modules/(@pulumi|@aws-sdk|@aws-cdk|aws-cdk-lib|aws-sdk|constructs)(/|$)|^(@pulumi|@aws-sdk|aws-cdk-lib)(/|$)|^constructs$",
      },
    },
    {
      name: "front-ends-are-apart",
      comment: "a user of Pulumi has no CDK, and the other way round",
      severity: "error",
      from: { path: "^(provider|constructs)/" },
      to: { path: "^(provider|constructs|azure-native|simulator|cli)/", pathNot: "^$1/" },
    },
    {
      name: "simulator-stands-alone",
      comment:
        "a simulator that used the product's code would repeat the product's mistakes, and no test would see them",
      severity: "error",
      from: { path: "^simulator/" },
      to: { path: "^(core|provider|constructs|azure-native|cli)/" },
    },
    {
      name: "nothing-shipped-imports-tests",
      comment: "test, bench, examples and tools are not in the package",
      severity: "error",
      from: { path: "^(core|provider|constructs|azure-native|simulator|cli)/" },
      to: { path: "^(test|bench|examples|tools)/" },
    },
    {
      name: "bench-measures-from-outside",
      comment:
        "what is measured is the built package, loaded by its name as users do; the sources would measure something else",
      severity: "error",
      from: { path: "^bench/" },
      to: { path: "^(provider|constructs|cli)/", dependencyTypesNot: ["type-only", "type-import"] },
    },
    {
      name: "nothing-shipped-imports-development-packages",
      comment: "a user has the dependencies and the peers that were chosen, not the devDependencies",
      severity: "error",
      from: { path: "^(core|provider|constructs|azure-native|simulator|cli)/", pathNot: "^constructs/handler/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "type-only"] },
    },
    {
      name: "handler-brings-aws-clients-along",
      comment:
        "the code of the Lambda functions is bundled with the AWS clients, which are devDependencies for that; it needs nothing else",
      severity: "error",
      from: { path: "^constructs/handler/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-peer"],
        dependencyTypesNot: ["type-only"],
        pathNot: "^node_modules/@aws-sdk/client-",
      },
    },
    {
      name: "handler-is-a-program-of-its-own",
      comment: "it shares the contract with the constructs, and nothing that would bring the CDK along",
      severity: "error",
      from: { path: "^constructs/handler/" },
      to: { path: "^constructs/", pathNot: "^constructs/(handler/|resource-properties[.]ts$|vm-id[.]ts$)" },
    },
    {
      name: "handler-is-bundled",
      comment: "nothing of it is compiled to a file that others could load",
      severity: "error",
      from: { path: "^(core|provider|constructs|azure-native|simulator|cli)/", pathNot: "^constructs/handler/" },
      to: { path: "^constructs/handler/" },
    },
    {
      name: "shim-imports-types-only",
      comment:
        "what the shim imports is serialised into the state of every resource; node:module finds the installed package",
      severity: "error",
      from: { path: "^provider/shim[.]ts$" },
      to: { dependencyTypesNot: ["type-only"], pathNot: "^(node:)?module$" },
    },
    {
      name: "no-cycles",
      comment: "files that need each other are one file, or lack a third; a cycle of types alone is one too",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "imports-can-be-found",
      comment: "a misspelt path would escape the other rules",
      severity: "error",
      from: { path: "^(core|provider|constructs|azure-native|simulator|cli|bench)/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["node", "import", "require", "default", "types"],
    },
  },
};
