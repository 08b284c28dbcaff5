/** What the simulator prints is what Azure printed, byte for byte where it was recorded. */
import { READY_AGENT } from "../../../simulator/agent-status";
import { CATALOGUE, catalogueDocument, commandDocument } from "../../../simulator/arm/catalogue";
import { type Document, OneLine, printDocument } from "../../../simulator/arm/document";
import { dotNetTicks, formatInstant, formatUsDate, type Instant } from "../../../simulator/arm/instant";
import { monitorReply, pollReply } from "../../../simulator/arm/operations";
import { machineDocument } from "../../../simulator/arm/virtual-machines";
import type { Operation, Outcome, VirtualMachine } from "../../../simulator/world";
import { FakeGuest } from "../fake-guest";
import { fixture } from "../fixture";

function instant(text: string): Instant {
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?\+00:00$/.exec(text) ?? [];
  const ticks = fraction.padEnd(7, "0");
  return { atMs: Date.parse(`${whole}Z`) + Number(ticks.slice(0, 3)), ticks: Number(ticks.slice(3)) };
}

function operation(id: string, startTime: string, outcome: Outcome): Operation {
  const startedAt = instant(startTime);
  return {
    id,
    partition: "p",
    vmName: "vm1",
    resourceGroup: "rg",
    location: "westus",
    action: "runCommand",
    commandId: "RunShellScript",
    postedAtMs: startedAt.atMs,
    startedAt,
    client: undefined,
    scriptStartedAtMs: undefined,
    scriptEndedAtMs: undefined,
    outcome,
  };
}

describe("the catalogue", () => {
  test("the list is the recorded one, 5,725 bytes", () => {
    const { body } = fixture("catalogue-list").response;
    expect(printDocument(catalogueDocument(CATALOGUE))).toBe(body);
    expect(Buffer.byteLength(body)).toBe(5725);
  });

  test("RunShellScript is the recorded one, 626 bytes", () => {
    const { body } = fixture("catalogue-get-run-shell-script").response;
    const entry = CATALOGUE.find(({ id }) => id === "RunShellScript");
    expect(entry && printDocument(commandDocument(entry))).toBe(body);
    expect(Buffer.byteLength(body)).toBe(626);
  });

  test("it has fifteen commands, three of them for Linux", () => {
    expect(CATALOGUE).toHaveLength(15);
    expect(CATALOGUE.filter(({ osType }) => osType === "Linux").map(({ id }) => id)).toEqual([
      "RunShellScript",
      "ifconfig",
      "RemoveRunCommandLinuxExtension",
    ]);
  });
});

describe("a poll", () => {
  test("in progress has the recorded 134 bytes", () => {
    const { body } = fixture("poll-in-progress").response;
    const recorded = operation("86f54bf4-4da3-49ab-a6c8-aed2782da53b", "2020-07-03T03:26:59.2081508+00:00", {
      kind: "running",
    });
    expect(pollReply(recorded, "2020-06-01").body).toBe(body);
    expect(Buffer.byteLength(body)).toBe(134);
  });

  const succeeded = operation("974844cb-1336-4d76-a72c-d603e7217550", "2022-05-18T10:37:01.910729+00:00", {
    kind: "succeeded",
    endedAt: instant("2022-05-18T10:37:16.8331683+00:00"),
    output: [
      {
        code: "ProvisioningState/succeeded",
        level: "Info",
        displayStatus: "Provisioning succeeded",
        message: "Enable succeeded: \n[stdout]\n/var/lib/waagent/run-command/download/0/script.sh hello\n\n[stderr]\n",
      },
    ],
  });

  test("succeeded has the recorded 442 bytes", () => {
    const { body } = fixture("poll-succeeded").response;
    expect(pollReply(succeeded, "2022-03-01").body).toBe(body);
    expect(Buffer.byteLength(body)).toBe(442);
  });

  test("of Location has the recorded 218 bytes", () => {
    const { body } = fixture("location-succeeded").response;
    expect(monitorReply(succeeded).body).toBe(body);
    expect(Buffer.byteLength(body)).toBe(218);
  });

  test.each(["2017-03-30", "2017-12-01"])("with api-version %s has the output as a bare array", (apiVersion) => {
    expect(JSON.parse(pollReply(succeeded, apiVersion).body).properties.output).toEqual([
      expect.objectContaining({ code: "ProvisioningState/succeeded" }),
    ]);
  });

  test("with api-version 2018-06-01 has the output in value", () => {
    expect(JSON.parse(pollReply(succeeded, "2018-06-01").body).properties.output.value).toHaveLength(1);
  });

  test("failed has the recorded 3,173 bytes", () => {
    const { body } = fixture("poll-failed").response;
    const { error } = JSON.parse(body) as { error: { code: string; message: string } };
    const failed = operation("81b41bad-a175-4414-bdd0-a87434d30db1", "2018-04-04T18:33:09.8241713+00:00", {
      kind: "failed",
      endedAt: instant("2018-04-04T18:33:40.3712753+00:00"),
      ...error,
    });
    expect(pollReply(failed, "2017-12-01").body).toBe(body);
    expect(Buffer.byteLength(body)).toBe(3173);
  });

  test("of an operation without output has the 184 bytes of a deallocation, and its Location has none", () => {
    const { body } = fixture("deallocate-poll-succeeded").response;
    const done = operation("dcaf875c-6bd2-44a8-a8db-af1611811e36", "2026-04-24T03:17:04.7090919+00:00", {
      kind: "succeeded",
      endedAt: instant("2026-04-24T03:17:22.8398718+00:00"),
      output: undefined,
    });
    expect(pollReply(done, "2025-11-01").body).toBe(body);
    expect(monitorReply(done)).toMatchObject({ status: 200, body: "" });
  });
});

