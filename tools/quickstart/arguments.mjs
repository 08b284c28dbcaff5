// What the user asked of the quick start.

export const HELP = `usage: npm run quickstart [-- --azure VM_RESOURCE_ID]

Runs a script in a Linux VM as a Pulumi resource, edits it, and cleans up. By default the VM and its Azure are simulated
on this machine, and nothing leaves it. With --azure the same is done in a VM of yours, with your own credentials.
`;

const VM_ID =
  /^\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/virtualMachines\/[^/]+$/i;
const VM_ID_SHAPE = "/subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.Compute/virtualMachines/NAME";

/** @returns {{ kind: "simulated" } | { kind: "azure", virtualMachineId: string } | { kind: "help" } | { kind: "problem", problem: string }} */
export function readArguments(args) {
  const [first, second, ...more] = args.flatMap((arg) =>
    arg.startsWith("--azure=") ? ["--azure", arg.slice(8)] : [arg],
  );
  if (first === undefined) return { kind: "simulated" };
  if (first === "--help" || first === "-h") return { kind: "help" };
  if (first !== "--azure")
    return { kind: "problem", problem: `unknown argument '${first}'; only --azure VM_RESOURCE_ID is known` };
  if (more.length > 0) return { kind: "problem", problem: `one argument too many: '${more[0]}'` };
  if (second === undefined || !VM_ID.test(second))
    return {
      kind: "problem",
      problem: `--azure needs the resource id of a VM, ${VM_ID_SHAPE}, and got '${second ?? ""}'`,
    };
  return { kind: "azure", virtualMachineId: second };
}
