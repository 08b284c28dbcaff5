/**
 * What Azure's side and the agent know of the extension, kept beside the disk (not in it: a guest cannot change it).
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ExtensionState {
  readonly installed: boolean;
  /** Sequence number of the next run; 0 again after a removal. Source: azure-wire.md 4.1. */
  readonly nextSeq: number;
  /** A run that has begun and whose end the agent has not seen. */
  readonly openSeq: number | undefined;
}

const NOT_INSTALLED: ExtensionState = { installed: false, nextSeq: 0, openSeq: undefined };

export class ExtensionStateFile {
  private current: ExtensionState | undefined;
  constructor(private readonly folder: string) {}

  get value(): ExtensionState {
    this.current ??= this.read();
    return this.current;
  }

  set(change: Partial<ExtensionState>): void {
    this.current = { ...this.value, ...change };
    mkdirSync(this.folder, { recursive: true });
    const path = join(this.folder, "state.json");
    writeFileSync(`${path}.new`, `${JSON.stringify(this.current)}\n`);
    renameSync(`${path}.new`, path);
  }

  forget(): void {
    this.current = undefined;
  }

  reset(): void {
    this.set(NOT_INSTALLED);
  }

  private read(): ExtensionState {
    let text: string;
    try {
      text = readFileSync(join(this.folder, "state.json"), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return NOT_INSTALLED;
      throw error;
    }
    const { installed, nextSeq, openSeq } = JSON.parse(text) as Partial<ExtensionState>;
    return { installed: installed ?? false, nextSeq: nextSeq ?? 0, openSeq };
  }
}
