import { readAzureMessage } from "../../../core/run/azure-message";

test.each<{ what: string; message: string; stdout: string; stderr: string }>([
  {
    what: "both streams",
    message: "Enable succeeded: \n[stdout]\nout\n\n[stderr]\nerr\n",
    stdout: "out\n",
    stderr: "err\n",
  },
  { what: "no output", message: "Enable succeeded: \n[stdout]\n\n[stderr]\n", stdout: "", stderr: "" },
  {
    what: "stdout without a line end",
    message: "Enable succeeded: \n[stdout]\nout\n[stderr]\n",
    stdout: "out",
    stderr: "",
  },
  {
    what: "a stream with the mark in it, of which the last one counts",
    message: "Enable succeeded: \n[stdout]\na\n[stderr]\nb\n[stderr]\nc",
    stdout: "a\n[stderr]\nb",
    stderr: "c",
  },
  { what: "another form, which is taken whole", message: "it is done", stdout: "it is done", stderr: "" },
  { what: "nothing", message: "", stdout: "", stderr: "" },
])("of a message with $what, the streams are known", ({ message, stdout, stderr }) => {
  expect(readAzureMessage(message, "web1")).toEqual({ stdout, stderr });
});

test("a command that did not finish has no streams, and may have been carried out", () => {
  expect(() => readAzureMessage("Enable succeeded: Last script execution didn't finish.", "web1")).toThrow(
    expect.objectContaining({
      mayHaveRun: true,
      failure: {
        kind: "ReportUnreadable",
        vmName: "web1",
        why: "the guest agent or the VM restarted before the command had ended",
        evidence: "Enable succeeded: Last script execution didn't finish.",
      },
    }),
  );
});
