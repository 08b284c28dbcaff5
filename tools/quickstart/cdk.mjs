// Runs the real CDK CLI on the quick start's copy of the app. It only synthesises, and so needs no AWS account.
import { join } from "node:path";
import { repositoryRoot } from "../pulumi/versions.mjs";
import { run } from "../run.mjs";
import { marked } from "./processes.mjs";

const CLI = join(repositoryRoot, "node_modules/aws-cdk/bin/cdk");

/** @param {{ folder: string, app: string }} workspace What still runs under its mark is ended with it. */
export function cdkOf({ folder, app }) {
  const env = marked(folder, { ...withoutAws(process.env), ...quiet(folder) });
  return {
    /**
     * @param {Record<string, string>} context What a user gives by `-c name=value`.
     * @returns {Promise<string>} The folder with the cloud assembly.
     */
    async synth(context) {
      const given = Object.entries(context).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      await run(process.execPath, [CLI, "synth", "--quiet", "--no-notices", ...given], {
        cwd: app,
        env,
        detached: true,
      });
      return join(app, "cdk.out");
    },
  };
}

/** Nothing of the user's AWS is looked up, not even which account it is. */
function withoutAws(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|CDK)_/.test(name)));
}

function quiet(folder) {
  return {
    AWS_CONFIG_FILE: join(folder, "aws-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "aws-credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    CDK_DISABLE_CLI_TELEMETRY: "true",
    CDK_HOME: join(folder, "cdk-home"),
    // npx finds the compiler here, and is not to look elsewhere.
    npm_config_offline: "true",
    npm_config_update_notifier: "false",
  };
}
