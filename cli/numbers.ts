/** Reads times and sizes as one writes them: `90`, `90s`, `10m`, `2h`; `65536`. Pure. */
import { UsageError } from "./usage";

const SECONDS_IN = { s: 1, m: 60, h: 3_600 } as const;

/** The longest that a script may be given. Source: core/inputs/input-settings.ts. */
const MOST_SECONDS = 10 ** 8;

/** @throws UsageError */
export function readSeconds(option: string, text: string, { least }: { readonly least: number }): number {
  const [, digits = "", unit = "s"] = /^([0-9]{1,9})([smh])?$/.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS_IN[unit as keyof typeof SECONDS_IN];
  if (digits === "" || seconds < least || seconds > MOST_SECONDS) {
    throw new UsageError(
      `${option} is '${text}', expected a whole number of seconds from ${least}, or a time such as 90s, 10m or 2h`,
    );
  }
  return seconds;
}

/** @returns undefined where nothing is given. @throws UsageError; what is too large is found later, with all other problems. */
export function readBytes(option: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^[0-9]{1,15}$/.test(text)) {
    throw new UsageError(`${option} is '${text}', expected a whole number of bytes`);
  }
  return text === undefined ? undefined : Number(text);
}
