// Which of CloudFormation's events the quick start shows, and how.

/** Roles, functions and the like are the same in every stack of this kind. */
const SHOWN = /^(?:Custom::.*|AWS::SSM::Parameter|AWS::CloudFormation::Stack)$/;
/** What the CDK appends to the names of constructs, so that logical ids are unique. */
const HASH = /[0-9A-F]{8}$/;
/** Comes after an event of the same status. */
const REPEATED = "Resource creation Initiated";

const NAME_WIDTH = "InstallAgent".length;
const TYPE_WIDTH = "AWS::CloudFormation::Stack".length;

/** Says events while somebody listens. */
export function eventsShown() {
  let say;
  return {
    onEvent(event) {
      const line = describeEvent(event);
      if (line !== undefined) say?.(line);
    },
    /** @param {((line: string) => void) | undefined} how */
    sayBy(how) {
      say = how;
    },
  };
}

/** @returns {string | undefined} undefined: it is not shown. */
function describeEvent({ logicalId, type, status, reason }) {
  if (!SHOWN.test(type) || reason === REPEATED) return undefined;
  return `${logicalId.replace(HASH, "").padEnd(NAME_WIDTH)}  ${type.padEnd(TYPE_WIDTH)}  ${status}`;
}
