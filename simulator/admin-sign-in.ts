/** The part of `/_simulator` that says who may sign in, and how. */
import type { FastifyInstance } from "fastify";
import type { JSONWebKeySet } from "jose";
import { speakJson } from "./admin-json";
import {
  type FederatedCredential,
  type ManagedIdentity,
  type Registrations,
  readClientCertificate,
} from "./entra/registrations";

export interface AdminSignInOptions {
  readonly registrations: Registrations;
}

/** A day: longer than Entra's tokens of service principals live, and what IMDS gives out. */
const TOKEN_LIFETIME_MAX_SECONDS = 86_400;

const TEXT = { type: "string", minLength: 1 } as const;
const CERTIFICATE_SCHEMA = {
  type: "object",
  required: ["pem"],
  additionalProperties: false,
  properties: { pem: { type: ["string", "array"], items: TEXT } },
} as const;
const FEDERATED_SCHEMA = {
  type: "array",
  items: {
    type: "object",
    required: ["issuer", "subject", "audience", "jwks"],
    additionalProperties: false,
    properties: {
      issuer: TEXT,
      subject: TEXT,
      audience: TEXT,
      jwks: { type: "object", required: ["keys"], properties: { keys: { type: "array" } } },
    },
  },
} as const;
const TENANTS_SCHEMA = { type: "array", items: TEXT } as const;
const LIFETIME_SCHEMA = {
  type: "object",
  required: ["seconds"],
  additionalProperties: false,
  properties: { seconds: { type: "integer", minimum: 1, maximum: TOKEN_LIFETIME_MAX_SECONDS } },
} as const;
const IDENTITY_SCHEMA = {
  type: "object",
  required: ["enabled"],
  additionalProperties: false,
  properties: { enabled: { type: "boolean" }, clientId: TEXT },
} as const;

/** Each PUT takes the place of what was there before. */
export async function adminSignInPlugin(app: FastifyInstance, { registrations }: AdminSignInOptions): Promise<void> {
  speakJson(app);
  app.put<{ Body: { pem: string | string[] } }>(
    "/client-certificates",
    { schema: { body: CERTIFICATE_SCHEMA } },
    async (request, reply) => {
      const read = [request.body.pem].flat().map(readClientCertificate);
      const certificates = read.filter((certificate) => certificate !== undefined);
      if (certificates.length < read.length) {
        return reply.code(400).send({ error: "pem is no certificate in PEM: -----BEGIN CERTIFICATE----- …" });
      }
      registrations.clientCertificates = certificates;
      return { thumbprints: certificates.map(({ certificate }) => certificate.fingerprint256.replace(/:/g, "")) };
    },
  );
  app.put<{ Body: { issuer: string; subject: string; audience: string; jwks: JSONWebKeySet }[] }>(
    "/federated-credentials",
    { schema: { body: FEDERATED_SCHEMA } },
    async (request): Promise<readonly Omit<FederatedCredential, "jwks">[]> => {
      registrations.federatedCredentials = request.body;
      return request.body.map(({ issuer, subject, audience }) => ({ issuer, subject, audience }));
    },
  );
  app.put<{ Body: string[] }>("/other-tenants", { schema: { body: TENANTS_SCHEMA } }, async (request) => {
    registrations.otherTenants = request.body.map((tenant) => tenant.toLowerCase());
    return registrations.otherTenants;
  });
  app.put<{ Body: { seconds: number } }>("/token-lifetime", { schema: { body: LIFETIME_SCHEMA } }, async (request) => {
    registrations.tokenLifetimeSeconds = request.body.seconds;
    return { seconds: registrations.tokenLifetimeSeconds };
  });
  app.put<{ Body: ManagedIdentity }>("/managed-identity", { schema: { body: IDENTITY_SCHEMA } }, async (request) => {
    registrations.managedIdentity = request.body;
    return registrations.managedIdentity;
  });
}
