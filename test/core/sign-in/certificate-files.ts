/** Client certificates as files, in the forms in which users have them. */
import { createPrivateKey, webcrypto } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata";
import { X509CertificateGenerator } from "@peculiar/x509";

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const;
const ELLIPTIC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;

export interface CertificateFiles {
  /** What is uploaded to the application. */
  readonly certificatePem: string;
  readonly derPath: string;
  readonly pemPath: string;
  /** The key in it is encrypted. */
  readonly encryptedPath: string;
  readonly withoutKeyPath: string;
}

const generate = (algorithm: typeof RSA | typeof ELLIPTIC) =>
  webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;

let generated: ReturnType<typeof generate> | undefined;

/** One pair for a whole file of tests: making one takes a while. */
function rsaKeys(): ReturnType<typeof generate> {
  generated ??= generate(RSA);
  return generated;
}

export async function writeCertificateFiles(
  folder: string,
  password: string,
  { elliptic = false, endedDaysAgo = 0 } = {},
): Promise<CertificateFiles> {
  const algorithm = elliptic ? ELLIPTIC : RSA;
  const keys = await (elliptic ? generate(ELLIPTIC) : rsaKeys());
  const endsAtMs = Date.now() + (endedDaysAgo > 0 ? -endedDaysAgo : 1) * DAY_MS;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=azure-run-command test",
    notBefore: new Date(endsAtMs - 2 * DAY_MS),
    notAfter: new Date(endsAtMs),
    keys,
    signingAlgorithm: algorithm,
  });
  const certificatePem = `${certificate.toString("pem")}\n`;
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const plain = key.export({ format: "pem", type: "pkcs8" }).toString();
  const encrypted = key
    .export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: password })
    .toString();
  return {
    certificatePem,
    derPath: write("certificate.pfx", Buffer.from(certificate.rawData)),
    pemPath: write("certificate.pem", plain + certificatePem),
    encryptedPath: write("encrypted.pem", certificatePem.replace(/\n/g, "\r\n") + encrypted),
    withoutKeyPath: write("public.pem", certificatePem),
  };
}
