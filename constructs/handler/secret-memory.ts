/** Remembers what secrets were read, for a text of which nobody knows what it may hold. */
import { isObject, parseJson } from "../../core/json";
import { type Mask, maskOf } from "../../core/secrets/secret-texts";
import type { HandlerOutside } from "./outside";

export interface SecretMemory {
  /** The same door. What comes through it that is secret is remembered for as long as the process lives. */
  readonly outside: HandlerOutside;
  /** Takes out all that has come through the door until now. */
  readonly mask: Mask;
}

export function rememberSecrets(outside: HandlerOutside): SecretMemory {
  const read = new Set<string>();
  return {
    mask: (text, cut) => maskOf([...read])(text, cut),
    outside: {
      ...outside,
      readSecret: async (question) => {
        const version = await outside.readSecret(question);
        for (const value of valuesIn(version.text ?? "")) read.add(value);
        return version;
      },
      webIdentityToken: async (audience) => {
        const token = await outside.webIdentityToken(audience);
        read.add(token);
        return token;
      },
    },
  };
}

/** Of a secret that is a JSON object, a script is given one of the fields. */
function valuesIn(text: string): readonly string[] {
  const fields = parseJson(text);
  const values = isObject(fields) ? Object.values(fields) : [];
  return [text, ...values.filter((value) => typeof value === "string" || typeof value === "number").map(String)];
}
