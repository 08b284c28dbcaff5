/** Cuts what a Lambda process prints into lines. */
import { StringDecoder } from "node:string_decoder";
import { END_OF_LOG } from "./process/protocol";

export class ProcessLog {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(
    private readonly line: (text: string) => void,
    private readonly endOfInvocation: () => void = () => {},
  ) {}

  push(chunk: Buffer): void {
    const lines = `${this.#rest}${this.#decoder.write(chunk)}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const text of lines) {
      if (text === END_OF_LOG) {
        this.endOfInvocation();
      } else {
        this.line(text.replaceAll("\r", "\n"));
      }
    }
  }
}
