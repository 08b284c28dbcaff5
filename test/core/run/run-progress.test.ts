import { RunProgress } from "../../../core/run/run-progress";
import { reportExample } from "../../support/examples";
import { recordedReporter, virtualOutside } from "../../support/virtual-outside";

const WAITING = reportExample({ state: "Waiting", behind: { key: "other", runId: "1-create-0" } });
const RUNNING = reportExample({ state: "Running", lastLine: "step 3 token" });

function progress() {
  const outside = virtualOutside(() => ({ status: 500 }));
  const reporter = recordedReporter();
  const run = new RunProgress({
    label: "mine",
    vmName: "web1",
    outside,
    reporter,
    mask: (text, cut) => `${text.replace("token", "[secret]")} ${JSON.stringify(cut)}`,
    labelOf: (key) => (key === "other" ? "prepare" : undefined),
  });
  return { run, outside, messages: reporter.messages };
}

test("a run tells behind whom it is queued, when it was sent, behind whom it waits, and since when it runs", async () => {
  const { run, outside, messages } = progress();
  run.queued(["a", "b", "c", "d", "e"]);
  await outside.sleep(100_000);
  run.inProgress(5_000);
  await outside.sleep(55_000);
  run.seen(WAITING);
  await outside.sleep(30_000);
  run.seen(RUNNING);
  await outside.sleep(40_000);
  run.inProgress(40_000);
  expect(messages).toEqual([
    "progress: queued for 'web1' behind 'a', 'b', 'c' and 2 more",
    "progress: sent to 'web1' 5 s ago",
    "progress: waiting on 'web1' for 60 s behind 'prepare'",
    'progress: running on \'web1\' for 30 s: step 3 [secret] {"start":true,"end":true}',
    'progress: running on \'web1\' for 70 s: step 3 [secret] {"start":true,"end":true}',
  ]);
});

test("a run behind one of another deployment says so, and one that is known to run is never called queued", () => {
  const { run, messages } = progress();
  run.inProgress(0);
  run.seen({ ...WAITING, behind: { key: "x", runId: "1-create-0" } });
  run.queued(["a"]);
  expect(messages.slice(1)).toEqual(["progress: waiting on 'web1' for 0 s behind a script of another deployment"]);
});

test("a run that was taken up tells when it began, since nobody here knows for how long it has run", async () => {
  const { run, outside, messages } = progress();
  run.inProgress(0);
  run.seen(reportExample({ takenUp: true, startedAtSeconds: 1_795_392_061 }));
  await outside.sleep(60_000);
  run.seen(reportExample({ startedAtSeconds: 1_795_392_061 }));
  expect(messages.slice(1)).toEqual(Array(2).fill("progress: running on 'web1' since 00:01:01 UTC"));
});
