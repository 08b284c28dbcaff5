// What the user asked of the quick start.

export const HELP = `usage: npm run quickstart [-- --azure VM_RESOURCE_ID | --cdk]

Runs a script in a Linux VM as a Pulumi resource, edits it, and cleans up. By default the VM and its Azure are simulated
on this machine, and nothing leaves it. With --azure the same is done in a VM of yours, with your own credentials.

With --cdk it is a stack of AWS CloudFormation that runs scripts in the VM: an AWS CDK app (examples/cdk-join-fleet) is
synthesised, deployed, updated, failed, rolled back and destroyed, on a simulated AWS and a simulated Azure.
`;

const VM_ID =
  /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/virtualMachines\/[^/]+$/i;
const VM_ID_SHAPE = "/subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.Compute/virtualMachines/NAME";
const BOTH =
  "--cdk cannot be combined with --azure: it runs on simulators alone; examples/cdk-join-fleet/README.md says how to deploy to a real VM";

/**
 * @returns {{ kind: "simulated" } | { kind: "cdk" } | { kind: "azure", virtualMachineId: string } | { kind: "help" }
 *   | { kind: "problem", problem: string }}
 */
export function readArguments(args) {
  const all = args.flatMap((arg) => (arg.startsWith("--azure=") ? ["--azure", arg.slice(8)] : [arg]));
  const [first, second, ...more] = all;
  if (first === undefined) return { kind: "simulated" };
  if (first === "--help" || first === "-h") return { kind: "help" };
  if (all.includes("--cdk") && all.includes("--azure")) return problem(BOTH);
  if (first === "--cdk") return second === undefined ? { kind: "cdk" } : tooMany(second);
  if (first !== "--azure")
    return problem(`unknown argument '${first}'; only --azure VM_RESOURCE_ID and --cdk are known`);
  if (more.length > 0) return tooMany(more[0]);
  if (second === undefined || !VM_ID.test(second))
    return problem(`--azure needs the resource id of a VM, ${VM_ID_SHAPE}, and got '${second ?? ""}'`);
  return { kind: "azure", virtualMachineId: second };
}

function tooMany(argument) {
  return problem(`one argument too many: '${argument}'`);
}

function problem(text) {
  return { kind: "problem", problem: text };
}
