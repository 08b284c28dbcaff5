/** What the token of a role says of itself, for comparing it with the federated credential in Entra. Pure. */
import { at, parseJson, textAt } from "../../core/json";

/** Neither claim is a secret. @returns undefined when it is no JSON Web Token. */
export function describeClaims(token: string): string | undefined {
  const payload = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
  const issuer = textAt(payload, "iss");
  const subject = textAt(payload, "sub");
  const audience = [at(payload, "aud")].flat().join(", ");
  return issuer === undefined || subject === undefined
    ? undefined
    : `the token that was sent has the issuer '${issuer}', the subject '${subject}' and the audience '${audience}'; the federated credential must have the same, letter by letter`;
}
