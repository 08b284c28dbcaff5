/** A secret that is planted, and the forms in which it would be found again. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

export interface PlantedSecret {
  readonly text: string;
  /** The secret, in hexadecimal, and its base64 wherever in a longer text it stands (without what depends on its neighbours). */
  readonly forms: readonly string[];
  /** The files below a folder of this machine that have it in one of its forms. */
  filesIn(folder: string): string[];
}

export function plantedSecret(): PlantedSecret {
  const text = `pl4nted-${randomBytes(12).toString("hex")}`;
  const forms = [
    text,
    Buffer.from(text).toString("hex"),
    ...[0, 1, 2].map((before) => {
      const encoded = Buffer.from(`${"x".repeat(before)}${text}`).toString("base64");
      return encoded.slice(Math.ceil((before * 4) / 3), -4);
    }),
  ];
  return { text, forms, filesIn: (folder) => filesWith(forms, folder) };
}

function filesWith(forms: readonly string[], folder: string): string[] {
  const patterns = forms.flatMap((form) => ["-e", form]);
  const { status, stdout, stderr } = spawnSync("grep", ["-rlaF", ...patterns, folder], { encoding: "utf8" });
  // 1: none. 2: something could not be read, which here may only be what the guest deleted meanwhile.
  if (status === null || status > 2 || /denied/.test(stderr)) throw new Error(`the search failed: ${stderr}`);
  return stdout.split("\n").filter((path) => path !== "");
}

/** What a script itself prints is in its receipt and in the handler's folder, readable by root, until its resource is deleted. */
export function isWhereScriptsPrint(path: string): boolean {
  return /\/var\/lib\/(azure-run-command|waagent\/run-command)\//.test(path);
}
