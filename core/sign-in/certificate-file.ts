/** The file with a client certificate and its key: read, and refused with a reason that says what to do. */
import { createPrivateKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { textAt } from "../json";
import { type Evidence, noteProblem } from "./evidence";

/** What PKCS #12 and everything else in DER begins with (SEQUENCE). Source: ITU-T X.690, section 8.9. */
const DER_SEQUENCE = 0x30;

/** @returns the certificate with its key, both in PEM and not encrypted. */
export async function readCertificateFile(
  path: string,
  password: string | undefined,
  evidence: Evidence,
): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw noteProblem(
      evidence,
      `the certificate file '${path}' cannot be read (${textAt(error, "code") ?? "unknown"})`,
    );
  });
  if (bytes[0] === DER_SEQUENCE) {
    throw noteProblem(
      evidence,
      `'${path}' is no PEM file, and only PEM is taken; turn a PFX (PKCS #12) file into one with 'openssl pkcs12 -in ${path} -out certificate.pem -nodes'`,
    );
  }
  const text = bytes.toString("utf8");
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certificates === null) {
    throw noteProblem(evidence, `'${path}' has no certificate in PEM ('-----BEGIN CERTIFICATE-----')`);
  }
  return `${[readKey(path, text, password, evidence), ...certificates].join("\n")}\n`;
}

function readKey(path: string, text: string, password: string | undefined, evidence: Evidence): string {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw noteProblem(evidence, `'${path}' has a certificate but no private key ('-----BEGIN PRIVATE KEY-----')`);
  }
  // The second is how OpenSSL wrote encrypted keys before PKCS #8 (RFC 1421, section 4.6.1.1).
  const isEncrypted = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text);
  try {
    const key = createPrivateKey({
      key: text,
      format: "pem",
      ...(password === undefined ? {} : { passphrase: password }),
    });
    if (key.asymmetricKeyType !== "rsa") {
      throw noteProblem(
        evidence,
        `the private key in '${path}' is of the type '${key.asymmetricKeyType}', and Entra takes RSA only`,
      );
    }
    return key.export({ format: "pem", type: "pkcs8" }).toString().trim();
  } catch (error) {
    if (evidence.problem !== undefined) {
      throw error;
    }
    throw noteProblem(evidence, keyProblem(path, isEncrypted, password, textAt(error, "code") ?? "unknown"));
  }
}

/** Source of the code: Node 20 with OpenSSL 3, observed. */
function keyProblem(path: string, isEncrypted: boolean, password: string | undefined, code: string): string {
  if (isEncrypted && password === undefined) {
    return `the private key in '${path}' is encrypted, and no password is set: set azure-native:clientCertificatePassword or ARM_CLIENT_CERTIFICATE_PASSWORD`;
  }
  return code === "ERR_OSSL_BAD_DECRYPT"
    ? `the private key in '${path}' cannot be decrypted: the password is wrong (${code})`
    : `the private key in '${path}' cannot be read (${code})`;
}
