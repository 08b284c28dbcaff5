/** JSON as Azure Compute prints it: indented by two, lines ended by CRLF, some parts on one line. */

/** A part of a document that stays on one line, as `properties.output` of a poll does. */
export class OneLine {
  constructor(readonly value: Json) {}
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };
export type Document = Json | OneLine | readonly Document[] | { readonly [name: string]: Document | undefined };

/** Source: recordings, catalogue (5,725 and 626 bytes) and polls (134 bytes in progress, 442 bytes succeeded). */
export function printDocument(document: Document, indent = ""): string {
  if (document instanceof OneLine) {
    return JSON.stringify(document.value);
  }
  if (Array.isArray(document)) {
    return printLines(
      "[",
      "]",
      document.map((entry: Document) => printDocument(entry, `${indent}  `)),
      indent,
    );
  }
  if (typeof document === "object" && document !== null) {
    const fields = Object.entries(document as { readonly [name: string]: Document | undefined })
      .filter((field): field is [string, Document] => field[1] !== undefined)
      .map(([name, value]) => `${JSON.stringify(name)}: ${printDocument(value, `${indent}  `)}`);
    return printLines("{", "}", fields, indent);
  }
  return JSON.stringify(document);
}

function printLines(open: string, close: string, lines: readonly string[], indent: string): string {
  return lines.length === 0
    ? `${open}${close}`
    : `${open}\r\n${lines.map((line) => `${indent}  ${line}`).join(",\r\n")}\r\n${indent}${close}`;
}
