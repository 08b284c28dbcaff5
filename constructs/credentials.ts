/** How the Lambda functions sign in to Azure. */
import { ArnFormat, aws_iam as iam, Stack, type aws_secretsmanager as secretsmanager, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { kindOf } from "../core/inputs/input";
import { cloudByName } from "../core/sign-in/clouds";
import { jsonFieldProblem, objectProblem, refuse, SECRET, textProblem } from "./required";
import { HANDLER_ENVIRONMENT } from "./resource-properties";
import { AzureCloud } from "./run-command-words";
import { allowSecret } from "./secret-access";

/** What `AzureCredentials.webIdentity` is given. A change of any of it changes the Lambda functions, and runs nothing. */
export interface AzureWebIdentityProps {
  /** The Entra tenant: its GUID, or one of its domains. */
  readonly tenantId: string;
  /** The client id (a GUID) of the app registration or of the user-assigned managed identity. */
  readonly clientId: string;
  /**
   * The cloud of Azure in which the VMs are.
   *
   * @default AzureCloud.PUBLIC
   */
  readonly cloud?: AzureCloud;
}

/** What `AzureCredentials.clientSecret` is given. A change of any of it changes the Lambda functions, and runs nothing. */
export interface AzureClientSecretProps {
  /** The Entra tenant: its GUID, or one of its domains. */
  readonly tenantId: string;
  /** The client id (a GUID) of the app registration. */
  readonly clientId: string;
  /**
   * Holds the client secret's value, in the region of the stack. It is read when it is needed, so a new value counts at once.
   */
  readonly secret: secretsmanager.ISecret;
  /**
   * The field of the secret, which is then a JSON object, that holds the value.
   *
   * @default the whole text of the secret is the value
   */
  readonly jsonField?: string;
  /**
   * The cloud of Azure in which the VMs are.
   *
   * @default AzureCloud.PUBLIC
   */
  readonly cloud?: AzureCloud;
}

/** What credentials need of the Lambda functions. */
export interface AzureCredentialsConfig {
  /** Environment variables of the functions; none of them is a secret. */
  readonly environment: { [name: string]: string };
}

/**
 * How the Lambda functions sign in to Azure.
 *
 * The application that they sign in as needs `Microsoft.Compute/virtualMachines/read`, `…/instanceView/read` and
 * `…/runCommand/action` at the VM, and `Microsoft.Compute/locations/operations/read` at the subscription or the resource group.
 * Virtual Machine Contributor at the resource group has these four.
 */
export abstract class AzureCredentials {
  /**
   * Without any stored secret: AWS STS signs a token that says which IAM role the functions have, and Entra takes it for the
   * application.
   *
   * Needed once for the AWS account: `aws iam enable-outbound-web-identity-federation`. Needed once for the application in
   * Entra: a federated credential with that account's issuer (`aws iam get-outbound-web-identity-federation-info`), the
   * subject `AzureRunCommandProvider.federatedSubject`, and the audience `api://AzureADTokenExchange` (Azure Government:
   * `api://AzureADTokenExchangeUSGov`, Azure China: `api://AzureADTokenExchangeChina`).
   *
   * @throws when an id is of the wrong form.
   */
  public static webIdentity(props: AzureWebIdentityProps): AzureCredentials {
    return new WebIdentity(props);
  }

  /**
   * With the client secret of an app registration, kept in AWS Secrets Manager.
   *
   * @throws when an id is of the wrong form.
   */
  public static clientSecret(props: AzureClientSecretProps): AzureCredentials {
    return new ClientSecret(props);
  }

  /**
   * Gives the functions' role the permissions that these credentials need.
   *
   * @param scope a construct of the functions' stack.
   * @param grantee the role that the functions have.
   */
  public abstract bind(scope: Construct, grantee: iam.IGrantable): AzureCredentialsConfig;

  /**
   * A text that is the same for the same credentials, in every synthesis.
   *
   * @param scope a construct of the functions' stack.
   */
  public abstract identify(scope: Construct): string;
}

class WebIdentity extends AzureCredentials {
  public constructor(private readonly props: AzureWebIdentityProps) {
    super();
    checkIds("AzureCredentials.webIdentity", props);
  }

  public override bind(scope: Construct, grantee: iam.IGrantable): AzureCredentialsConfig {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["sts:GetWebIdentityToken"],
        resources: [
          Stack.of(scope).formatArn({
            service: "sts",
            region: "",
            resource: "self",
            arnFormat: ArnFormat.NO_RESOURCE_NAME,
          }),
        ],
        conditions: tokenConditions(this.props.cloud ?? AzureCloud.PUBLIC),
      }),
    );
    return { environment: environmentOf("webIdentity", this.props) };
  }

  public override identify(scope: Construct): string {
    return JSON.stringify(Stack.of(scope).resolve(environmentOf("webIdentity", this.props)));
  }
}

