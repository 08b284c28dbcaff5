/** What the command line refuses, each by its one sentence, and what it takes. */
import { checkOptions, type RawOptions } from "../../simulator/options";
import { describeProblem } from "../../simulator/problem";

const NAME_RULE =
  "expected a name that Azure takes for a Linux VM: 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit and not ending with '.', '_' or '-'";

test.each<{ raw: RawOptions; sentence: string }>([
  { raw: { guest: "vmware" }, sentence: "--guest is 'vmware', expected one of auto, namespace, docker, process" },
  { raw: { timing: "slow" }, sentence: "--timing is 'slow', expected fast or realistic" },
  { raw: { throttling: "some" }, sentence: "--throttling is 'some', expected azure or none" },
  {
    raw: { subscription: "mine" },
    sentence: "--subscription is 'mine', expected a GUID such as 00000000-0000-0000-0000-000000000001",
  },
  { raw: { vm: ["-x"] }, sentence: `--vm is '-x', ${NAME_RULE}` },
  { raw: { vm: ["a/b"] }, sentence: `--vm is 'a/b', ${NAME_RULE}` },
  { raw: { vm: ["web."] }, sentence: `--vm is 'web.', ${NAME_RULE}` },
  { raw: { vm: [""] }, sentence: `--vm is '', ${NAME_RULE}` },
  { raw: { vm: ["a".repeat(65)] }, sentence: `--vm is '${"a".repeat(65)}', ${NAME_RULE}` },
  { raw: { scaleSet: ["_web"] }, sentence: `--scale-set is '_web': its name is '_web', ${NAME_RULE}` },
  { raw: { scaleSet: [""] }, sentence: `--scale-set is '': its name is '', ${NAME_RULE}` },
  {
    raw: { scaleSet: ["pool:mode=both"] },
    sentence: "--scale-set is 'pool:mode=both': mode is 'both', expected uniform or flexible",
  },
  ...["-1", "1001", "many", "1.5"].map((count) => ({
    raw: { scaleSet: [`pool:count=${count}`] },
    sentence: `--scale-set is 'pool:count=${count}': count is '${count}', expected a whole number from 0 to 1000`,
  })),
  ...["size=3", "count=", "uniform", ""].map((pair) => ({
    raw: { scaleSet: [`pool:${pair}`] },
    sentence: `--scale-set is 'pool:${pair}': '${pair}' is not known, expected mode=uniform, mode=flexible or count=N`,
  })),
  {
    raw: { scaleSet: ["pool", "Pool:mode=uniform"] },
    sentence: "--scale-set 'Pool' is given twice; Azure's names do not differ by case",
  },
  { raw: { vm: ["web", "WEB"] }, sentence: "--vm 'WEB' is given twice; Azure's names do not differ by case" },
  {
    raw: { resourceGroup: "rg." },
    sentence:
      "--resource-group is 'rg.', expected 1 to 90 letters, digits, '.', '_', '-', '(' or ')', not ending with '.'",
  },
  { raw: { location: "west europe" }, sentence: "--location is 'west europe', expected a region such as westeurope" },
  { raw: { port: "http" }, sentence: "--port is 'http', expected a number from 0 to 65535 (0 takes a free one)" },
  { raw: { port: "65536" }, sentence: "--port is '65536', expected a number from 0 to 65535 (0 takes a free one)" },
  {
    raw: { fault: ["throttled", "throttled:count=0"] },
    sentence: "--fault is 'throttled:count=0': count is 0, expected a whole number from 1",
  },
  {
    raw: { fault: ["reboot:on=poll"] },
    sentence: "--fault is 'reboot:on=poll': on is 'poll', which 'reboot' cannot strike, expected post",
  },
  ...["x", "-1", "1.5", "4294967296"].map((seed) => ({
    raw: { seed },
    sentence: `--seed is '${seed}', expected a whole number from 0 to 4294967295`,
  })),
])("$sentence", ({ raw, sentence }) => {
  const checked = checkOptions(raw);
  expect(checked.kind === "problem" && describeProblem(checked.problem)).toBe(sentence);
});

test("without flags", () => {
  expect(checkOptions({})).toEqual({
    kind: "options",
    options: {
      vmNames: [],
      scaleSets: [],
      resourceGroup: "rg",
      location: "westeurope",
      subscriptionId: undefined,
      port: 0,
      timing: "fast",
      throttling: "none",
      stateFolder: undefined,
      environmentFile: undefined,
      guest: "auto",
      rootfs: undefined,
      faults: [],
      seed: 1,
    },
  });
});

test("scale sets are flexible with two members, where nothing else is said", () => {
  expect(checkOptions({ scaleSet: ["web", "pool:mode=Uniform,count=3", "none:count=0"] })).toMatchObject({
    options: {
      scaleSets: [
        { name: "web", mode: "Flexible", capacity: 2 },
        { name: "pool", mode: "Uniform", capacity: 3 },
        { name: "none", mode: "Flexible", capacity: 0 },
      ],
    },
  });
});

test("faults are taken in their order, and a seed with them", () => {
  expect(
    checkOptions({ fault: ["throttled:count=3", "reply-lost-after:share=0.1,on=poll"], seed: "42" }),
  ).toMatchObject({
    options: {
      faults: [
        { name: "throttled", on: "post", count: 3 },
        { name: "reply-lost-after", on: "poll", share: 0.1, count: undefined },
      ],
      seed: 42,
    },
  });
});

test.each(["a", "vm1", "Web-01", "a.b_c", "a".repeat(64)])("VM name %s is taken", (name) => {
  expect(checkOptions({ vm: [name] }).kind).toBe("options");
});

test.each<{ raw: RawOptions; throttling: string }>([
  { raw: { timing: "realistic" }, throttling: "azure" },
  { raw: { timing: "fast" }, throttling: "none" },
  { raw: { timing: "realistic", throttling: "none" }, throttling: "none" },
  { raw: { throttling: "azure" }, throttling: "azure" },
])("with $raw the buckets are those of '$throttling'", ({ raw, throttling }) => {
  expect(checkOptions(raw)).toMatchObject({ kind: "options", options: { throttling } });
});
