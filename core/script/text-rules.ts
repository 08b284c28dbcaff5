/** What is wrong with a script's bytes before any shell reads them: line ends, marks, a `#!` line that is none. Pure. */

const BYTE_ORDER_MARK = "\uFEFF";

/** @param isShell whether its `#!` line is that of a shell, or missing. */
export function textWarnings(property: string, text: string, isShell: boolean): readonly string[] {
  const warnings = [
    markWarning(property, text),
    shebangWarning(property, text),
    lineEndWarning(property, text, isShell),
  ];
  return warnings.filter((warning) => warning !== undefined);
}

function markWarning(property: string, text: string): string | undefined {
  if (!text.startsWith(BYTE_ORDER_MARK)) {
    return undefined;
  }
  const effect = text.startsWith(`${BYTE_ORDER_MARK}#!`)
    ? "before its '#!', so that Linux does not see that line and /bin/sh runs the script"
    : "before its first word, so that the shell looks for a command of another name";
  return `${property} has a byte order mark (U+FEFF) ${effect}; save it as UTF-8 without one`;
}

function shebangWarning(property: string, text: string): string | undefined {
  return /^[ \t\r\n]+#!\s*[/]/.test(text)
    ? `${property} has its '#!' line not at the very beginning, so that it is a comment and /bin/sh runs the script; remove the blanks and line breaks before it`
    : undefined;
}

/** The script reaches the VM byte for byte. */
function lineEndWarning(property: string, text: string, isShell: boolean): string | undefined {
  const lines = text.split("\n");
  const withReturn = lines.findIndex((line) => line.endsWith("\r"));
  const how = `save it with LF line ends (tr -d '\\r' makes them), or give text.replaceAll("\\r\\n", "\\n")`;
  if (withReturn === 0 && text.startsWith("#!")) {
    return `${property} has Windows line ends (CR LF): Linux looks for an interpreter whose name ends with a CR, and does not find it; ${how}`;
  }
  return withReturn >= 0 && isShell
    ? `${property} has Windows line ends (CR LF) from line ${withReturn + 1} on: the shell takes the CR for a part of the last word of the line; ${how}`
    : undefined;
}
