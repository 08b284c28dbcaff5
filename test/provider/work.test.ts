/** What the process makes of its environment before the first call of the engine. */
import { WAIT_SLICE_SECONDS } from "../../core/limits";
import type { openSession } from "../../core/run/session";
import type { currentWork } from "../../provider/work";

const VARIABLE = "AZURE_RUN_COMMAND_WAIT_SLICE_SECONDS";

/** What the session is opened with, in a process whose environment has this. */
async function sessionOptions(waitSlice: string | undefined): Promise<Parameters<typeof openSession>[0] | undefined> {
  const open = jest.fn<ReturnType<typeof openSession>, Parameters<typeof openSession>>();
  await jest.isolateModulesAsync(async () => {
    jest.doMock("../../core/run/session", () => ({ openSession: open }));
    const isolated: { currentWork: typeof currentWork } = require("../../provider/work");
    if (waitSlice !== undefined) {
      process.env[VARIABLE] = waitSlice;
    }
    isolated.currentWork();
  });
  return open.mock.lastCall?.[0];
}

afterEach(() => {
  delete process.env[VARIABLE];
  jest.dontMock("../../core/run/session");
});

test.each([
  { waitSlice: "7", seconds: 7 },
  { waitSlice: undefined, seconds: WAIT_SLICE_SECONDS },
])("a wait slice of $waitSlice in the environment is one of $seconds seconds in the session", async (given) => {
  expect(await sessionOptions(given.waitSlice)).toMatchObject({ waitSliceSeconds: given.seconds });
});
