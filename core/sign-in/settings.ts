/** Which subscription, cloud and credentials are meant, how long operations wait, and which setting says so. Pure. */
import { type CredentialChoice, chooseCredential } from "./credential-choice";
import { type LookUp, type Setting, settingReader } from "./setting";
import { readWaitSlice, type WaitSlice } from "./wait-slice";

export type CloudChoice =
  | { readonly kind: "named"; readonly name: Setting }
  | { readonly kind: "metadata"; readonly host: Setting };

export interface Settings {
  readonly subscriptionId: Setting | undefined;
  readonly cloud: CloudChoice;
  readonly credential: CredentialChoice;
  readonly waitSliceSeconds: WaitSlice;
}

/**
 * Reads the settings: first the stack's configuration under azure-native's names, then `ARM_*`, then `AZURE_*`.
 *
 * @param config looks up `azure-native:<name>`.
 * @param environment looks up an environment variable.
 */
export function readSettings(config: LookUp, environment: LookUp): Settings {
  const read = settingReader(config, environment);
  const metadataHost = read("metadataHost", "ARM_METADATA_HOSTNAME");
  return {
    subscriptionId: read("subscriptionId", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"),
    cloud:
      metadataHost === undefined
        ? {
            kind: "named",
            name: read("environment", "ARM_ENVIRONMENT") ?? { value: "public", source: "the default", rank: 3 },
          }
        : { kind: "metadata", host: metadataHost },
    credential: chooseCredential(read),
    waitSliceSeconds: readWaitSlice(environment),
  };
}