class ClientSecret extends AzureCredentials {
  public constructor(private readonly props: AzureClientSecretProps) {
    super();
    const caller = "AzureCredentials.clientSecret";
    checkIds(caller, props);
    refuse(caller, "secret", objectProblem(props.secret, "secretArn", SECRET));
    refuse(caller, "jsonField", jsonFieldProblem(props.jsonField));
  }

  public override bind(scope: Construct, grantee: iam.IGrantable): AzureCredentialsConfig {
    const { secret, jsonField } = this.props;
    allowSecret("AzureCredentials.clientSecret", scope, grantee, secret);
    return {
      environment: {
        ...environmentOf("clientSecret", this.props),
        [HANDLER_ENVIRONMENT.clientSecretId]: secret.secretArn,
        ...(jsonField === undefined ? {} : { [HANDLER_ENVIRONMENT.clientSecretJsonField]: jsonField }),
      },
    };
  }

  public override identify(scope: Construct): string {
    const { secret, jsonField } = this.props;
    const ids = environmentOf("clientSecret", this.props);
    // Of stacks that are not the scope's, tokens alone could be equal.
    const from = Stack.of(secret).node.addr;
    return JSON.stringify(Stack.of(scope).resolve([ids, from, secret.secretArn, jsonField ?? ""]));
  }
}

/** How long a token may be valid for which the functions ask, in seconds. Source: AWS STS, GetWebIdentityToken: 60 to 3,600. */
const TOKEN_MAX_SECONDS = 300;

/**
 * The audience has several values, so a plain comparison would deny; without `Null` a request without any audience would pass.
 * Entra takes RS256 alone. Sources: AWS IAM, "Multivalued context keys"; Learn, "Important considerations and restrictions
 * for federated identity credentials".
 */
function tokenConditions(cloud: AzureCloud): { [operator: string]: { [key: string]: unknown } } {
  return {
    "ForAllValues:StringEquals": { "sts:IdentityTokenAudience": cloudByName(cloud)?.tokenExchangeAudience },
    Null: { "sts:IdentityTokenAudience": "false" },
    StringEquals: { "sts:SigningAlgorithm": "RS256" },
    NumericLessThanEquals: { "sts:DurationSeconds": TOKEN_MAX_SECONDS },
  };
}

type Ids = Pick<AzureWebIdentityProps, "tenantId" | "clientId" | "cloud">;

function environmentOf(
  kind: "webIdentity" | "clientSecret",
  { tenantId, clientId, cloud }: Ids,
): Record<string, string> {
  return {
    [HANDLER_ENVIRONMENT.credentials]: kind,
    [HANDLER_ENVIRONMENT.tenantId]: tenantId,
    [HANDLER_ENVIRONMENT.clientId]: clientId,
    [HANDLER_ENVIRONMENT.cloud]: cloud ?? AzureCloud.PUBLIC,
  };
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DOMAIN = /^[a-z0-9-]+([.][a-z0-9-]+)+$/i;

function checkIds(caller: string, props: Ids | undefined): void {
  const { tenantId, clientId, cloud }: Partial<Ids> = props ?? {};
  refuse(caller, "tenantId", idProblem(tenantId, "the GUID of an Entra tenant or one of its domains", [GUID, DOMAIN]));
  refuse(caller, "clientId", idProblem(clientId, "the client id of an application in Entra, which is a GUID", [GUID]));
  refuse(caller, "cloud", cloudProblem(cloud));
}

/** What is no id may be a secret that went to the wrong place, and is not shown. */
function idProblem(id: string | undefined, expected: string, forms: readonly RegExp[]): string | undefined {
  if (Token.isUnresolved(id) || forms.some((form) => form.test(id ?? ""))) {
    return undefined;
  }
  return textProblem(id, expected) ?? `is a text of ${id?.length} characters, expected ${expected}`;
}

const CLOUDS: readonly unknown[] = Object.values(AzureCloud);

/** A token is none of them: the permissions are written when the app is synthesised. */
function cloudProblem(cloud: unknown): string | undefined {
  if (cloud === undefined || CLOUDS.includes(cloud)) {
    return undefined;
  }
  const seen = Token.isUnresolved(cloud)
    ? "a token"
    : typeof cloud === "string"
      ? JSON.stringify(cloud)
      : kindOf(cloud);
  return `is ${seen}, expected AzureCloud.PUBLIC, AzureCloud.US_GOVERNMENT or AzureCloud.CHINA`;
}
