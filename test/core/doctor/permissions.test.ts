/** What a role gives and takes back: wildcards, case, several roles. */
import { isAllowed, type Permission } from "../../../core/doctor/permissions";

const RUN = "Microsoft.Compute/virtualMachines/runCommand/action";
const role = (actions: readonly string[], notActions: readonly string[] = []): Permission => ({ actions, notActions });

test.each<{ when: string; roles: readonly Permission[]; allowed: boolean }>([
  { when: "there is no role", roles: [], allowed: false },
  { when: "it is named", roles: [role([RUN])], allowed: true },
  { when: "it is named in other letters", roles: [role([RUN.toUpperCase()])], allowed: true },
  { when: "all is given", roles: [role(["*"])], allowed: true },
  { when: "all of VMs is given", roles: [role(["Microsoft.Compute/virtualMachines/*"])], allowed: true },
  { when: "a wildcard stands in the middle", roles: [role(["Microsoft.Compute/*/action"])], allowed: true },
  { when: "only reading is given", roles: [role(["*/read"])], allowed: false },
  { when: "it only begins so", roles: [role(["Microsoft.Compute/virtualMachines"])], allowed: false },
  {
    when: "only the managed form is given",
    roles: [role(["Microsoft.Compute/virtualMachines/runCommands/*"])],
    allowed: false,
  },
  { when: "a dot stands for itself", roles: [role([RUN.replace(".", "x")])], allowed: false },
  {
    when: "the role takes it back",
    roles: [role(["*"], ["Microsoft.Compute/virtualMachines/runCommand/*"])],
    allowed: false,
  },
  {
    when: "one role takes it back and another gives it",
    roles: [role(["*"], ["*/action"]), role([RUN])],
    allowed: true,
  },
  { when: "a role gives nothing and takes nothing back", roles: [role([])], allowed: false },
])("allowed is $allowed when $when", ({ roles, allowed }) => {
  expect(isAllowed(RUN, roles)).toBe(allowed);
});
