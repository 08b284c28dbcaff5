/** The words among which a prop of a run command chooses. Their values are those of the Pulumi half. */

/** What it means that the VM is restarted while the script runs, by the script or by somebody else. */
export enum RebootPolicy {
  /** The deployment fails. */
  FAIL = "fail",
  /** The script runs again from the beginning, at once. */
  RERUN = "rerun",
  /** The script runs again and is told so: `$AZURE_RUN_COMMAND_BOOT` is 1 first, then 2 and so on. */
  CONTINUE = "continue",
}

/** Which streams of a script go to the log of the Lambda function. */
export enum RunCommandLogging {
  /** What the script printed to stdout. */
  STDOUT = "stdout",
  /** What the script printed to stderr. */
  STDERR = "stderr",
  /** Both. */
  STDOUT_AND_STDERR = "stdoutAndStderr",
  /** Neither. */
  NONE = "none",
}

/** What it means that the `delete` script failed. */
export enum DeleteFailure {
  /** The deletion fails, and the next one tries again. */
  FAIL = "fail",
  /** The log of the Lambda function tells of it, and the deletion goes on. */
  IGNORE = "ignore",
}

/** When the deletion of a run command takes the extension `RunCommandLinux` off the VM. */
export enum RemoveExtension {
  /** When no other resource of this package, of any stack or program, has runs there. */
  WHEN_LAST = "whenLast",
  /** Whatever else is there, and whatever another client is running. */
  ALWAYS = "always",
  /** Never. */
  NEVER = "never",
}

/** What the update does that CloudFormation sends with the old properties to roll back a failed one. */
export enum RollbackBehavior {
  /** The script as it was before runs again, or the `update` script as it was before. */
  RERUN = "RERUN",
  /** Nothing runs; the attributes are those of the newest run that was a success. */
  SKIP = "SKIP",
}

/** The clouds of Azure. */
export enum AzureCloud {
  /** The public cloud. */
  PUBLIC = "public",
  /** Azure Government. */
  US_GOVERNMENT = "usgovernment",
  /** Azure China, operated by 21Vianet. */
  CHINA = "china",
}
