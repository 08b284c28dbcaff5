/** One setting: where it is looked for, in which order, and what to call it in a message. Pure. */

/** One value with the name of the setting that it came from, for messages. */
export interface Setting {
  readonly value: string;
  readonly source: string;
  /** Lower goes first: 0 the stack's configuration, 1 `ARM_*`, 2 everything else. */
  readonly rank: number;
}

/** Looks one name up in one place. */
export type LookUp = (name: string) => string | undefined;

/** Reads one setting, by its name in azure-native's configuration and by its environment variables in their order. */
export type Read = (configName: string, ...variables: string[]) => Setting | undefined;

/**
 * First the stack's configuration under azure-native's names, then `ARM_*`, then `AZURE_*` and others. An empty value is as
 * good as none.
 *
 * @param config looks up `azure-native:<name>`.
 * @param environment looks up an environment variable.
 */
export function settingReader(config: LookUp, environment: LookUp): Read {
  return (configName, ...variables) => {
    const configured = config(configName) ?? "";
    if (configured !== "") {
      return { value: configured, source: `azure-native:${configName}`, rank: 0 };
    }
    for (const variable of variables) {
      const value = environment(variable) ?? "";
      if (value !== "") {
        return { value, source: variable, rank: variable.startsWith("ARM_") ? 1 : 2 };
      }
    }
    return undefined;
  };
}

/** Whether a setting switches something on. Source: Terraform takes what Go's `ParseBool` takes; azure-native takes "true". */
export function isOn(setting: Setting | undefined): setting is Setting {
  return setting !== undefined && /^(true|t|1)$/i.test(setting.value);
}
