/** The code of functions: published assets, and code inside templates, each in a folder of its own. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ResourceFailure } from "../engine/kind";
import { isRecord } from "../template/template";

export class CodeStore {
  readonly #folders = new Map<string, string>();

  constructor(private readonly workFolder: string) {}

  /** Keeps a copy of a folder under the name of its zip file in S3: far from this project's node_modules. */
  publish(bucket: string, key: string, folder: string): void {
    const known = this.#folders.get(`${bucket}/${key}`);
    if (known === undefined) {
      cpSync(folder, this.#newFolder(`${bucket}/${key}`), { recursive: true, dereference: true });
    }
  }

  /** Their names are short, as `/var/task` is: they stand in the stack traces of handlers. */
  #newFolder(name: string): string {
    const folder = join(this.workFolder, `task${this.#folders.size}`);
    mkdirSync(folder);
    this.#folders.set(name, folder);
    return folder;
  }

  /** @throws {ResourceFailure} when the zip file was not published. */
  folderOf(code: unknown): string {
    const { S3Bucket, S3Key, ZipFile } = isRecord(code) ? code : {};
    if (typeof ZipFile === "string") {
      return this.#inline(ZipFile);
    }
    const folder = this.#folders.get(`${String(S3Bucket)}/${String(S3Key)}`);
    if (folder === undefined) {
      throw new ResourceFailure(
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.",
      );
    }
    return folder;
  }

  /** Source: AWS::Lambda::Function Code, `ZipFile`: Lambda makes a file `index.js` of it. */
  #inline(source: string): string {
    const known = this.#folders.get(source);
    if (known !== undefined) {
      return known;
    }
    const folder = this.#newFolder(source);
    writeFileSync(join(folder, "index.js"), source);
    return folder;
  }
}
