/** ^C: once, the engine waits for the script; twice, it leaves, and the next deployment takes the script up. */
import { providersOf, untilNoProvider } from "./support/deaths";
import { startSimulatorProcess } from "./support/run-commands";
import type { SimulatorProcess } from "./support/simulator-process";
import {
  count,
  expectResult,
  expectTakenUp,
  letGo,
  onStages,
  PRINTED,
  SCRIPT,
  untilBegun,
  upAfterTheEnd,
} from "./support/stages";

jest.setTimeout(180_000);

let simulator: SimulatorProcess;

beforeAll(async () => {
  simulator = await startSimulatorProcess();
});

afterAll(() => simulator.stop());

const CANCEL_TOLD = /\^C: waiting for the script on '[a-z-]+' to end; a second \^C leaves it running there/;

test.concurrent("one SIGINT: the engine waits for the script, and the state has its result", () =>
  onStages(simulator, { "one-sigint": SCRIPT }, async (stage) => {
    const { project } = stage;
    const deployment = project.start("up");
    await untilBegun(stage);
    deployment.kill("SIGINT");
    await deployment.waitForOutput(CANCEL_TOLD);
    await letGo(stage);
    expect(await deployment.ended).toMatchObject({ exitCode: 255, output: expect.stringContaining("update canceled") });
    await expectResult(stage, PRINTED);
    expect(providersOf(project)).toEqual([]);

    expect(await count(stage)).toBe("began\n");
  }));

/** The engine gives its providers 5 s (source: reference/pulumi.md, section 9); the script would go on for ever. */
const LEAVES_WITHIN_MS = 30_000;

test.concurrent("two SIGINTs: the engine leaves, the script goes on, and the next up takes it up", () =>
  onStages(simulator, { "two-sigints": SCRIPT }, async (stage) => {
    const { project } = stage;
    const deployment = project.start("up");
    await untilBegun(stage);
    deployment.kill("SIGINT");
    await deployment.waitForOutput(CANCEL_TOLD);
    const askedAgainAtMs = Date.now();
    deployment.kill("SIGINT");
    expect((await deployment.ended).exitCode).toBe(255);
    expect(Date.now() - askedAgainAtMs).toBeLessThan(LEAVES_WITHIN_MS);
    await untilNoProvider(project);
    expect(await stage.inGuest("ls /var/lib/azure-run-command/*/*/end.* 2>/dev/null")).toBe("");

    const resumed = await (await upAfterTheEnd(stage)).ended;
    expect(resumed).toMatchObject({ exitCode: 0 });
    expect(await count(stage)).toBe("began\n");
    expectTakenUp(resumed.output, stage, true);
    await expectResult(stage, PRINTED);
  }));
