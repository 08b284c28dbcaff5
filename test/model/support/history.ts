/** Steps as lines, to be read by whoever looks for the cause of a divergence. Pure. */
import { type Declared, SIMPLE } from "../declared";
import type { Step } from "./steps";

/** Of what is declared again, only what is another than before. */
export function describeHistory(history: readonly Step[]): readonly string[] {
  const declared: Record<string, Declared> = {};
  return history.map((step, index) => {
    const { does, ...rest } = step;
    if (step.does !== "declare") return `${index + 1} ${does} ${JSON.stringify(rest)}`;
    const before: Partial<Declared> = declared[step.name] ?? SIMPLE;
    declared[step.name] = step.declared;
    const entries = Object.entries(step.declared);
    const changed = entries.filter(([name, value]) => !isEqual(value, before[name as keyof Declared]));
    return `${index + 1} declare ${step.name} ${JSON.stringify(Object.fromEntries(changed))}`;
  });
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
