/** AWS STS: GetWebIdentityToken (outbound identity federation), and GetCallerIdentity. */
import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, type JSONWebKeySet, type KeyLike, SignJWT } from "jose";
import type { Account } from "../account";
import { element, queryError, queryXml } from "./protocols";
import { AwsError, type Service, type ServiceReply, type ServiceRequest, unknownOperation } from "./service";

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
/** Source: STS API Reference, GetWebIdentityToken. Unit: seconds. */
const DURATION = { min: 60, max: 3_600, default: 300 } as const;
const AUDIENCES_MAX = 10;

/** The account's own issuer of tokens. */
export class Federation {
  /** Whether the account has the feature switched on (`iam:EnableOutboundWebIdentityFederation`). */
  enabled = true;
  /** Source: IAM User Guide, "Getting started with outbound identity federation". */
  readonly issuer = `https://${randomUUID()}.tokens.sts.global.api.aws`;

  private constructor(
    private readonly key: KeyLike,
    /** What the issuer publishes at `/.well-known/jwks.json`. */
    readonly jwks: JSONWebKeySet,
  ) {}

  static async create(): Promise<Federation> {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const jwk = { ...(await exportJWK(publicKey)), kid: `RSA_${randomUUID()}`, use: "sig", alg: "RS256" };
    return new Federation(privateKey, { keys: [jwk] });
  }

  /**
   * Tokens are dated by this machine's clock, by which the Azure simulator checks them; a scaled cloud's clock is ahead of it.
   *
   * Source of the claims: IAM User Guide, "Understanding token claims" (outbound identity federation).
   */
  async sign(claims: {
    subject: string;
    audience: readonly string[];
    seconds: number;
    account: Account;
  }): Promise<string> {
    const { subject, audience, seconds, account } = claims;
    const issuedAt = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      "https://sts.amazonaws.com/": {
        aws_account: account.accountId,
        source_region: account.region,
        principal_id: subject,
      },
    })
      .setProtectedHeader({ alg: "RS256", kid: this.jwks.keys[0]?.kid ?? "", typ: "JWT" })
      .setIssuer(this.issuer)
      .setSubject(subject)
      .setAudience(audience.length === 1 ? (audience[0] ?? "") : [...audience])
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .setJti(randomUUID())
      .sign(this.key);
  }
}

export function stsService(account: Account, federation: Federation, nowMs: () => number): Service {
  return {
    refuse: queryError,
    handle(request) {
      const form = new URLSearchParams(request.body.toString("utf8"));
      const action = form.get("Action") ?? "";
      switch (action) {
        case "GetWebIdentityToken":
          return getToken(account, federation, form, request, nowMs);
        case "GetCallerIdentity":
          return queryXml(
            action,
            NAMESPACE,
            element("Arn", request.principal.sessionArn) + element("Account", account.accountId),
            randomUUID(),
          );
        default:
          throw unknownOperation("sts", action);
      }
    },
  };
}

async function getToken(
  account: Account,
  federation: Federation,
  form: URLSearchParams,
  { authorize, principal }: ServiceRequest,
  nowMs: () => number,
): Promise<ServiceReply> {
  const audience = [...form.entries()]
    .filter(([name]) => name.startsWith("Audience.member."))
    .map(([, value]) => value);
  const algorithm = form.get("SigningAlgorithm") ?? "";
  const seconds = Number(form.get("DurationSeconds") ?? DURATION.default);
  checkTokenRequest(audience, algorithm, seconds);
  authorize("sts:GetWebIdentityToken", `arn:aws:sts::${account.accountId}:self`, {
    "sts:IdentityTokenAudience": audience,
    "sts:SigningAlgorithm": [algorithm],
    "sts:DurationSeconds": [String(seconds)],
  });
  if (!federation.enabled) {
    throw new AwsError(
      "OutboundWebIdentityFederationDisabledException",
      "Outbound web identity federation is not enabled for this account. To use this feature, an administrator must first enable it.",
      403,
    );
  }
  const token = await federation.sign({ subject: principal.roleArn, audience, seconds, account });
  const result =
    element("WebIdentityToken", token) + element("Expiration", new Date(nowMs() + seconds * 1_000).toISOString());
  return queryXml("GetWebIdentityToken", NAMESPACE, result, randomUUID());
}

/** The limits: STS API Reference, GetWebIdentityToken. The texts: assumed. */
function checkTokenRequest(audience: readonly string[], algorithm: string, seconds: number): void {
  if (audience.length === 0 || audience.length > AUDIENCES_MAX) {
    throw new AwsError("ValidationError", `Audience must have 1 to ${AUDIENCES_MAX} values`);
  }
  if (algorithm !== "RS256") {
    throw new AwsError("ValidationError", `the simulator signs with RS256 alone, and was asked for '${algorithm}'`);
  }
  if (!Number.isInteger(seconds) || seconds < DURATION.min || seconds > DURATION.max) {
    throw new AwsError("ValidationError", `DurationSeconds must be ${DURATION.min} to ${DURATION.max}`);
  }
}
