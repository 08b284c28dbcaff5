/** Who calls: the temporary credentials that were given out, and the roles that they stand for. */
import { randomText } from "../account";
import type { Credentials } from "../lambda/process-environment";

export interface Principal {
  readonly roleArn: string;
  /** `arn:aws:sts::…:assumed-role/<role>/<session>`. */
  readonly sessionArn: string;
}

const KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Sessions {
  readonly #principals = new Map<string, Principal>();

  /** New credentials for a role, as Lambda gets them for each execution environment. */
  open(roleArn: string, sessionName: string): Credentials {
    const accessKeyId = `ASIA${randomText(KEY_ALPHABET, 16)}`;
    this.#principals.set(accessKeyId, { roleArn, sessionArn: sessionArnOf(roleArn, sessionName) });
    return {
      accessKeyId,
      secretAccessKey: randomText(KEY_ALPHABET, 40),
      sessionToken: randomText(KEY_ALPHABET, 64),
    };
  }

  /**
   * The caller of a request, by its `Authorization` header. Signatures are not checked: all callers are the simulator's own.
   *
   * Source: AWS General Reference, "Signature Version 4": `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/…`.
   */
  principalOf(authorization: string | undefined): { principal: Principal | undefined; service: string | undefined } {
    const scope = /Credential=([^/,\s]+)\/[^/]+\/[^/]+\/([^/]+)\//.exec(authorization ?? "");
    return { principal: this.#principals.get(scope?.[1] ?? ""), service: scope?.[2] };
  }
}

/** A role's path is no part of its sessions' ARN. */
export function sessionArnOf(roleArn: string, sessionName: string): string {
  const [, , , , accountId, resource = ""] = roleArn.split(":");
  return `arn:aws:sts::${accountId}:assumed-role/${resource.split("/").pop()}/${sessionName}`;
}
