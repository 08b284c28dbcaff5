/** Decides whether the policies of a role allow a call. Pure. */
import { isRecord } from "../template/template";

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** One call, as IAM sees it. */
export interface Call {
  /** `service:Action`. */
  readonly action: string;
  readonly resource: string;
  /** Condition keys of the request; a key that is not there is absent from the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** Part of a policy that the simulator cannot read. */
export class PolicyError extends Error {}

/** @throws {PolicyError} when the document has something that the simulator does not know. */
export function readPolicy(document: unknown): readonly Statement[] {
  const statements = isRecord(document) ? document.Statement : undefined;
  return [statements ?? []].flat().map(readStatement);
}

const KNOWN_ELEMENTS = ["Sid", "Effect", "Action", "Resource", "Condition"];

function readStatement(statement: unknown): Statement {
  if (!isRecord(statement)) {
    throw new PolicyError(`a policy statement is no object: ${JSON.stringify(statement)}`);
  }
  const unknown = Object.keys(statement).find((element) => !KNOWN_ELEMENTS.includes(element));
  if (unknown !== undefined) {
    throw new PolicyError(`the simulator does not know the policy element ${unknown}; add it to iam/policy.ts`);
  }
  const condition = isRecord(statement.Condition) ? statement.Condition : {};
  const operators = Object.entries(condition).map(([operator, keys]) => {
    if (!(operator in OPERATORS)) {
      throw new PolicyError(`the simulator does not know the policy operator ${operator}; add it to iam/policy.ts`);
    }
    return [operator, readKeys(keys)] as const;
  });
  return {
    Effect: statement.Effect === "Deny" ? "Deny" : "Allow",
    Action: texts(statement.Action),
    Resource: texts(statement.Resource),
    Condition: Object.fromEntries(operators),
  };
}

function readKeys(keys: unknown): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(isRecord(keys) ? keys : {}).map(([key, values]) => [key, texts(values)]));
}

function texts(value: unknown): readonly string[] {
  return [value ?? []].flat().map(String);
}

/**
 * An explicit deny wins; else one statement must allow.
 *
 * Source: IAM User Guide, "Policy evaluation logic" (within one account, identity-based policies alone).
 */
export function allows(statements: readonly Statement[], call: Call): boolean {
  const matching = statements.filter((statement) => applies(statement, call));
  return matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny");
}

function applies({ Action, Resource, Condition }: Statement, call: Call): boolean {
  return (
    // Names of actions do not differ by case.
    Action.some((pattern) => like(pattern.toLowerCase(), call.action.toLowerCase())) &&
    Resource.some((pattern) => like(pattern, call.resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => OPERATORS[operator]?.(wanted, contextValue(call, key)) === true),
    )
  );
}

/** Names of condition keys do not differ by case. */
function contextValue({ context }: Call, key: string): readonly string[] | undefined {
  const name = Object.keys(context).find((candidate) => candidate.toLowerCase() === key.toLowerCase());
  return name === undefined ? undefined : context[name];
}

/** Takes what the policy wants and what the request has; undefined: the request does not have the key. */
type Operator = (wanted: readonly string[], given: readonly string[] | undefined) => boolean;

/**
 * Without `ForAllValues` or `ForAnyValue`, a key with several values is none that the operator can compare.
 *
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
 */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (wanted, given) => given?.length === 1 && wanted.includes(given[0] ?? ""),
  StringLike: (wanted, given) => given?.length === 1 && wanted.some((pattern) => like(pattern, given[0] ?? "")),
  StringNotEquals: (wanted, given) => !(given?.length === 1 && wanted.includes(given[0] ?? "")),
  ArnLike: (wanted, given) => given?.length === 1 && wanted.some((pattern) => like(pattern, given[0] ?? "")),
  Bool: (wanted, given) => given?.length === 1 && wanted.includes(given[0] ?? ""),
  NumericLessThanEquals: (wanted, given) =>
    given?.length === 1 && wanted.some((number) => Number(given[0]) <= Number(number)),
  "ForAllValues:StringEquals": (wanted, given) => (given ?? []).every((value) => wanted.includes(value)),
  "ForAnyValue:StringEquals": (wanted, given) => (given ?? []).some((value) => wanted.includes(value)),
  Null: (wanted, given) => wanted.includes(String(given === undefined || given.length === 0)),
};

/** `*` stands for any text, `?` for one character. */
function like(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(text);
}
