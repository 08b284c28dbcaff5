/** One stream of a script that is printed while it runs: what of it can be printed when, so that nothing comes twice. Pure. */
import { decodeText, unfinishedBytes } from "../core/guest/text";
import { OUTPUT_MAX_BYTES } from "../core/limits";
import type { PieceMask } from "../core/secrets/secret-texts";

const LINE_END = 0x0a;

/** What is to be printed; bytes where nothing in them is secret. */
export type Printable = Uint8Array | string;

/** How the whole differs from what has been printed of it. */
export type Difference =
  /** Nothing came before its end, and only the end has come. */
  | { readonly kind: "OnlyEnd"; readonly totalBytes: number }
  /** Behind the first bytes, which had come before, others are missing, and then comes the end. */
  | { readonly kind: "Gap"; readonly printedBytes: number; readonly missingBytes: number }
  /** What is printed is not, or no longer, how the stream begins on the VM. */
  | { readonly kind: "Changed" };

export interface Ending {
  readonly text: readonly Printable[];
  readonly difference: Difference | undefined;
}

/** The end of a stream as it lies on the VM. */
export interface WholeStream {
  readonly bytes: Uint8Array;
  /** Size of the whole stream, of which `bytes` are the end. */
  readonly totalBytes: number;
}

export class FollowedStream {
  /** What has come and is not printed: no whole line yet, or the beginning of what may be a secret. */
  private pending: Uint8Array = new Uint8Array();
  /** The end of what has come, as much as can come again with the end of the run. */
  private last: Uint8Array = new Uint8Array();
  private comeBytes = 0;

  /** @param secrets `undefined` where nothing is secret: then everything is printed byte for byte. */
  constructor(private readonly secrets: PieceMask | undefined) {}

  /** @returns the lines that are whole with what comes now. */
  take(bytes: Uint8Array): Printable {
    this.comeBytes += bytes.length;
    this.last = Buffer.concat([this.last, bytes]).subarray(-OUTPUT_MAX_BYTES);
    const all = Buffer.concat([this.pending, bytes]);
    const end = this.secrets === undefined ? all.lastIndexOf(LINE_END) + 1 : certainBytes(all, this.secrets);
    this.pending = all.subarray(end);
    return this.shown(all.subarray(0, end), {});
  }

  /** @param whole `undefined` where nobody knows how the stream ends. @returns all that is not printed yet. */
  end(whole: WholeStream | undefined): Ending {
    if (whole === undefined) {
      return { text: [this.shown(this.pending, { end: true })], difference: undefined };
    }
    const { bytes, totalBytes } = whole;
    const beginsAt = totalBytes - bytes.length;
    if (beginsAt > this.comeBytes) {
      const printedBytes = this.comeBytes;
      return {
        text: [this.shown(this.pending, { end: true }), this.shown(bytes, { start: true })],
        difference:
          printedBytes === 0
            ? { kind: "OnlyEnd", totalBytes }
            : { kind: "Gap", printedBytes, missingBytes: beginsAt - printedBytes },
      };
    }
    // A child of the script may print after its end, and then more came than is counted.
    const again = bytes.subarray(0, this.comeBytes - beginsAt);
    const from = this.last.length - (this.comeBytes - beginsAt);
    if (Buffer.compare(again, this.last.subarray(from, from + again.length)) !== 0) {
      return { text: [this.shown(this.pending, { end: true })], difference: { kind: "Changed" } };
    }
    return {
      text: [this.shown(Buffer.concat([this.pending, bytes.subarray(again.length)]), {})],
      difference: undefined,
    };
  }

  /** @param cut which ends are not those of the stream. */
  private shown(bytes: Uint8Array, cut: { readonly start?: boolean; readonly end?: boolean }): Printable {
    if (this.secrets === undefined) {
      return bytes;
    }
    // With half a character behind it the beginning of a secret is not known for one.
    const end = bytes.length - (cut.end === true ? unfinishedBytes(bytes) : 0);
    const { text } = decodeText(bytes.subarray(0, end), { cutAtStart: cut.start === true });
    return this.secrets.mask(text, cut) + decodeText(bytes.subarray(end)).text;
  }
}

/** A line end is one character and one byte, whatever the other bytes are. */
function certainBytes(bytes: Uint8Array, { certain }: PieceMask): number {
  const { text } = decodeText(bytes.subarray(0, bytes.length - unfinishedBytes(bytes)));
  const lines = text.slice(0, certain(text)).split("\n").length - 1;
  let end = 0;
  for (let line = 0; line < lines; line += 1) {
    end = bytes.indexOf(LINE_END, end) + 1;
  }
  return end;
}
