/** The environment that every Azure client understands: which variables, and the file that carries them to a shell. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { CannotStart } from "./problem";
import { reasonOf } from "./state";

/** Clients read one of these for extra or other roots. The first adds to the built-in roots, the others replace the system's. */
export const TRUST_VARIABLES = ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] as const;
export type TrustVariable = (typeof TRUST_VARIABLES)[number];

/** Where distributions keep their roots, in one file. Source: Go crypto/x509 root_linux.go, the same list. */
const SYSTEM_BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

export interface EnvironmentFacts {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://localhost:43210` */
  readonly endpoint: string;
  readonly key: string;
  readonly trust: Readonly<Record<TrustVariable, string>>;
}

export function environmentVariables(facts: EnvironmentFacts): Readonly<Record<string, string>> {
  return {
    ARM_SUBSCRIPTION_ID: facts.subscriptionId,
    ARM_TENANT_ID: facts.tenantId,
    ARM_CLIENT_ID: facts.clientId,
    ARM_CLIENT_SECRET: facts.clientSecret,
    ARM_METADATA_HOSTNAME: facts.endpoint.replace(/^https:\/\//, ""),
    AZURE_SUBSCRIPTION_ID: facts.subscriptionId,
    AZURE_TENANT_ID: facts.tenantId,
    AZURE_CLIENT_ID: facts.clientId,
    AZURE_CLIENT_SECRET: facts.clientSecret,
    AZURE_AUTHORITY_HOST: facts.endpoint,
    // Else az asks login.microsoftonline.com whether the authority is one of Microsoft's, and fails. Observed with az 2.91.0.
    AZURE_CORE_INSTANCE_DISCOVERY: "false",
    ...facts.trust,
    AZURE_RUN_COMMAND_SIMULATOR_KEY: facts.key,
  };
}

/** `export NAME='value'`, safe for any POSIX shell: within single quotes only the quote itself is special. */
export function exportLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replace(/'/g, "'\\''")}'\n`)
    .join("");
}

export interface TrustPlan {
  /** What each variable's file holds. */
  readonly contents: Readonly<Record<TrustVariable, string>>;
  readonly warnings: readonly string[];
}

/**
 * A variable that is set already (a company's proxy) keeps its certificates, and the simulator's root is added. One that is
 * not set: the root alone where clients add it to their own (Node), the root and the system's where it takes their place.
 * @param read gives a file's text, or throws.
 */
export function planTrust(
  rootPem: string,
  environment: Readonly<Record<string, string | undefined>>,
  read: (file: string) => string,
): TrustPlan {
  const warnings: string[] = [];
  const given = (variable: TrustVariable): string | undefined => {
    const file = environment[variable];
    if (file === undefined || file === "") {
      return undefined;
    }
    try {
      return read(file);
    } catch (error) {
      warnings.push(
        `${variable} names '${file}', which cannot be read (${reasonOf(error)}); going on as if it were not set`,
      );
      return undefined;
    }
  };
  const system = (): string => {
    for (const file of SYSTEM_BUNDLES) {
      try {
        return read(file);
      } catch {
        // Other distributions have it elsewhere.
      }
    }
    return "";
  };
  const contents = {
    NODE_EXTRA_CA_CERTS: joinPem(given("NODE_EXTRA_CA_CERTS") ?? "", rootPem),
    REQUESTS_CA_BUNDLE: joinPem(given("REQUESTS_CA_BUNDLE") ?? system(), rootPem),
    SSL_CERT_FILE: joinPem(given("SSL_CERT_FILE") ?? system(), rootPem),
  };
  return { contents, warnings };
}

function joinPem(first: string, second: string): string {
  return first === "" || first.endsWith("\n") ? `${first}${second}` : `${first}\n${second}`;
}

/**
 * Writes one file for each different content.
 *
 * @param prefix of the files' paths. Beside the env-file they outlive the simulator: a shell that has sourced it would
 * else be left without any roots.
 * @returns the file of each variable.
 */
export function writeTrustFiles(prefix: string, plan: TrustPlan): Readonly<Record<TrustVariable, string>> {
  const write = (variable: TrustVariable): string => {
    const first = TRUST_VARIABLES.find((other) => plan.contents[other] === plan.contents[variable]) ?? variable;
    const file = `${prefix}${first.toLowerCase().replace(/_/g, "-")}.pem`;
    if (first === variable) {
      writeFileSync(file, plan.contents[variable], { mode: 0o644 });
    }
    return file;
  };
  return {
    NODE_EXTRA_CA_CERTS: write("NODE_EXTRA_CA_CERTS"),
    REQUESTS_CA_BUNDLE: write("REQUESTS_CA_BUNDLE"),
    SSL_CERT_FILE: write("SSL_CERT_FILE"),
  };
}

/** The trust files beside the env-file, then the env-file. @returns what it holds. */
export function writeEnvironment(
  file: string,
  facts: Omit<EnvironmentFacts, "trust">,
  plan: TrustPlan,
): Readonly<Record<string, string>> {
  try {
    const variables = environmentVariables({ ...facts, trust: writeTrustFiles(`${resolve(file)}.`, plan) });
    writeEnvironmentFile(file, variables);
    return variables;
  } catch (error) {
    if (error instanceof CannotStart) {
      throw error;
    }
    throw new CannotStart({ kind: "EnvironmentFileNotWritable", file, why: reasonOf(error) }, { cause: error });
  }
}

/** Replaces the file in one step. It is never readable by others, not even for a moment: the draft is made with mode 0600. */
export function writeEnvironmentFile(file: string, variables: Readonly<Record<string, string>>): void {
  const draft = `${file}.${process.pid}.draft`;
  try {
    rmSync(draft, { force: true });
    const descriptor = openSync(draft, "wx", 0o600);
    try {
      writeSync(descriptor, exportLines(variables));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new CannotStart({ kind: "EnvironmentFileNotWritable", file, why: reasonOf(error) }, { cause: error });
  }
}

export function readText(file: string): string {
  return readFileSync(file, "utf8");
}
