import { VERSION } from "../core/version";

/** What Azure's logs call this half of the package by. */
export const USER_AGENT = `azure-run-command/${VERSION} pulumi`;
