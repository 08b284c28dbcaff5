import { resolveCloud } from "../../../core/sign-in/resolve-cloud";
import { type Answer, virtualOutside } from "../../support/virtual-outside";

const METADATA_HOST = {
  kind: "metadata",
  host: { value: "https://web.example/", source: "ARM_METADATA_HOSTNAME", rank: 1 },
} as const;

test("a cloud's name that does not exist is answered with those that do", async () => {
  const choice = { kind: "named", name: { value: "mars", source: "ARM_ENVIRONMENT", rank: 1 } } as const;
  await expect(
    resolveCloud(
      choice,
      virtualOutside(() => ({ lost: "nobody" })),
    ),
  ).rejects.toThrow(
    "the Azure cloud in ARM_ENVIRONMENT cannot be used: its value is 'mars', expected 'public', 'usgovernment' or 'china'; for another cloud set azure-native:metadataHost or ARM_METADATA_HOSTNAME; nothing was run",
  );
});

test("a metadata host that answers something else is no cloud", async () => {
  await expect(
    resolveCloud(
      METADATA_HOST,
      virtualOutside(() => ({ status: 200, body: "<html>" })),
    ),
  ).rejects.toThrow(
    "the Azure cloud in ARM_METADATA_HOSTNAME cannot be used: https://web.example/metadata/endpoints?api-version=2022-09-01 does not answer with the endpoints of an Azure cloud; nothing was run",
  );
});

test("a metadata host that does not answer is unreachable", async () => {
  const answer: Answer = { lost: "EHOSTUNREACH" };
  await expect(
    resolveCloud(
      METADATA_HOST,
      virtualOutside(() => answer),
    ),
  ).rejects.toMatchObject({
    failure: { kind: "Unreachable", host: "web.example", detail: "EHOSTUNREACH", afterTries: 3 },
  });
});
