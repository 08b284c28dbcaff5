/** What docs/errors.md says of each kind of failure, in our words. A new kind does not compile until it is here. */
import type { RunFailure } from "../../../core/failures/run-failure";

export interface Prose {
  readonly means: string;
  readonly todo: string;
  /** Whether it is tried again by itself, and for how long. */
  readonly retried: string;
}

const NOT_RETRIED = "No: the same request would get the same answer.";
const NOT_A_REQUEST = "No: the script has come to its end.";

export const PROSE: { readonly [Kind in RunFailure["kind"]]: Prose } = {
  SubscriptionUnknown: {
    means: "A VM that is given by its name needs a subscription, and none is set.",
    todo: "Set one of the three settings, or give the VM's id, which has it.",
    retried: NOT_RETRIED,
  },
  CredentialsMissing: {
    means: "No way to sign in is set, and none of the usual ones was found on this machine.",
    todo: "`az login` on your own machine; a service principal, OIDC or a managed identity elsewhere.",
    retried: NOT_RETRIED,
  },
  CredentialsRefused: {
    means: "Entra knows these credentials or their tenant not, or no longer.",
    todo: "The sentence names where they come from and, for the usual codes, what is wrong.",
    retried: NOT_RETRIED,
  },
  CredentialsUnusable: {
    means: "The settings ask for a way to sign in, and something that it needs is missing.",
    todo: "Complete the settings, or take out the one that asks for it.",
    retried: NOT_RETRIED,
  },
  CloudUnknown: {
    means: "The setting names an Azure cloud that is not known, or whose endpoints cannot be read.",
    todo: "`public`, `usgovernment`, `china`, or a metadata host that answers.",
    retried: "A metadata host that does not answer is asked again some times; a name is not.",
  },
  Unreachable: {
    means:
      "No answer came over the network, or none that was whole; or Entra, asked for a token, goes on answering with a trouble that passes.",
    todo: "Check network, proxy and name resolution of the machine that deploys, or wait: the sentence says which.",
    retried: "A question six times, a command five times, each time after a longer pause.",
  },
  ForeignUrl: {
    means: "Azure, or something that speaks in its place, named an address elsewhere. The token was not sent there.",
    todo: "See what is between this machine and Azure (a proxy that rewrites, a wrong metadata host).",
    retried: NOT_RETRIED,
  },
  TokenRefused: {
    means: "Entra gave a token, and Azure Resource Manager does not take it.",
    todo: "The sentence has the reason for the usual codes: the clock, the tenant, or the cloud.",
    retried: NOT_RETRIED,
  },
  VmNotFound: {
    means: "The VM, its resource group or its subscription is not there, or is not shown to these credentials.",
    todo: "Check the name, the group and the subscription. After a refresh the resource is gone too, and is made again.",
    retried: NOT_RETRIED,
  },
  VmNotRunning: {
    means: "Azure runs commands on VMs that run. Nothing is started for you: that costs money.",
    todo: "Start the VM. A deletion does not fail for this; it says what stays on the disk.",
    retried: NOT_RETRIED,
  },
  VmNotLinux: {
    means: "The runner that travels with each script is for Linux.",
    todo: "Give a Linux VM.",
    retried: NOT_RETRIED,
  },
  VmChanging: {
    means: "Something else is being done to the VM: it starts or stops, or another deployment changes it.",
    todo: "The VM's activity log tells what and by whom.",
    retried: "Yes, each few seconds for 95 minutes; the sentence comes after that.",
  },
  VmBeingDeleted: {
    means: "Somebody deletes the VM.",
    todo: "The VM's activity log tells who. If it is this deployment, let the resource depend on the VM that stays.",
    retried: NOT_RETRIED,
  },
  AgentNotReady: {
    means: "The VM starts, or its agent has not reported yet. A fresh VM needs a minute or more for that.",
    todo: "Look at the VM's boot diagnostics and whether `walinuxagent` (or `waagent`) runs; or allow more time.",
    retried: "Yes, each 5 s for `readyTimeoutInSeconds`, with progress.",
  },
  AgentSilent: {
    means: "Azure handed the command to the VM's agent and heard nothing more. The script may have run.",
    todo: "See that the system is up, the agent runs, and outbound HTTPS to Azure's storage is open (service tag AzureCloud or Storage).",
    retried: "No: Azure itself has waited for many minutes. The next deployment asks the VM what became of the run.",
  },
  ExtensionsDisallowed: {
    means: "Run Command is an extension, and the VM was made so that it takes none.",
    todo: "Set `osProfile.allowExtensionOperations`, and have the agent installed.",
    retried: NOT_RETRIED,
  },
  NotAuthorized: {
    means: "These credentials lack a right. The sentence has its name.",
    todo: "*Virtual Machine Contributor* on the resource group has all that is needed. A new role takes some minutes to hold.",
    retried: NOT_RETRIED,
  },
  ScopeLocked: {
    means: "A ReadOnly lock forbids every action on a VM. A CanNotDelete lock does not.",
    todo: "The evidence has the lock's name, its level and where it is.",
    retried: NOT_RETRIED,
  },
  Busy: {
    means: "Azure runs one command at a time on a VM, cannot cancel one, and somebody else's is in progress.",
    todo: "Wait, or see in the VM's activity log who started it.",
    retried: "Yes, each few seconds for 95 minutes: Azure ends a command after 90.",
  },
  Throttled: {
    means: "This subscription, or this VM, has had more requests than Azure allows in some minutes.",
    todo: "Wait as long as the sentence says. See what else asks so often: another pipeline, a monitor.",
    retried: "Yes, after as long as Azure asks for, for 95 minutes; a look at the VM six times.",
  },
  RequestRefused: {
    means:
      "Azure refused for a reason that has no sentence of its own here. Its code and its words are in the sentence.",
    todo: "Look up the code; a policy or a proxy on the way may be behind it.",
    retried: NOT_RETRIED,
  },
  ApiVersionRefused: {
    means: "The cloud is older than the api-version that we use (Azure Stack Hub), or Azure has retired it.",
    todo: "Check which cloud is set; look for a newer version of this package.",
    retried: NOT_RETRIED,
  },
  CommandUnknown: {
    means: "`commandId` names a command that Azure does not offer in the VM's location.",
    todo: "Take one of those in the sentence; they differ between Linux and Windows.",
    retried: NOT_RETRIED,
  },
  CatalogueUnreadable: {
    means: "The list of Azure's commands, or one of its documents, was asked for and not given.",
    todo: "Check the location's name and the right.",
    retried: "Six times after a fault of Azure's; not after a refusal.",
  },
  DocumentUnknown: {
    means: "`getRunCommandDocument` was asked for a command that Azure does not offer in that location.",
    todo: "Take one of those in the sentence.",
    retried: NOT_RETRIED,
  },
  ScaleSetNotFound: {
    means: "The scale set, its resource group or its subscription is not there, or is not shown to these credentials.",
    todo: "Check the name, the group and the subscription.",
    retried: NOT_RETRIED,
  },
  ScaleSetUnreadable: {
    means:
      "The scale set, or the list of its VMs, cannot be read: for want of the right that the sentence names, or for a reason in Azure's words.",
    todo: "Give the right on the resource group: the VMs of a Flexible scale set are in it beside the scale set.",
    retried: "What may pass (408, 429, 5xx) is asked again some times.",
  },
  OperationFailed: {
    means: "Azure took the command and could not carry it out. That is not a script that failed.",
    todo: "The sentence says where to look for the usual codes.",
    retried: "No: what the command did on the VM is not known. The next deployment asks the VM.",
  },
  AnswerLost: {
    means: "A command was sent and no answer came back. It may have been carried out.",
    todo: "Deploy again: a script that has run already is not run again, its result is taken up.",
    retried: "Yes, five times in all: the runner on the VM makes a run happen once.",
  },
  DeadlinePassed: {
    means: "Azure says that the operation is still in progress, longer than it can be.",
    todo: "See what the evidence says of the VM's agent. A restart of the agent in mid-command can leave an operation so.",
    retried: "The operation is asked after until the deadline; the command is not sent again.",
  },
  CustomTimeoutPassed: {
    means: "The resource's own `customTimeouts` are over. What runs on the VM goes on.",
    todo: "Allow more time, or end the script earlier by `timeoutInSeconds`.",
    retried: "No.",
  },
  ReportUnreadable: {
    means: "The command ended, and what came back is not the runner's report, so the script's result is not known.",
    todo: "Deploy again: what is on the VM is taken up. The evidence has the last lines of the handler's log when the VM can be asked.",
    retried: "Up to three times, where asking the VM once more can bring the report.",
  },
  VmReplaced: {
    means:
      "The VM was deleted and made again under its name while a script was on its way to it, or ran there. The new VM has another GUID, and nothing was run on it.",
    todo: "Run it again: on the new VM it is a first run.",
    retried: "No: nobody has asked for a run on the new VM.",
  },
  ReceiptGone: {
    means:
      "The VM knows nothing of a run that was begun there: what runs leave was removed meanwhile, or never came there.",
    todo: "See who removes `/var/lib/azure-run-command` on the VM, or who deleted the resource at the same time.",
    retried: "No.",
  },
  InterruptedBefore: {
    means: "The deployment was interrupted (^C) before the script was sent.",
    todo: "Deploy again.",
    retried: "No.",
  },
  ScriptRefused: {
    means: "The script reached the VM, and the runner could not start it.",
    todo: "Mend what the sentence names: a user or a folder that is not there, a full disk.",
    retried: NOT_A_REQUEST,
  },
  ScriptFailed: {
    means: "The script's own exit code is not one of success.",
    todo: "All output is in the stack's state. Mend the script; the next deployment runs it again.",
    retried: NOT_A_REQUEST,
  },
  ScriptKilled: {
    means: "A signal ended the script, for example because memory ran out.",
    todo: "See the VM's own log for who sent it.",
    retried: NOT_A_REQUEST,
  },
  ScriptTimedOut: {
    means: "The script took longer than `timeoutInSeconds`, and was ended with all its children.",
    todo: "Allow more time, or see what it waits for: nobody can answer its questions.",
    retried: NOT_A_REQUEST,
  },
  ScriptCanceled: {
    means: "A later deployment, or a deletion, ended it.",
    todo: "Deploy again if it is still wanted.",
    retried: NOT_A_REQUEST,
  },
  NamedOutputsUnreadable: {
    means: "The script succeeded, and what it wrote to `$AZURE_RUN_COMMAND_OUTPUT` is not `name=value`.",
    todo: "Mend the lines that it writes.",
    retried: NOT_A_REQUEST,
  },
  RestartedTooOften: {
    means: "With `rebootPolicy`, a script may restart its VM; this one does so without end.",
    todo: "Let it look at `AZURE_RUN_COMMAND_BOOT`, and stop.",
    retried: NOT_A_REQUEST,
  },
  StillRunning: {
    means: "A deletion ends what still runs. Something in it cannot be ended, even by SIGKILL.",
    todo: "Look on the VM for processes in state `D`: a dead disk, a network share that is gone.",
    retried: "No: delete again once they are gone.",
  },
  ReceiptsStay: {
    means: "The receipts of this resource's runs could not be removed from the VM, or that is not known.",
    todo: "Mend what the sentence names and delete again.",
    retried: "Up to three times, as any question to the runner.",
  },
  DeleteScriptFailed: {
    means: "The resource's `delete` script did not succeed, so the resource stays in the state.",
    todo: "Mend the script, deploy it, and delete again; or let its failure be ignored.",
    retried: NOT_A_REQUEST,
  },
  RunLost: {
    means: "The script's processes are gone, and none of them left an exit code.",
    todo: "See the VM's log: the out-of-memory killer and `kill -9` leave their traces there.",
    retried: NOT_A_REQUEST,
  },
  RunInterrupted: {
    means: "The VM was restarted while the script ran.",
    todo: "Deploy again; or set `rebootPolicy`, when the script restarts the VM itself.",
    retried: NOT_A_REQUEST,
  },
};
