/** When a stack has turned away from what it asked for. */
import { hasTurned } from "../../../constructs/handler/stack-watch";

test.each([
  ["Create", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", false],
  ["Create", "CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", true],
  ["Create", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", true],
  ["Create", "CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", true],
  ["Create", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", false],
  ["Create", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", true],
  ["Create", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", true],
  ["Create", "IMPORT_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS", true],
  ["Create", undefined, "ROLLBACK_IN_PROGRESS", true],
  ["Create", "ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", true],
  ["Update", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", false],
  ["Update", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", true],
  ["Update", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", false],
  ["Update", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", false],
  ["Update", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", false],
  ["Update", "UPDATE_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", true],
  ["Update", undefined, "UPDATE_ROLLBACK_IN_PROGRESS", false],
  ["Update", "UPDATE_IN_PROGRESS", undefined, false],
] as const)("for a(n) %s that was met in %s, in %s: %s", (type, atFirst, now, expected) => {
  expect(hasTurned({ type }, atFirst, now)).toBe(expected);
});
