/** The two streams in the message that Azure keeps. */
import { runMessage } from "../../../simulator/guest/handler";
import { splitStreams } from "../../../simulator/page/streams";

const split = (stdout: string, stderr: string): unknown =>
  splitStreams(runMessage({ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }).message);

test.each([
  { stdout: "", stderr: "" },
  { stdout: "a\n", stderr: "" },
  { stdout: "", stderr: "b\n" },
  { stdout: "[stdout]\n", stderr: "[stderr]" },
])("what the handler joins is split again: %j", ({ stdout, stderr }) => {
  expect(split(stdout, stderr)).toEqual({ stdout, stderr, exact: true });
});

test("a mark that the script printed makes the split a guess, at the last one", () => {
  expect(split("a\n[stderr]\nb", "c")).toEqual({ stdout: "a\n[stderr]\nb", stderr: "c", exact: false });
});

test.each(["Enable succeeded: Last script execution didn't finish.", "Enable succeeded: \n[stdout]\nno end", ""])(
  "%j has no streams",
  (message) => {
    expect(splitStreams(message)).toBeUndefined();
  },
);
