import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ASSUMED } from "../simulator/assumed";

test("every file of the simulator that says `assumed` is in the list of what is assumed, and no other", () => {
  const root = join(__dirname, "..", "simulator");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const assuming = files.filter(
    (file) => file !== "assumed.ts" && /\bassumed\b(?!-role)/i.test(readFileSync(join(root, file), "utf8")),
  );
  expect(assuming.sort()).toEqual(ASSUMED.map(({ where }) => where).sort());
});
