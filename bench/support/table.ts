/** Makes tables of what was measured, and writes them: for a terminal and for a page in Markdown. Pure. */
import type { Cell, Column, Row, Table } from "./bench";

/** What stands where nothing was measured. */
const NOTHING = "–";

/** A column with what stands in it for each thing that was measured. */
export interface ColumnOf<Item> extends Column {
  readonly of: (item: Item) => Cell;
}

/** @param items a row each. */
export function tableOf<Item>(
  caption: string,
  items: readonly Item[],
  columns: readonly ColumnOf<NoInfer<Item>>[],
): Table {
  return {
    caption,
    columns: columns.map(({ of: _, ...column }) => column),
    rows: items.map((item) => Object.fromEntries(columns.map((column) => [column.key, column.of(item)]))),
  };
}

export function printTable(table: Table): string {
  const cells = cellsOf(table);
  const widths = table.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, isLeft(table, column)))
      .join("  ")
      .trimEnd(),
  );
  const [head = "", ...body] = lines;
  return [table.caption, head, "-".repeat(Math.max(...lines.map((line) => line.length))), ...body].join("\n");
}

export function markdownTable(table: Table): string {
  const [head = [], ...body] = cellsOf(table);
  const rule = table.columns.map((_, column) => (isLeft(table, column) ? "---" : "---:"));
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [`**${table.caption}**`, "", line(head), line(rule), ...body.map(line)].join("\n");
}

function cellsOf({ columns, rows }: Table): readonly (readonly string[])[] {
  const head = columns.map(({ title, unit = "" }) => (unit === "" ? title : `${title}, ${unit}`));
  return [head, ...rows.map((row) => columns.map((column) => cell(row, column)))];
}

function cell(row: Row, { key, digits = 0 }: Column): string {
  const value = row[key];
  if (value === undefined) {
    return NOTHING;
  }
  return typeof value === "string" ? value : toFixed(value, digits);
}

export function toFixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The first column says what is measured. */
function isLeft({ columns, rows }: Table, column: number): boolean {
  const key = columns[column]?.key ?? "";
  return column === 0 || rows.some((row) => typeof row[key] === "string");
}

function pad(text: string, width: number, left: boolean): string {
  return left ? text.padEnd(width) : text.padStart(width);
}
