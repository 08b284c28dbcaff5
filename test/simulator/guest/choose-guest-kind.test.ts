import {
  chooseGuestKind,
  type GuestChoice,
  type MachineProbe,
  probeMachine,
} from "../../../simulator/guest/choose-guest-kind";
import type { GuestKind } from "../../../simulator/guest/guest";

const ABLE: MachineProbe = { platform: "linux", isRoot: true, namespaceProblem: undefined, engine: "docker" };
const NO_NAMESPACES: MachineProbe = { ...ABLE, namespaceProblem: "unshare failed: Operation not permitted" };
const NOTHING: MachineProbe = { ...NO_NAMESPACES, engine: undefined };

test.each<{ asked: "auto" | GuestKind; when: string; probe: MachineProbe; expected: GuestChoice }>([
  { asked: "auto", when: "namespaces work", probe: ABLE, expected: { action: "use", guest: "namespace" } },
  { asked: "auto", when: "only Docker works", probe: NO_NAMESPACES, expected: { action: "use", guest: "docker" } },
  {
    asked: "auto",
    when: "nothing works",
    probe: NOTHING,
    expected: {
      action: "refuse",
      problem:
        "this machine can hold no guest: namespaces do not work (unshare failed: Operation not permitted) and no container engine answers; allow namespaces and mounts (in a container: run it privileged), or start Docker or Podman, or accept scripts that run on this machine itself with '--guest process'",
    },
  },
  { asked: "namespace", when: "they work", probe: ABLE, expected: { action: "use", guest: "namespace" } },
  {
    asked: "namespace",
    when: "the user may not",
    probe: { ...NOTHING, isRoot: false },
    expected: {
      action: "refuse",
      problem:
        "this machine cannot run guests in namespaces: unshare failed: Operation not permitted; run the simulator as root, or allow unprivileged user namespaces",
    },
  },
  { asked: "docker", when: "it answers", probe: ABLE, expected: { action: "use", guest: "docker" } },
  {
    asked: "docker",
    when: "none answers",
    probe: NOTHING,
    expected: {
      action: "refuse",
      problem:
        "no container engine answers: neither 'docker version' nor 'podman version' succeeds; start Docker or Podman",
    },
  },
  { asked: "process", when: "nothing works", probe: NOTHING, expected: { action: "use", guest: "process" } },
])("asked for $asked when $when: $expected.action", ({ asked, probe, expected }) => {
  expect(chooseGuestKind(asked, probe)).toEqual(expected);
});

test("child processes are never chosen unasked", () => {
  expect(chooseGuestKind("auto", NOTHING).action).toBe("refuse");
});

test("this machine can run the tests of real guests", async () => {
  const probe = await probeMachine();
  expect(probe).toMatchObject({ platform: "linux", isRoot: true, namespaceProblem: undefined });
});
