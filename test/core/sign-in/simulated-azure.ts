/** A session with a simulated Azure: real HTTPS, real `@azure/identity`; every request is seen, and none leaves this machine. */
import {
  createDefaultHttpClient,
  createHttpHeaders,
  type HttpClient,
  type PipelineRequest,
  RestError,
} from "@azure/core-rest-pipeline";
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { ArmReply } from "../../../core/arm/arm-client";
import type { Outside } from "../../../core/outside";
import { openSession, type Session } from "../../../core/run/session";
import type { CredentialChoice } from "../../../core/sign-in/credential-choice";
import { type LoadCredential, loadCredential } from "../../../core/sign-in/identity-library";
import { readSettings } from "../../../core/sign-in/settings";
import type { Running } from "../../simulator/running";

export type Values = Readonly<Record<string, string>>;

export interface Seen {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly status: number | string;
  /** Of a form, or of the query. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly header: (name: string) => string | undefined;
}

/** What another host answers; without an answer nobody is there. */
export type Elsewhere = (request: PipelineRequest) => { status: number; body: object } | undefined;

export interface Client {
  readonly session: Session;
  readonly seen: readonly Seen[];
  /** How far the client's clock is ahead of this machine's. */
  aheadMs: number;
  /** A question to ARM. */
  ask(): Promise<ArmReply>;
  tokenRequests(): readonly Seen[];
  /** The claims of the token with which the last question was asked. */
  lastClaims(): JWTPayload;
}

export interface ClientOptions {
  readonly environment?: Values;
  /** The stack's configuration, below `azure-native:`. */
  readonly config?: Values;
  readonly elsewhere?: Elsewhere;
  /** In the place of what the settings say. */
  readonly credential?: CredentialChoice;
  /** @default that of `@azure/identity` */
  readonly loadCredential?: LoadCredential;
}

/** @param sim where ARM and Entra are; their address is in ARM_METADATA_HOSTNAME unless the environment names a cloud. */
export function openClient(sim: Running, options: ClientOptions): Client {
  const { environment = {}, config = {}, elsewhere, credential } = options;
  const seen: Seen[] = [];
  const home = new URL(sim.simulator.endpoint).host;
  const real = createDefaultHttpClient();
  const answer = async (request: PipelineRequest): Promise<Awaited<ReturnType<HttpClient["sendRequest"]>>> => {
    if (new URL(request.url).host === home) {
      request.tlsSettings = { ca: sim.simulator.rootCertificate };
      // The library leaves the timer of a request that failed running, and jest would wait for it.
      request.timeout = 0;
      return real.sendRequest(request);
    }
    const given = elsewhere?.(request);
    if (given === undefined) {
      throw new RestError(`connect ENETUNREACH ${new URL(request.url).host}`, { code: "ENETUNREACH", request });
    }
    return { request, status: given.status, headers: createHttpHeaders(), bodyAsText: JSON.stringify(given.body) };
  };
  const sendRequest = async (request: PipelineRequest) => {
    const headers = new Map(Object.entries(request.headers.toJSON()));
    const note = (status: number | string) =>
      seen.push({ ...describe(request), status, header: (name) => headers.get(name) });
    try {
      const response = await answer(request);
      note(response.status);
      return response;
    } catch (error) {
      note(error instanceof RestError ? (error.code ?? "?") : "?");
      throw error;
    }
  };
  const variables: Values = environment.ARM_ENVIRONMENT ? environment : { ARM_METADATA_HOSTNAME: home, ...environment };
  const outside: Outside = {
    nowMs: () => Date.now() + client.aheadMs,
    sleep: async () => undefined,
    randomHex: (bytes) => "0".repeat(bytes * 2),
    environment: (name) => variables[name],
    httpClient: async () => ({ sendRequest }),
  };
  const read = readSettings((name) => config[name], outside.environment);
  const settings = { ...read, credential: credential ?? read.credential };
  const load = options.loadCredential ?? loadCredential;
  const session = openSession({ settings, outside, loadCredential: load, userAgent: "test", waitSliceSeconds: 60 });
  const client: Client = {
    session,
    seen,
    aheadMs: 0,
    ask: async () => (await session.client()).get(`${sim.machine}?api-version=2024-11-01`),
    tokenRequests: () => seen.filter(({ path }) => path.endsWith("/token")),
    lastClaims: () => decodeJwt(lastQuestion(seen)?.header("authorization")?.replace("Bearer ", "") ?? ""),
  };
  return client;
}

export function lastQuestion(seen: readonly Seen[]): Seen | undefined {
  return seen.findLast(({ path }) => path.startsWith("/subscriptions/"));
}

function describe({ method, url, body }: PipelineRequest): Pick<Seen, "method" | "host" | "path" | "parameters"> {
  const { host, pathname: path, searchParams } = new URL(url);
  const parameters = method === "POST" && typeof body === "string" ? new URLSearchParams(body) : searchParams;
  return { method, host, path: path.replace(/\/$/, ""), parameters: Object.fromEntries(parameters) };
}

/** The message of what `ask` fails with. */
export async function failureOf(client: Client): Promise<string> {
  const outcome = await client.ask().then(
    (reply) => `answered with ${reply.status}`,
    (error: unknown) => error,
  );
  return outcome instanceof Error ? outcome.message : String(outcome);
}

export async function put(sim: Running, path: string, body: unknown): Promise<void> {
  const answer = await sim.admin(path, { method: "PUT", body: JSON.stringify(body) });
  if (answer.status !== 200) {
    throw new Error(`${path}: ${answer.status} ${answer.body}`);
  }
}

/** An issuer of tokens that Entra can be told to trust, as GitHub Actions or a cluster is one. */
export interface Issuer {
  readonly jwks: object;
  sign(claims?: JWTPayload): Promise<string>;
}

export const FEDERATED = {
  issuer: "https://token.actions.example",
  subject: "repo:company/shop:environment:production",
  audience: "api://AzureADTokenExchange",
} as const;

export async function createIssuer(): Promise<Issuer> {
  const keys = await generateKeyPair("RS256");
  const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: "1", alg: "RS256" }] };
  return {
    jwks,
    sign: (claims = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1_000);
      const { issuer: iss, subject: sub, audience: aud } = FEDERATED;
      return new SignJWT({ iss, sub, aud, iat: nowSeconds, exp: nowSeconds + 300, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "1" })
        .sign(keys.privateKey);
    },
  };
}
