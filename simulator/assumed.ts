/** What the simulator does without a source. Each entry is one behaviour; the code that does it says `assumed`. */

import { ASSUMED as ASSUMED_OF_GUESTS } from "./guest/assumed";

export interface Assumption {
  /** The file that behaves so. */
  readonly where: string;
  readonly behaviour: string;
}

export const ASSUMED: readonly Assumption[] = [
  {
    where: "simulator/timing.ts",
    behaviour:
      "the spread of realistic times (log-normal above 13 s) and that 60 % of the overhead passes before the script starts",
  },
  {
    where: "simulator/timing.ts",
    behaviour: "how long start, restart, power off and delete take (deallocate is recorded)",
  },
  {
    where: "simulator/script-text.ts",
    behaviour: "an empty script list runs the sample script, as a missing one does",
  },
  {
    where: "simulator/script-text.ts",
    behaviour: "what ifconfig runs in the guest: ifconfig, else ip addr, else /proc/net/dev",
  },
  {
    where: "simulator/why-not.ts",
    behaviour:
      "RemoveRunCommandLinuxExtension: accepted while a run is in progress, whose operation then ends with what the guest says of it; accepted without the extension; output an empty list",
  },
  {
    where: "simulator/runs.ts",
    behaviour:
      "a run in mid-script when the VM is powered off, deallocated or deleted: Canceled with OperationPreempted",
  },
  {
    where: "simulator/runs.ts",
    behaviour:
      "a run in mid-script when the VM restarts: the operation goes on, and ends with 'Last script execution didn't finish.' after the boot",
  },
  {
    where: "simulator/runs.ts",
    behaviour:
      "a VM that goes off by itself is seen as stopped when the next run meets it, and the platform then waits for its agent as long as for any (25 minutes)",
  },
  {
    where: "simulator/power.ts",
    behaviour:
      "power actions while another is under way are refused; start of a running VM, power off of a stopped one: nothing to do, success; restart of a stopped VM: OperationNotAllowed",
  },
  {
    where: "simulator/arm/errors.ts",
    behaviour:
      "codes and texts of: missing and malformed parameters, unreadable body, body too large, unknown namespace, unknown resource type, wrong method, unreadable Authorization header",
  },
  { where: "simulator/arm/errors.ts", behaviour: "the answer to a Windows command on a Linux VM: 400 BadRequest" },
  {
    where: "simulator/arm/errors.ts",
    behaviour: "what the gateway prints on one line and what Compute prints indented",
  },
  {
    where: "simulator/arm/operation-urls.ts",
    behaviour:
      "s in an operation URL is a signature over path, p and t; a poll without it or with a changed one: 403 Forbidden",
  },
  {
    where: "simulator/arm/operations.ts",
    behaviour:
      "output as a bare array (api-version up to 2017-12-01) is on one line too; Location after a failure: 200 with the error of the poll",
  },
  {
    where: "simulator/arm/routes.ts",
    behaviour:
      "a poll of an unknown operation: 404 NotFound, as an unknown command; operations stay readable for the life of the simulator",
  },
  {
    where: "simulator/arm/machine-routes.ts",
    behaviour:
      "Retry-After: 10 on power off, start and restart (recorded on delete, absent on deallocate); none on run commands after 2022",
  },
  {
    where: "simulator/arm/child-routes.ts",
    behaviour:
      "which bucket counts the lists of a VM's extensions and managed run commands; that those of an instance of a Uniform scale set are as empty, and their 404 in the same words",
  },
  {
    where: "simulator/arm/catalogue.ts",
    behaviour:
      "Get of every command but RunShellScript has neither script nor parameters; ids are found whatever their case",
  },
  {
    where: "simulator/arm/headers.ts",
    behaviour: "values of x-msedge-ref",
  },
  {
    where: "simulator/arm/buckets.ts",
    behaviour:
      "names of the run command's own counters in 2026 (UpdateVMSubscriptionMaximum, UpdateVMResource); that ARM's buckets fill in steps of a second",
  },
  {
    where: "simulator/arm/throttling.ts",
    behaviour:
      "a bucket's steps are counted from its first request; which requests Compute counts that it then refuses; Retry-After of a 429 is the time until the next step; with --throttling none, x-ms-ratelimit-remaining-subscription-reads is there on reads, which it is not in recordings of 2026",
  },
  {
    where: "simulator/arm/api-version.ts",
    behaviour: "every date from 2015-05-01 on is a supported api-version; which versions the refusal lists",
  },
  {
    where: "simulator/arm/answer.ts",
    behaviour:
      "order of judgement: token, api-version, subscription, rights, group, VM, lock, body; any content type is read as JSON; of a query parameter that is given twice, the last one counts",
  },
  {
    where: "simulator/arm/virtual-machines.ts",
    behaviour:
      "instance view of a powered-off VM has no agent, name and OS; texts of the extension handler's status; image, size and disk of every VM",
  },
  {
    where: "simulator/entra/tokens.ts",
    behaviour: "the issuer of tokens is the simulator's address plus the tenant; order of complaints about a token",
  },
  {
    where: "simulator/entra/token-request.ts",
    behaviour: "order of complaints about a token request",
  },
  {
    where: "simulator/metadata-endpoints.ts",
    behaviour: "the cloud is called AzureCloud; suffixes and resource ids are those of public Azure",
  },
  {
    where: "simulator/faults/names.ts",
    behaviour:
      "500, 502 and 503 come before the token is looked at, 429 and both conflicts after token, api-version and path, before the body",
  },
  {
    where: "simulator/faults/arm-answers.ts",
    behaviour:
      "the page of a 502; which operation groups a 429 names, and the numbers in it; that a poll or a GET of a VM is throttled in the same words as a POST",
  },
  {
    where: "simulator/faults/entra-answers.ts",
    behaviour: "status, number and text of what Entra says for 429, 500 and 502 (503 is known)",
  },
  {
    where: "simulator/runs.ts",
    behaviour:
      "faults: an operation that is stuck or was canceled too early keeps the VM (409 Conflict) until its end or the end of its script; powering off frees it from both, removing the extension from a stuck one",
  },
  {
    where: "simulator/power.ts",
    behaviour: "a restart from outside ARM shows as 'VM starting', and is over when the guest is up",
  },
  {
    where: "simulator/entra/client-assertion.ts",
    behaviour:
      "order of complaints about a client assertion (certificate, signature, client, audience, time; issuer, subject, audience, signature, time); clocks may be 5 minutes apart; the issuer's keys are given beforehand and not fetched; a wrong signature of a federated issuer is refused in the words for certificates",
  },
  {
    where: "simulator/entra/assertion-errors.ts",
    behaviour: "every refused client assertion is 401 invalid_client; number and text of a malformed one",
  },
  {
    where: "simulator/entra/registrations.ts",
    behaviour: "in other tenants the application has the same secret, certificates and federated credentials",
  },
  {
    where: "simulator/imds.ts",
    behaviour:
      "texts for a missing resource and for a forwarded request; any resource is granted; a managed identity's token lives as long as any other; api-version is not looked at",
  },
  {
    where: "simulator/vm-agent.ts",
    behaviour:
      "a command that the agent does not take up is carried out when the agent comes back, unless Azure has given up by then; one that Azure has given up is never carried out",
  },
  {
    where: "simulator/vm-agent.ts",
    behaviour:
      "of an agent that says Ready and does nothing, Azure says VMExtensionProvisioningTimeout after 90 minutes; a script does not reach it",
  },
  {
    where: "simulator/runs.ts",
    behaviour:
      "without outbound 443 a script runs, and its operation fails when 25 minutes have passed since the POST and the script has ended; meanwhile the VM is kept (409 Conflict); a removal of the extension likewise",
  },
  {
    where: "simulator/why-not.ts",
    behaviour:
      "a command for a VM that is being created is refused as while its power changes to start; one for a VM whose agent has not reported yet waits for it without end",
  },
  {
    where: "simulator/machines.ts",
    behaviour:
      "a VM that somebody replaces or deletes with its group is gone at once, and its run is canceled with OperationPreempted",
  },
  {
    where: "simulator/arm/virtual-machines.ts",
    behaviour:
      "which message an unready agent has: 'VM status blob is found but not yet populated.' before its first report, 'VM Agent is unresponsive.' afterwards; no extensions are shown then",
  },
  {
    where: "simulator/arm/permission.ts",
    behaviour:
      "a lock stands in the way after all else that the path says, and before the body; POST is a write operation on the VM (known of other resources' POST actions)",
  },
  {
    where: "simulator/arm/own-permissions.ts",
    behaviour: "a denied action is shown as one that the caller's role takes back (notActions), at every scope",
  },
  {
    where: "simulator/arm/access-errors.ts",
    behaviour: "how several locked scopes are listed in one ScopeLocked",
  },
  {
    where: "simulator/arm/routes.ts",
    behaviour:
      "the instance view in $expand needs no more rights than the VM; subscriptions and tenants can be listed without any",
  },
  {
    where: "simulator/timing.ts",
    behaviour:
      "the spread of realistic times on instances of Uniform scale sets (log-normal from 13 s, median 40 s, 255 s at most; three runs and the longest are recorded)",
  },
  {
    where: "simulator/scale-sets.ts",
    behaviour:
      "ids of instances only rise (Azure may use one again); a Flexible scale set loses its newest members first, as a Uniform one does; members come and go at once",
  },
  {
    where: "simulator/power.ts",
    behaviour:
      "a reimaged instance has another vmId; a run on it is canceled with OperationPreempted; one that was off runs afterwards",
  },
  {
    where: "simulator/arm/scope.ts",
    behaviour:
      "GET of an instance that is not there: 404 NotFound of Compute's (POST is known: 400); the form of an instance id is looked at first, for every method",
  },
  {
    where: "simulator/arm/scale-sets.ts",
    behaviour:
      "which fields a Flexible scale set's list of its members has; the profile of VMs is left out of a scale set; order of an instance's fields; the computer name is the VM's name (Azure's is prefix and number)",
  },
  {
    where: "simulator/arm/page.ts",
    behaviour:
      "lists of VMs, scale sets and instances have 50 on a page; what a $skiptoken looks like; the answer to an unknown one",
  },
  {
    where: "simulator/arm/machine-lists.ts",
    behaviour: "the answers to another $filter than that for a scale set, and to $expand without $filter",
  },
  {
    where: "simulator/arm/run-command-body.ts",
    behaviour:
      "a command that was added takes a given script in the place of its own, as the swagger says of all; its required parameters may be missing",
  },
  {
    where: "simulator/script-text.ts",
    behaviour: "values of parameters are pasted in as they are, for every command; positional in the order given",
  },
  {
    where: "simulator/arm/errors.ts",
    behaviour: "the answer to a path that nobody serves: 404 NotFound, without a look at the token",
  },
  ...ASSUMED_OF_GUESTS.map((behaviour) => ({ where: "simulator/guest", behaviour })),
];
