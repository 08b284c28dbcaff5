/** Certificates of one start: a root, a server certificate below it, and one for signing operation URLs. */
import "reflect-metadata";
import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export const ROOT_COMMON_NAME = "azure-run-command simulator root";

export interface Certificates {
  /** What clients have to trust. */
  readonly rootPem: string;
  readonly serverCertificatePem: string;
  readonly serverKeyPem: string;
  /** DER of the certificate whose key signs operation URLs; about 2 KB, as Azure's. */
  readonly operationCertificate: Buffer;
  readonly operationKey: KeyObject;
}

/** How long certificates hold: longer than anyone leaves a simulator running. */
const LIFETIME_MS = 30 * 24 * 3_600_000;
/** Clocks of containers may be behind. */
const BACKDATED_MS = 24 * 3_600_000;
/** Fills the certificate in operation URLs to the size of Azure's (1,992 bytes). Source: recording operation-deallocate. */
const OPERATION_CERTIFICATE_FILLING_BYTES = 1_337;
const ELLIPTIC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;

/** A root and not a bare leaf, since Python's `requests` takes only a root. Source: azure-wire.md 10.1. */
export async function createCertificates(nowMs: number): Promise<Certificates> {
  const validity = { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + LIFETIME_MS) };
  const [rootKeys, serverKeys, operationKeys] = await Promise.all([
    webcrypto.subtle.generateKey(ELLIPTIC, true, ["sign", "verify"]),
    webcrypto.subtle.generateKey(ELLIPTIC, true, ["sign", "verify"]),
    webcrypto.subtle.generateKey(RSA, true, ["sign", "verify"]),
  ]);
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=${ROOT_COMMON_NAME}`,
    ...validity,
    keys: rootKeys,
    signingAlgorithm: ELLIPTIC,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(rootKeys.publicKey, false),
    ],
  });
  const issue = async (
    commonName: string,
    publicKey: webcrypto.CryptoKey,
    extensions: readonly Extension[],
  ): Promise<X509Certificate> =>
    X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      issuer: root.subject,
      subject: `CN=${commonName}`,
      ...validity,
      publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm: ELLIPTIC,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await AuthorityKeyIdentifierExtension.create(rootKeys.publicKey, false),
        ...extensions,
      ],
    });
  const server = await issue("localhost", serverKeys.publicKey, [
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
    new SubjectAlternativeNameExtension([
      { type: "dns", value: "localhost" },
      { type: "ip", value: "127.0.0.1" },
      { type: "ip", value: "::1" },
    ]),
  ]);
  const operation = await issue("asyncoperationsigningcertificate.management.azure.com", operationKeys.publicKey, [
    new Extension("1.3.6.1.4.1.99999.1", false, randomBytes(OPERATION_CERTIFICATE_FILLING_BYTES)),
  ]);
  return {
    rootPem: `${root.toString("pem")}\n`,
    serverCertificatePem: `${server.toString("pem")}\n`,
    serverKeyPem: await privateKeyPem(serverKeys.privateKey),
    operationCertificate: Buffer.from(operation.rawData),
    operationKey: createPrivateKey(await privateKeyPem(operationKeys.privateKey)),
  };
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Sixteen random bytes, positive (RFC 5280, section 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
