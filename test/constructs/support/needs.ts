/** What has to be there before a resource, by the references and dependencies of a template. */
import type { Synthesised } from "./synth";

/** @returns the logical ids of all that a resource needs, directly or not. A name stands for the id that begins with it. */
export function needsOf({ resources }: Synthesised): (name: string) => readonly string[] {
  const ids = Object.keys(resources);
  const direct = (id: string) => {
    const { DependsOn = [], ...resource } = resources[id] ?? {};
    const text = JSON.stringify(resource);
    const referred = ids.filter(
      (other) => text.includes(`"Ref":"${other}"`) || text.includes(`"Fn::GetAtt":["${other}",`),
    );
    return [...DependsOn, ...referred];
  };
  return (name) => {
    const start = ids.find((id) => new RegExp(`^${name}[0-9A-F]{8}$`).test(id) || id === name);
    if (start === undefined) throw new Error(`no resource is called '${name}': ${ids.join(", ")}`);
    const found = new Set<string>();
    const visit = (id: string) => {
      for (const needed of direct(id))
        if (!found.has(needed)) {
          found.add(needed);
          visit(needed);
        }
    };
    visit(start);
    return [...found];
  };
}