describe("a virtual machine", () => {
  const guest = new FakeGuest({ vmName: "vm1000002", folder: "/nowhere", rootfs: undefined });
  const machine: VirtualMachine = {
    name: "vm1000002",
    resourceGroup: "cli_test_trusted_launch_on_v1_000001",
    location: "northeurope",
    vmId: "23474775-0376-4f79-b89b-28761d5b7003",
    createdAt: instant("2026-04-24T03:15:53.9290657+00:00"),
    member: undefined,
    guest,
    makeGuest: () => guest,
    power: "running",
    powerSince: instant("2026-04-24T03:15:53.9290657+00:00"),
    generation: 2,
    changing: undefined,
    run: undefined,
    afterBoot: [],
    agent: READY_AGENT,
    afterAgentChange: [],
    allowExtensionOperations: true,
    operatingSystem: { name: "ubuntu", version: "24.04" },
  };
  const subscription = "00000000-0000-0000-0000-000000000000";

  test("has the recorded fields in the recorded order, but for what Windows and Linux do not share", () => {
    const recorded = JSON.parse(fixture("vm-get").response.body);
    const printed = JSON.parse(printDocument(machineDocument(machine, subscription, false)));
    expect(Object.keys(printed)).toEqual(Object.keys(recorded));
    const withoutSecurity = Object.keys(recorded.properties).filter((name) => name !== "securityProfile");
    expect(Object.keys(printed.properties)).toEqual(withoutSecurity);
    expect(Object.keys(printed.properties.storageProfile.osDisk)).toEqual(
      Object.keys(recorded.properties.storageProfile.osDisk),
    );
    expect(printed.properties.vmId).toBe(recorded.properties.vmId);
    expect(printed.id).toBe(recorded.id);
    expect(printed.properties.networkProfile).toEqual(recorded.properties.networkProfile);
  });

  test("puts networkProfile on one line, as recorded", () => {
    const line = fixture("vm-get")
      .response.body.split("\r\n")
      .find((text) => text.includes("networkProfile"));
    expect(printDocument(machineDocument(machine, subscription, false)).split("\r\n")).toContain(line);
  });
});

describe("printing", () => {
  test.each<{ document: Document; expected: string }>([
    { document: {}, expected: "{}" },
    { document: [], expected: "[]" },
    { document: { a: undefined, b: null }, expected: '{\r\n  "b": null\r\n}' },
    { document: { a: new OneLine({ b: [1] }) }, expected: '{\r\n  "a": {"b":[1]}\r\n}' },
    { document: [{ a: "x\ny" }], expected: '[\r\n  {\r\n    "a": "x\\ny"\r\n  }\r\n]' },
  ])("$expected", ({ document, expected }) => {
    expect(printDocument(document)).toBe(expected);
  });

  test.each([
    { atMs: Date.UTC(2022, 4, 18, 10, 37, 1, 910), ticks: 7290, expected: "2022-05-18T10:37:01.910729+00:00" },
    { atMs: Date.UTC(2022, 4, 18, 10, 37, 1, 0), ticks: 0, expected: "2022-05-18T10:37:01+00:00" },
    { atMs: Date.UTC(2022, 4, 18, 10, 37, 1, 0), ticks: 1, expected: "2022-05-18T10:37:01.0000001+00:00" },
    { atMs: Date.UTC(2022, 4, 18, 10, 37, 1, 100), ticks: 0, expected: "2022-05-18T10:37:01.1+00:00" },
  ])("the time $expected", ({ expected, ...time }) => {
    expect(formatInstant(time)).toBe(expected);
  });

  test("the ticks of an operation URL count from year 1", () => {
    expect(dotNetTicks({ atMs: Date.UTC(2026, 3, 24, 3, 17, 4, 754), ticks: 1935 })).toBe("639125974247541935");
  });

  test.each([
    { atMs: Date.UTC(2026, 5, 15, 8, 22, 51), expected: "6/15/2026 8:22:51 AM" },
    { atMs: Date.UTC(2026, 10, 3, 0, 5, 9), expected: "11/3/2026 12:05:09 AM" },
    { atMs: Date.UTC(2026, 10, 3, 12, 0, 0), expected: "11/3/2026 12:00:00 PM" },
    { atMs: Date.UTC(2026, 10, 3, 23, 59, 59), expected: "11/3/2026 11:59:59 PM" },
  ])("the date $expected", ({ atMs, expected }) => {
    expect(formatUsDate(atMs)).toBe(expected);
  });
});
