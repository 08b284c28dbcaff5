/** What is to be heeded, and does not keep an app from being deployed. */
export interface Warning {
  /** By which it is acknowledged: `azure-run-command:…`. */
  readonly id: string;
  readonly message: string;
}
